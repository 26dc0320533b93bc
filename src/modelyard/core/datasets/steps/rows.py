"""Steps on rows: which ones stay, and what for."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.duck import literal
from modelyard.core.datasets.sandbox import quoted
from modelyard.core.datasets.steps.base import COLUMNS, ROW, Step, Table, expression, listed

_ROW = quoted(ROW)
_FOR = {"train": "learn from", "test": "test with"}


class Filter(Step):
    """Keep the rows that meet a condition.

    Attributes
    ----------
    where : str
        In the words of DuckDB, for instance ``price > 10 AND city IS NOT NULL``.
    """

    kind: ClassVar[str] = "filter"
    where: str = Field(min_length=1, title="Condition")

    @property
    def sentence(self) -> str:
        """What it does."""
        return f"Keep the rows where {self.where}."

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        return f"SELECT * FROM {table.name} WHERE {expression(self.where)}"  # noqa: S608


class Deduplicate(Step):
    """Keep one of equal rows.

    Attributes
    ----------
    by : tuple of str
        What makes rows equal; all columns where none is named.
    keep : str
        Which one stays.
    """

    kind: ClassVar[str] = "deduplicate"
    by: tuple[str, ...] = Field((), title="Equal in these columns", json_schema_extra=COLUMNS)
    keep: Literal["first", "last"] = Field("first", title="Which stays")

    @property
    def sentence(self) -> str:
        """What it does."""
        return f"Keep the {self.keep} of rows that are equal{f' in {listed(self.by)}' if self.by else ''}."

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        table.check(*self.by)
        by = ", ".join(quoted(name) for name in self.by or table.names)
        order = f"{_ROW} {'DESC' if self.keep == 'last' else 'ASC'}"
        first = f"QUALIFY row_number() OVER (PARTITION BY {by} ORDER BY {order}) = 1"
        return f"SELECT * EXCLUDE ({_ROW}) FROM (SELECT * FROM {table.numbered()} {first}) ORDER BY {_ROW}"  # noqa: S608


class Sample(Step):
    """Keep some of the rows, the same each time.

    Attributes
    ----------
    rows : int, optional
        How many.
    share : float, optional
        Or which share of them.
    how : str
        Drawn at random, or the first ones.
    by : tuple of str
        The share is taken of each combination of values in these columns.
    seed : int
        Another one draws other rows.
    """

    kind: ClassVar[str] = "sample"
    rows: int | None = Field(None, ge=1, title="Rows")
    share: float | None = Field(None, gt=0, le=1, title="Or share of them")
    how: Literal["random", "head"] = Field("random", title="How")
    by: tuple[str, ...] = Field((), title="Of each combination of", json_schema_extra=COLUMNS)
    seed: int = Field(0, title="Seed")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.rows is None) == (self.share is None):
            raise ValueError("say either how many rows or which share")
        return self

    @property
    def sentence(self) -> str:
        """What it does."""
        much = f"{self.rows:,}" if self.rows is not None else f"{self.share:.4g} of the"
        each = f" for each {listed(self.by)}" if self.by else ""
        if self.how == "head":
            return f"Keep the first {much.removesuffix(' the')} {'rows' if self.rows else 'the rows'}{each}."
        return f"Keep {much} rows{each}, drawn at random."

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        table.check(*self.by)
        by = ", ".join(quoted(name) for name in self.by)
        part = f"PARTITION BY {by} " if by else ""
        order = _ROW if self.how == "head" else f"hash({_ROW}, {self.seed}), {_ROW}"
        total = f"count(*) OVER ({part.strip()})"
        most = f"ceil({total} * {self.share})" if self.share is not None else str(self.rows)
        kept = f"SELECT * FROM {table.numbered()} QUALIFY row_number() OVER ({part}ORDER BY {order}) <= {most}"  # noqa: S608
        return f"SELECT * EXCLUDE ({_ROW}) FROM ({kept}) ORDER BY {_ROW}"  # noqa: S608


class Split(Step):
    """Tell rows to learn from and rows to test with apart, the same each time.

    Attributes
    ----------
    test : float
        Share of the rows, or of the groups, to test with.
    by : str
        Each row on its own; whole groups; or the latest rows.
    column : str
        Of groups or times.
    name : str
        Of the column that says ``train`` or ``test``.
    keep : str
        Which rows stay.
    seed : int
        Another one splits in another way.
    """

    kind: ClassVar[str] = "split"
    test: float = Field(0.2, gt=0, lt=1, title="Share to test with")
    by: Literal["rows", "group", "time"] = Field("rows", title="By")
    column: str = Field("", title="Column of groups or times", json_schema_extra=COLUMNS)
    name: str = Field("split", min_length=1, title="Name of the column")
    keep: Literal["both", "train", "test"] = Field("both", title="Rows that stay")
    seed: int = Field(0, title="Seed")

    @property
    def sentence(self) -> str:
        """What it does."""
        what = {
            "rows": "at random",
            "group": f"by whole groups of {self.column}",
            "time": f"the latest by {self.column}",
        }
        kept = "" if self.keep == "both" else f"; only the rows to {_FOR[self.keep]} stay"
        return f"Set {self.test:.3g} of the rows aside to test with, {what[self.by]}, told by {self.name}{kept}."

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        if self.by != "rows":
            table.check(self.column)
        if self.name in table.names:
            raise InvalidInput(f"There is a column {self.name!r} already.", possible=None, remedy="Name another one.")
        said = f"CASE WHEN {self._tested(table)} THEN 'test' ELSE 'train' END"
        kept = "" if self.keep == "both" else f"WHERE {quoted(self.name)} = {literal(self.keep)} "
        inner = f"SELECT *, {said} AS {quoted(self.name)} FROM {table.numbered()}"  # noqa: S608
        return f"SELECT * EXCLUDE ({_ROW}) FROM ({inner}) {kept}ORDER BY {_ROW}"  # noqa: S608

    def _tested(self, table: Table) -> str:
        if self.by == "rows":
            place = f"row_number() OVER (ORDER BY hash({_ROW}, {self.seed}), {_ROW})"
            return f"{place} <= round(count(*) OVER () * {self.test})"
        column = quoted(self.column)
        if self.by == "group":
            return f"hash({column}::VARCHAR, {self.seed}) % 1000000 < {round(self.test * 1_000_000)}"
        cut = f"(SELECT quantile_disc({column}, {1 - self.test}) FROM {table.name})"  # noqa: S608
        return f"coalesce({column} > {cut}, false)"
