"""Steps on values: what is missing, dates, bins."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.duck import literal
from modelyard.core.datasets.sandbox import quoted
from modelyard.core.datasets.steps.base import COLUMNS, ROW, Step, Table, listed

_ROW = quoted(ROW)
_WHOLE = {"mean": "avg", "median": "median", "mode": "mode", "min": "min", "max": "max"}


class Fill(Step):
    """Put something where values are missing.

    Attributes
    ----------
    columns : tuple of str
        Where.
    by : str
        A value; what the whole column says; or the value of a row before or behind.
    value : str
        With ``by="value"``: what is put there; it must fit the column's type.
    """

    kind: ClassVar[str] = "fill"
    columns: tuple[str, ...] = Field(min_length=1, title="Columns", json_schema_extra=COLUMNS)
    by: Literal["value", "mean", "median", "mode", "min", "max", "previous", "next"] = Field("value", title="By")
    value: str | bool | int | float = Field("", title="Value")

    @property
    def sentence(self) -> str:
        """What it does."""
        with_ = {"value": repr(self.value), "previous": "the value before", "next": "the value behind"}
        return f"Fill what is missing in {listed(self.columns)} with {with_.get(self.by, f'the {self.by}')}."

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        table.check(*self.columns)
        changed = {name: f"coalesce({quoted(name)}, {self._filling(table, name)})" for name in self.columns}
        if self.by in ("previous", "next"):
            return f"{table.select(changed)} FROM {table.numbered()} ORDER BY {_ROW}"
        return f"{table.select(changed)} FROM {table.name}"

    def _filling(self, table: Table, name: str) -> str:
        column, type_ = quoted(name), table.type_of(name)
        if self.by == "value":
            return f"CAST({literal(str(self.value))} AS {type_})"
        if self.by in _WHOLE:
            return f"CAST((SELECT {_WHOLE[self.by]}({column}) FROM {table.name}) AS {type_})"  # noqa: S608
        order = "ASC" if self.by == "previous" else "DESC"
        return f"last_value({column} IGNORE NULLS) OVER (ORDER BY {_ROW} {order})"


class SplitDates(Step):
    """Add the parts of a date.

    Attributes
    ----------
    column : str
        A date or a time.
    parts : tuple of str
        Which ones; Monday is weekday 1.
    drop : bool
        Whether the column itself goes.
    """

    kind: ClassVar[str] = "split_dates"
    column: str = Field(title="Column", json_schema_extra=COLUMNS)
    parts: tuple[Literal["year", "quarter", "month", "week", "day", "weekday", "dayofyear", "hour", "minute"], ...] = (
        Field(("year", "month", "day", "weekday"), min_length=1, title="Parts")
    )
    drop: bool = Field(False, title="Leave the column itself out")

    @property
    def sentence(self) -> str:
        """What it does."""
        gone = ", and leave it out" if self.drop else ""
        return f"Add {listed(self.parts)} of {self.column}{gone}."

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        if not table.type_of(self.column).startswith(("DATE", "TIMESTAMP")):
            raise InvalidInput(f"The column {self.column!r} holds no dates.", remedy="Cast it to a date first.")
        added = {}
        for part in self.parts:
            added[f"{self.column}_{part}"] = f"date_part('{_PARTS.get(part, part)}', {quoted(self.column)})"
        for name in added:
            if name in table.names:
                raise InvalidInput(f"There is a column {name!r} already.", remedy="Rename it first.")
        all_ = f"{table.select(added=added)} FROM {table.name}"
        return f"SELECT * EXCLUDE ({quoted(self.column)}) FROM ({all_})" if self.drop else all_  # noqa: S608


_PARTS = {"weekday": "isodow", "dayofyear": "doy"}


class Bin(Step):
    """Put numbers into bins, which are numbered from 1.

    Attributes
    ----------
    column : str
        Of numbers.
    bins : int
        How many.
    by : str
        Of equal width, or with as many rows in each.
    edges : tuple of float
        Where bins meet, in place of `bins` and `by`.
    name : str
        Of the new column; the column's with ``_bin`` where it is empty.
    """

    kind: ClassVar[str] = "bin"
    column: str = Field(title="Column", json_schema_extra=COLUMNS)
    bins: int = Field(5, ge=2, le=1000, title="Bins")
    by: Literal["width", "quantile"] = Field("width", title="Equal in")
    edges: tuple[float, ...] = Field((), title="Or where they meet")
    name: str = Field("", title="Name of the column")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError("the edges must grow from one to the next")
        return self

    @property
    def sentence(self) -> str:
        """What it does."""
        if self.edges:
            return f"Put {self.column} into bins that meet at {listed(f'{edge:g}' for edge in self.edges)}."
        equal = "as many rows in each" if self.by == "quantile" else "equal width"
        return f"Put {self.column} into {self.bins} bins, {equal}."

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        table.check(self.column)
        column = f"{quoted(self.column)}::DOUBLE"
        edges = "[" + ", ".join(repr(float(edge)) for edge in self._edges(table, column)) + "]::DOUBLE[]"
        bin_ = f"CASE WHEN {column} IS NOT NULL THEN 1 + len(list_filter({edges}, lambda edge: {column} > edge)) END"
        return f"{table.select(added={self.name or f'{self.column}_bin': bin_})} FROM {table.name}"

    def _edges(self, table: Table, column: str) -> tuple[float, ...]:
        if self.edges:
            return self.edges
        inner = [k / self.bins for k in range(1, self.bins)]
        if self.by == "quantile":
            found = table.ask(f"SELECT quantile_cont({column}, {inner}) FROM {table.name}")[0][0]  # noqa: S608
            return tuple(sorted(set(found or ())))
        low, high = table.ask(f"SELECT min({column}), max({column}) FROM {table.name}")[0]  # noqa: S608
        return () if low is None else tuple(low + (high - low) * share for share in inner)
