"""Checks of text: what it hides, and what has happened to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from modelyard.core.datasets.duck import literal
from modelyard.core.datasets.formats import MISSING
from modelyard.core.datasets.quality.base import TEXTS, Check, Column, ColumnCheck, Table, count
from modelyard.core.datasets.quality.types import Finding, Rows
from modelyard.core.datasets.quality.words import are, percent, some

_BLANK = r"[\s\x{00a0}]"
_NUMBER = r"\s*[+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][+-]?\d+)?\s*%?"
_MOST_SPELLINGS = 20_000  # different values


class TypedAsText(ColumnCheck):
    """Numbers or dates that are stored as text: the parent of two checks."""

    kinds = TEXTS
    what = "numbers"

    def known(self, column: Column) -> int:
        """Return how many of the texts are of the type."""
        return column.facts.numbers_in_text

    def other(self, column: Column) -> str:
        """Return SQL that holds where a text is not of the type."""
        return f"NOT regexp_full_match({column.x}, {literal(_NUMBER)})"

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Look at the share of texts that are of the type."""
        facts, n = column.facts, self.known(column)
        if facts.distinct < 3 or n < 0.9 * facts.count:
            return None
        rest = facts.count - n
        but = f"; {some(rest, 'value')} {are(rest)} something else" if rest else ""
        sentence = f"{column.name!r} is text, and {percent(n / facts.count)} of its values are {self.what}{but}."
        if not rest:
            return self.finding((column.name,), sentence, advice="Write the column with its type.")
        return self.finding((column.name,), sentence, count=rest, rows=Rows(self.other(column)))


class NumbersAsText(TypedAsText):
    """Numbers that are stored as text."""

    code = "Q201"
    name = "numbers_as_text"
    title = "Numbers kept as text"
    advice = "Correct the other values in the file and import it again."


class DatesAsText(TypedAsText):
    """Dates that are stored as text."""

    code = "Q202"
    name = "dates_as_text"
    title = "Dates kept as text"
    advice = "Correct the other values in the file and import it again."
    what = "dates"

    def known(self, column: Column) -> int:
        """Return how many are dates."""
        return column.facts.dates_in_text

    def other(self, column: Column) -> str:
        """Return SQL that holds where a text is no date."""
        return f"TRY_CAST({column.x} AS TIMESTAMP) IS NULL"


class MixedTypes(ColumnCheck):
    """Numbers among words."""

    code = "Q203"
    name = "mixed_types"
    title = "Numbers among words"
    advice = "Split the column, or correct the values that do not belong; one column should hold one kind of thing."
    kinds = TEXTS

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Look at the share of numbers."""
        facts, n = column.facts, column.facts.numbers_in_text
        if column.info.role == "id" or n < 5 or not 0.05 <= n / facts.count < 0.9 or facts.distinct < 3:
            return None
        sentence = f"{percent(n / facts.count)} of the values of {column.name!r} are numbers, the others are words."
        number = f"regexp_full_match({column.x}, {literal(_NUMBER)})"
        few = number if n <= facts.count / 2 else f"NOT {number}"
        return self.finding((column.name,), sentence, count=min(n, facts.count - n), rows=Rows(few))


class WordForMissing(ColumnCheck):
    """A word that may stand for a missing value."""

    code = "Q204"
    name = "word_for_missing"
    title = "A word for missing?"
    severity = "low"
    advice = "It is kept as a value. If it means missing, leave the cell empty in the file."
    kinds = TEXTS

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Look among the frequent values."""
        for top in column.facts.top:
            if isinstance(top.value, str) and top.value.strip() in (*MISSING, "missing", "unknown", "Unknown"):
                sentence = f"{some(top.count, 'value')} of {column.name!r} {are(top.count)} {top.value!r}."
                rows = Rows(f"{column.x} = ?", (top.value,))
                return self.finding((column.name,), sentence, count=top.count, rows=rows)
        return None


class EmptyText(ColumnCheck):
    """Texts of nothing, beside values that are missing."""

    code = "Q205"
    name = "empty_text"
    title = "Empty text beside missing"
    severity = "low"
    advice = "Decide what the two mean; if it is the same, make one of them."
    kinds = TEXTS

    def ask(self, column: Column, table: Table) -> Mapping[str, str]:
        """Count texts without a visible character."""
        return {"n": count(_blank(column))}

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Both kinds of nothing, or blanks alone."""
        n, missing = int(got["n"]), column.facts.missing
        if not n:
            return None
        beside = f", and {missing:,} are missing" if missing else ""
        sentence = f"{some(n, 'value')} of {column.name!r} {are(n)} empty text{beside}."
        return self.finding((column.name,), sentence, count=n, rows=Rows(_blank(column)))


def _blank(column: Column) -> str:
    return f"regexp_full_match({column.x}, {literal(_BLANK + '*')})"


class OuterBlanks(ColumnCheck):
    """Blanks before or after a text."""

    code = "Q206"
    name = "outer_blanks"
    title = "Blanks around values"
    severity = "low"
    advice = "Cut them off: with and without a blank, the same value counts as two."
    kinds = TEXTS

    def ask(self, column: Column, table: Table) -> Mapping[str, str]:
        """Count them."""
        return {"n": count(self.where(column))}

    def where(self, column: Column) -> str:
        """Return where they are."""
        return f"regexp_matches({column.x}, {literal(f'^{_BLANK}+[^\\s]|[^\\s]{_BLANK}+$')})"

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Any is one too many."""
        n = int(got["n"])
        if not n:
            return None
        verb = "begins or ends" if n == 1 else "begin or end"
        sentence = f"{some(n, 'value')} of {column.name!r} {verb} with a blank."
        return self.finding((column.name,), sentence, count=n, rows=Rows(self.where(column)))


class Spellings(Check):
    """The same category in several spellings: upper and lower case, blanks."""

    code = "Q207"
    name = "spellings"
    title = "Several spellings"
    advice = "Choose one spelling; until then they count as different categories."

    def find(self, table: Table) -> Iterator[Finding]:
        """Group the values of each category by what stays without case and blanks."""
        for column in table.columns:
            few = 2 <= column.facts.distinct <= min(_MOST_SPELLINGS, max(50, column.facts.count / 2))
            if column.info.kind == "category" and column.info.role != "id" and few:
                yield from self._of(column, table)

    def _of(self, column: Column, table: Table) -> Iterator[Finding]:
        plain = _plain(column.x)
        scan = table.scan.loaded([column.index]) if table.scan.wide else table.scan
        values = f"SELECT {column.x} AS x, count(*) AS n FROM {scan.source} WHERE x IS NOT NULL GROUP BY x"  # noqa: S608
        groups = replace(scan, source=f"({values})").rows(
            f"{_plain('x')} AS plain, sum(n)::BIGINT, list_sort(list(x))[:4]",
            "GROUP BY plain HAVING count(*) > 1 ORDER BY sum(n) DESC, plain LIMIT 200",
        )
        if not groups:
            return
        n = sum(int(group[1]) for group in groups)
        shown = ", ".join(repr(value) for value in groups[0][2])
        more = f", and so on for {some(len(groups) - 1, 'more value')}" if len(groups) > 1 else ""
        yield self.finding(
            (column.name,),
            f"{column.name!r} has the same value in several spellings: {shown}{more}.",
            count=n,
            rows=Rows(f"list_contains([{', '.join('?' * len(groups))}], {plain})", tuple(g[0] for g in groups)),
        )


def _plain(x: str) -> str:
    return f"lower(regexp_replace(trim({x}), {literal(r'[\s_\-\x{00a0}]+')}, ' ', 'g'))"


_AFTER = "\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122"
_DAMAGE = f"\ufffd|ï»¿|[ÂÃ][{_AFTER}]|â[\u0080\u20ac][{_AFTER}]|[ÐÑ][{_AFTER}][ÐÑ][{_AFTER}]"


class DamagedEncoding(ColumnCheck):
    """Text that was read in another encoding than it was written in."""

    code = "Q208"
    name = "damaged_encoding"
    title = "Damaged letters"
    advice = "Import the file again and name its encoding; what shows as � is lost, and must come from the source."
    kinds = TEXTS

    def ask(self, column: Column, table: Table) -> Mapping[str, str]:
        """Count them, and get one."""
        return {
            "n": count(self.where(column)),
            "one": f"min({column.x}) FILTER (WHERE {self.where(column)})",
        }

    def where(self, column: Column) -> str:
        """Return where they are."""
        return f"regexp_matches({column.x}, {literal(_DAMAGE)})"

    def judge(self, column: Column, table: Table, got: Mapping[str, Any]) -> Finding | None:
        """Any is one too many."""
        n = int(got["n"])
        if not n:
            return None
        one = str(got["one"])
        shown = one if len(one) <= 60 else one[:59] + "…"
        sentence = (
            f"{some(n, 'value')} of {column.name!r} {are(n)} damaged by a wrong encoding, for instance {shown!r}."
        )
        return self.finding((column.name,), sentence, count=n, rows=Rows(self.where(column)))
