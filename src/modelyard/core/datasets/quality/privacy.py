"""Checks for what is about persons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from modelyard.core.datasets.duck import literal
from modelyard.core.datasets.quality.base import TEXTS, Column, ColumnCheck, Table, count
from modelyard.core.datasets.quality.types import Finding, Rows
from modelyard.core.datasets.quality.words import are, percent, some

_ADVICE = "Leave it out, or replace it by a code, unless you may use it and need it."


class Personal(ColumnCheck):
    """Values of a form that belongs to a person: the parent of three checks.

    Attributes
    ----------
    what : str
        What they look like.
    least : float
        From which share of the values a column is said to hold them.
    """

    kinds = TEXTS
    severity = "high"
    advice = _ADVICE
    what: ClassVar[str]
    least: ClassVar[float] = 0.0

    def where(self, column: Column) -> str:
        """Return SQL of the condition."""
        raise NotImplementedError

    def ask(self, column: Column, table: Table) -> Mapping[str, str]:
        """Count them."""
        return {"n": count(self.where(column))}

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Look at the share."""
        n, total = int(got["n"]), column.facts.count
        if not n or n < self.least * total or (self.least and n < 3):
            return None
        sentence = f"{some(n, 'value')} of {column.name!r} ({percent(n / total)}) {are(n)} {self.what}."
        severity = "high" if n >= 0.05 * total else "medium"
        return self.finding((column.name,), sentence, severity=severity, count=n, rows=Rows(self.where(column)))


class Emails(Personal):
    """Addresses of electronic mail."""

    code = "Q601"
    name = "emails"
    title = "E-mail addresses"
    what = "or hold e-mail addresses"
    pattern = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"

    def where(self, column: Column) -> str:
        """Return where one is anywhere in the text."""
        return f"(contains({column.x}, '@') AND regexp_matches({column.x}, {literal(self.pattern)}))"


class Phones(Personal):
    """Telephone numbers."""

    code = "Q602"
    name = "phones"
    title = "Telephone numbers"
    what = "telephone numbers"
    least = 0.05
    pattern = (
        r"\s*(?:(?:\+|00)[1-9][0-9 ().\-/]{6,18}[0-9]|\(?0[1-9][0-9]{1,3}\)?[ \-/][0-9][0-9 \-]{3,10}[0-9]"
        r"|(?:1[ .\-])?\(?[2-9][0-9]{2}\)?[ .\-][0-9]{3}[ .\-][0-9]{4})\s*"
    )

    def where(self, column: Column) -> str:
        """Return where the whole text is one."""
        return f"regexp_full_match({column.x}, {literal(self.pattern)})"


class Cards(Personal):
    """Numbers of payment cards, by their check digit."""

    code = "Q603"
    name = "cards"
    title = "Card numbers"
    what = "numbers of payment cards"
    least = 0.5
    kinds = TEXTS | {"integer"}

    def applies(self, column: Column) -> bool:
        """Tell whether its values are long enough."""
        if column.info.kind != "integer":
            return ColumnCheck.applies(self, column) and (column.facts.length_max or 0) >= 13
        return bool(column.facts.count) and isinstance(column.facts.min, int) and column.facts.min >= 10**12

    def where(self, column: Column) -> str:
        """Return where the digits add up as Luhn's sum wants it."""
        text = f"{column.x}::VARCHAR"
        digits = f"reverse(regexp_replace({text}, '[ -]', '', 'g'))"
        digit = f"substr({digits}, i::BIGINT, 1)::INTEGER"
        doubled = f"CASE WHEN i % 2 = 1 THEN {digit} WHEN {digit} > 4 THEN 2 * {digit} - 9 ELSE 2 * {digit} END"
        total = f"list_sum(list_transform(range(1, length({digits}) + 1), lambda i: {doubled}))"
        form = literal(
            r"[3-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{1,4}(?:[ -]?[0-9]{3})?|3[0-9]{3} [0-9]{6} [0-9]{5}"
        )
        return f"(CASE WHEN regexp_full_match({text}, {form}) THEN {total} % 10 = 0 ELSE false END)"


class PersonalNames(ColumnCheck):
    """Columns that are called like something personal."""

    code = "Q604"
    name = "personal_names"
    title = "Named like personal data"
    severity = "low"
    advice = _ADVICE
    pairs: ClassVar[re.Pattern[str]] = re.compile(
        r"(?:^|[^a-z])(e[ _-]?mail|(tele)?phone|mobile|surname|forename|(first|last|full|maiden)[ _-]?name|ssn|dob|iban"
        r"|passport|date[ _-]?of[ _-]?birth|birth[ _-]?(day|date)|ip[ _-]?address|(home|street|postal)[ _-]?address"
        r"|(credit[ _-]?)?card[ _-]?(number|no))(?:[^a-z]|$)"
    )

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Look at the name alone."""
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column.name).lower()
        if column.info.role == "ignore" or not self.pairs.search(spaced):
            return None
        return self.finding((column.name,), f"{column.name!r} is called like something that tells who a person is.")
