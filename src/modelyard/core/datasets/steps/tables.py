"""Steps that make another table: groups, joins, pivots."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.duck import literal
from modelyard.core.datasets.sandbox import quoted
from modelyard.core.datasets.steps.base import COLUMNS, ROW, Step, Table, expression, listed

MOST_COLUMNS = 500
"""That a pivot makes."""


class Aggregate(Step):
    """Group rows, and say something of each group.

    Attributes
    ----------
    by : tuple of str
        Columns whose values make groups; none for one group of all rows.
    measures : dict
        Expressions by the names of their columns, for instance ``{"n": "count(*)", "total": "sum(price)"}``.
    """

    kind: ClassVar[str] = "aggregate"
    by: tuple[str, ...] = Field((), title="For each", json_schema_extra=COLUMNS)
    measures: dict[str, str] = Field(min_length=1, title="Measures")

    @property
    def sentence(self) -> str:
        """What it does."""
        said = listed(f"{name} = {text}" for name, text in self.measures.items())
        return f"For each {listed(self.by)}: {said}." if self.by else f"Of all rows: {said}."

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        table.check(*self.by)
        keys = [quoted(name) for name in self.by]
        said = [f"{expression(text)} AS {quoted(name)}" for name, text in self.measures.items()]
        groups = f" GROUP BY {', '.join(keys)} ORDER BY {', '.join(keys)}" if keys else ""
        return f"SELECT {', '.join([*keys, *said])} FROM {table.name}{groups}"  # noqa: S608


class Join(Step):
    """Add the columns of another dataset.

    Attributes
    ----------
    dataset : str
        Its name, or ``name@2`` for a version.
    on : tuple of str
        Columns that both have, and whose values must be equal.
    how : str
        Whether rows without a partner stay (``left``) or go (``inner``).
    suffix : str
        Behind names of the other one that are taken.
    """

    kind: ClassVar[str] = "join"
    dataset: str = Field(min_length=1, title="Dataset", json_schema_extra={"of": "datasets"})
    on: tuple[str, ...] = Field(min_length=1, title="Where these are equal", json_schema_extra=COLUMNS)
    how: Literal["left", "inner"] = Field("left", title="Rows without a partner")
    suffix: str = Field("_2", min_length=1, title="Behind names that are taken")

    @property
    def sentence(self) -> str:
        """What it does."""
        alone = "; rows without a partner go" if self.how == "inner" else ""
        return f"Add the columns of {self.dataset} where {listed(self.on)} is equal{alone}."

    def others(self) -> tuple[str, ...]:
        """Return the other dataset."""
        return (self.dataset,)

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        other = table.other(self.dataset)
        table.check(*self.on)
        other.check(*self.on)
        taken = {name.lower() for name in table.names}
        theirs = [name for name in other.names if name not in self.on]
        new = {name: f"{name}{self.suffix}" if name.lower() in taken else name for name in theirs}
        columns = [f"a.{quoted(name)}" for name in table.names]
        columns += [f"b.{quoted(old)} AS {quoted(name)}" for old, name in new.items()]
        equal = " AND ".join(f"a.{quoted(name)} = b.{quoted(name)}" for name in self.on)
        both = f"{table.numbered()} AS a {self.how.upper()} JOIN {other.numbered()} AS b ON {equal}"
        return f"SELECT {', '.join(columns)} FROM {both} ORDER BY a.{quoted(ROW)}, b.{quoted(ROW)}"  # noqa: S608


class Pivot(Step):
    """Turn the values of a column to columns.

    Attributes
    ----------
    by : tuple of str
        Columns whose values make rows.
    column : str
        Whose values become columns.
    value : str
        What stands in them.
    measure : str
        What is said of several values.
    values : tuple of str
        Which values become columns; all that there are where none is named.
    """

    kind: ClassVar[str] = "pivot"
    by: tuple[str, ...] = Field(min_length=1, title="A row for each", json_schema_extra=COLUMNS)
    column: str = Field(title="A column for each value of", json_schema_extra=COLUMNS)
    value: str = Field(title="What stands in them", json_schema_extra=COLUMNS)
    measure: Literal["sum", "count", "avg", "min", "max", "first"] = Field("sum", title="Of several values")
    values: tuple[str, ...] = Field((), title="Only these values")

    @property
    def sentence(self) -> str:
        """What it does."""
        inside = f"the {self.measure} of {self.value}"
        return f"Make a row for each {listed(self.by)}, and a column for each {self.column}, with {inside}."

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        table.check(*self.by, self.column, self.value)
        keys = ", ".join(quoted(name) for name in self.by)
        column = f"{quoted(self.column)}::VARCHAR"
        said = [
            f"{self.measure}({quoted(self.value)}) FILTER (WHERE {column} = {literal(value)}) AS {quoted(value)}"
            for value in self._found(table, column)
        ]
        return f"SELECT {', '.join([keys, *said])} FROM {table.name} GROUP BY {keys} ORDER BY {keys}"  # noqa: S608

    def _found(self, table: Table, column: str) -> list[str]:
        if self.values:
            return list(self.values)
        query = f"SELECT DISTINCT {column} AS v FROM {table.name} WHERE v IS NOT NULL ORDER BY v"  # noqa: S608
        rows = table.ask(f"{query} LIMIT {MOST_COLUMNS + 1}")
        if not 0 < len(rows) <= MOST_COLUMNS:
            raise InvalidInput(
                f"The column {self.column!r} has {'no' if not rows else f'more than {MOST_COLUMNS}'} values.",
                remedy="Name the values that become columns.",
            )
        return [row[0] for row in rows]
