"""What can be expected of every version of a dataset: one frozen pydantic model a kind of rule.

A rule tests a `Table` and says in a sentence how that went, and which rows are bad where rows can be.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.common.refusals import refusal
from modelyard.core.datasets.duck import connection, one_row
from modelyard.core.datasets.quality.base import DATES, NUMBERS, TEXTS, Column, Table
from modelyard.core.datasets.quality.registry import CHECKS
from modelyard.core.datasets.quality.types import Rows
from modelyard.core.datasets.quality.words import are, named, percent, some

ACTIONS = ("warn", "fail")
"""What happens to an import that breaks a rule: a note is made, or no version."""


@dataclass(frozen=True, slots=True)
class Tested:
    """How a test went.

    Parameters
    ----------
    passed : bool
        Whether all is as expected.
    sentence : str
        What was found.
    count : int, optional
        How many rows are bad.
    rows : Rows, optional
        Which rows are bad.
    """

    passed: bool
    sentence: str
    count: int | None = None
    rows: Rows | None = None


class Rule(BaseModel, ABC):
    """Base of all: something that is expected of each version."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]

    @field_validator("columns", "values", mode="before", check_fields=False)
    @classmethod
    def _listed(cls, given: Any) -> Any:
        """Take names from a line of text, separated by commas."""
        return tuple(part.strip() for part in given.split(",") if part.strip()) if isinstance(given, str) else given

    @property
    @abstractmethod
    def sentence(self) -> str:
        """What is expected."""

    @abstractmethod
    def test(self, table: Table) -> Tested:
        """Look whether it is so."""


class NotNull(Rule):
    """A column has a value in each row.

    Attributes
    ----------
    column : str
        Its name.
    at_most : float
        Share of rows that may be without one.
    """

    kind = "not_null"
    column: str
    at_most: float = Field(default=0.0, ge=0, lt=1)

    @property
    def sentence(self) -> str:
        """What is expected."""
        but = f" in all but {percent(self.at_most)} of the rows" if self.at_most else " in each row"
        return f"{self.column!r} has a value{but}"

    def test(self, table: Table) -> Tested:
        """Count what is missing."""
        column = column_of(table, self.column)
        n = column.facts.missing
        passed = n <= self.at_most * table.n_rows
        rows = Rows(f"{column.x} IS NULL")
        return Tested(passed, f"{self.column!r} is missing in {some(n, 'row')}.", n, None if passed else rows)


class Unique(Rule):
    """No two rows have the same values.

    Attributes
    ----------
    columns : tuple of str
        Which columns together are different in each row.
    """

    kind = "unique"
    columns: tuple[str, ...] = Field(min_length=1)

    @property
    def sentence(self) -> str:
        """What is expected."""
        return f"{named(self.columns)} {'is' if len(self.columns) == 1 else 'together are'} different in each row"

    def test(self, table: Table) -> Tested:
        """Count rows that repeat."""
        xs = ", ".join(column_of(table, name).x for name in self.columns)
        repeated = f"({xs}) IN (SELECT ({xs}) FROM parts GROUP BY ALL HAVING count(*) > 1)"  # noqa: S608
        return _counted(table, repeated, (), f"with the same {named(self.columns)} as another")


class Between(Rule):
    """Values lie in a range.

    Attributes
    ----------
    column : str
        Of numbers or dates.
    least, most : float or str, optional
        The ends, which belong to it; dates as ``2024-01-31``.
    """

    kind = "between"
    column: str
    least: float | str | None = None
    most: float | str | None = None

    @property
    def sentence(self) -> str:
        """What is expected."""
        ends = (("at least", self.least), ("at most", self.most))
        said = [
            f"{word} {value:g}" if isinstance(value, float) else f"{word} {value}"
            for word, value in ends
            if value is not None
        ]
        return f"{self.column!r} is {' and '.join(said) or 'anything'}"

    def test(self, table: Table) -> Tested:
        """Count what lies outside."""
        column = column_of(table, self.column)
        dated = column.info.kind in DATES
        type_ = "TIMESTAMP" if dated else "DOUBLE"
        if column.info.kind not in DATES | NUMBERS:
            return Tested(False, f"{self.column!r} is {column.info.kind}, which has no range.")
        for value in (self.least, self.most):
            if value is not None and not _is(value, type_, table):
                return Tested(False, f"{value!r} is no {'date' if dated else 'number'}, which {self.column!r} is.")
        outside = [
            (f"{column.x}::{type_} {sign} TRY_CAST(? AS {type_})", value)
            for sign, value in (("<", self.least), (">", self.most))
            if value is not None
        ]
        where = " OR ".join(sql for sql, _ in outside) or "false"
        return _counted(table, where, tuple(str(value) for _, value in outside), f"whose {self.column!r} lies outside")


class OneOf(Rule):
    """Values are among known ones.

    Attributes
    ----------
    column : str
        Its name.
    values : tuple of str
        Which values are possible; a missing one is.
    """

    kind = "one_of"
    column: str
    values: tuple[str, ...] = Field(min_length=1)

    @property
    def sentence(self) -> str:
        """What is expected."""
        return f"{self.column!r} is one of {named(self.values)}".replace(" and ", " or ")

    def test(self, table: Table) -> Tested:
        """Count others."""
        x = column_of(table, self.column).x
        marks = ", ".join("?" * len(self.values))
        return _counted(table, f"{x}::VARCHAR NOT IN ({marks})", self.values, f"with another value of {self.column!r}")


class Matches(Rule):
    """Texts have a form.

    Attributes
    ----------
    column : str
        Of text.
    pattern : str
        A regular expression for the whole text, as RE2 knows them.
    """

    kind = "matches"
    column: str
    pattern: str

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        if wrong := _wrong_with(pattern):
            raise ValueError(f"it is no regular expression: {wrong}")
        return pattern

    @property
    def sentence(self) -> str:
        """What is expected."""
        return f"{self.column!r} has the form {self.pattern}"

    def test(self, table: Table) -> Tested:
        """Count others."""
        column = column_of(table, self.column)
        if column.info.kind not in TEXTS:
            return Tested(False, f"{self.column!r} is {column.info.kind}, not text.")
        return _counted(
            table, f"NOT regexp_full_match({column.x}, ?)", (self.pattern,), f"with another form in {self.column!r}"
        )


class RowCount(Rule):
    """There are neither too few rows nor too many.

    Attributes
    ----------
    least, most : int, optional
        The ends, which belong to it.
    """

    kind = "row_count"
    least: int | None = Field(default=None, ge=0)
    most: int | None = Field(default=None, ge=0)

    @property
    def sentence(self) -> str:
        """What is expected."""
        ends = [f"{word} {n:,}" for word, n in (("at least", self.least), ("at most", self.most)) if n is not None]
        return f"there are {' and '.join(ends) or 'any number of'} rows"

    def test(self, table: Table) -> Tested:
        """Compare."""
        n = table.n_rows
        return Tested(
            (self.least or 0) <= n <= (n if self.most is None else self.most), f"There {are(n)} {some(n, 'row')}."
        )


class Fresh(Rule):
    """The newest row is not old.

    Attributes
    ----------
    column : str
        Of dates or times.
    days : float
        How old the newest may be.
    """

    kind = "fresh"
    column: str
    days: float = Field(gt=0)

    @property
    def sentence(self) -> str:
        """What is expected."""
        return f"the newest {self.column!r} is at most {self.days:g} days old"

    def test(self, table: Table) -> Tested:
        """Look at the newest."""
        column = column_of(table, self.column)
        if column.info.kind not in DATES or not isinstance(column.facts.max, str):
            return Tested(False, f"{self.column!r} holds no dates.")
        newest = datetime.fromisoformat(column.facts.max)
        newest = newest if newest.tzinfo else newest.replace(tzinfo=table.now.tzinfo)
        age = (table.now - newest).total_seconds() / 86_400
        return Tested(age <= self.days, f"The newest {self.column!r} is {column.facts.max}.")


class HasColumn(Rule):
    """A column is there.

    Attributes
    ----------
    column : str
        Its name.
    type : str, optional
        Its Arrow type, for instance ``int64``.
    """

    kind = "has_column"
    column: str
    type: str | None = None

    @property
    def sentence(self) -> str:
        """What is expected."""
        return f"there is a column {self.column!r}" + (f" of the type {self.type}" if self.type else "")

    def test(self, table: Table) -> Tested:
        """Look at it."""
        type_ = column_of(table, self.column).info.type
        return Tested(self.type in (None, type_), f"{self.column!r} is {type_}.")


class NoFinding(Rule):
    """A check finds nothing: a finding, frozen.

    Attributes
    ----------
    check : str
        Name of the check, for instance ``constant``.
    columns : tuple of str
        About which columns; empty for any.
    """

    kind = "no_finding"
    check: str
    columns: tuple[str, ...] = ()

    @field_validator("check")
    @classmethod
    def _known(cls, check: str) -> str:
        if check not in CHECKS.names():
            raise ValueError(f"there is no such check; possible: {', '.join(CHECKS.names())}")
        return check

    @property
    def sentence(self) -> str:
        """What is expected."""
        about = f" about {named(self.columns)}" if self.columns else ""
        return f"the check {self.check!r} finds nothing{about}"

    def test(self, table: Table) -> Tested:
        """Run the check."""
        check = CHECKS.get(self.check).load()()
        if check.needs and getattr(table, check.needs) is None:
            return Tested(True, f"The check {self.check!r} does not apply.")
        for finding in check.find(table):
            if not self.columns or set(self.columns) & set(finding.columns):
                return Tested(False, finding.sentence, finding.count, finding.rows)
        return Tested(True, f"The check {self.check!r} found nothing.")


RULES: Mapping[str, type[Rule]] = {
    rule.kind: rule for rule in (NotNull, Unique, Between, OneOf, Matches, RowCount, Fresh, HasColumn, NoFinding)
}
"""Kinds of rules by name."""


def rule_of(kind: str, params: Mapping[str, Any]) -> Rule:
    """Return a rule, or say what is wrong with it.

    Raises
    ------
    NotFound
        If there is no such kind.
    InvalidInput
        If its parameters cannot be used.

    Examples
    --------
    >>> rule_of("between", {"column": "age", "least": 0}).sentence
    "'age' is at least 0"
    """
    if kind not in RULES:
        raise NotFound.named("kind of rule", kind, RULES)
    try:
        return RULES[kind].model_validate(dict(params))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or kind
        raise InvalidInput(
            f"The rule {kind!r} cannot be used: {where}: {refusal(first)}.", possible=RULES[kind].model_fields
        ) from None


def column_of(table: Table, name: str) -> Column:
    """Return a column by its name, or raise `NotFound`."""
    for column in table.columns:
        if column.name == name:
            return column
    raise NotFound.named("column", name, [column.name for column in table.columns])


def tested(rule: Rule, table: Table) -> Tested:
    """Test a rule; a column that is not there breaks it."""
    try:
        return rule.test(table)
    except NotFound as error:
        return Tested(False, str(error))


def _is(value: float | str, type_: str, table: Table) -> bool:
    """Ask the engine that compares: it knows other dates than Python does."""
    return bool(one_row(table.scan.con, f"SELECT TRY_CAST(? AS {type_}) IS NOT NULL", [str(value)])[0])


@lru_cache
def _wrong_with(pattern: str) -> str:
    """Ask the engine that matches: it knows other patterns than Python does."""
    import duckdb

    with connection() as con:
        try:
            con.execute("SELECT regexp_full_match('', ?)", [pattern])
        except duckdb.InvalidInputException as error:
            return str(error).removeprefix("Invalid Input Error: ")
    return ""


def _counted(table: Table, where: str, values: tuple[str, ...], what: str) -> Tested:
    n = int(table.scan.row("count(*)", f"WHERE {where}", values)[0])
    return Tested(n == 0, f"There {are(n)} {some(n, 'row')} {what}.", n, Rows(where, values) if n else None)
