"""Steps on columns: names, types, which there are."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.duck import literal
from modelyard.core.datasets.sandbox import quoted
from modelyard.core.datasets.steps.base import COLUMNS, Step, Table, expression, listed

TYPES = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "time": "TIME",
}
_A = {"integer": "a whole number", "text": "text", "boolean": "true or false", "datetime": "a date with a time"}


class Rename(Step):
    """Give columns other names.

    Attributes
    ----------
    names : dict
        New names by old ones.
    """

    kind: ClassVar[str] = "rename"
    names: dict[str, str] = Field(min_length=1, title="New names", json_schema_extra=COLUMNS)

    @property
    def sentence(self) -> str:
        """What it does."""
        return f"Rename {listed(f'{old} to {new}' for old, new in self.names.items())}."

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        table.check(*self.names)
        new = [self.names.get(name, name).strip() for name in table.names]
        if "" in new or len({name.lower() for name in new}) < len(new):
            raise InvalidInput("Two columns would have the same name, or one none.", possible=None)
        pairs = zip(table.names, new, strict=True)
        return f"SELECT {', '.join(f'{quoted(old)} AS {quoted(name)}' for old, name in pairs)} FROM {table.name}"  # noqa: S608


class Cast(Step):
    """Bring columns to another type.

    Attributes
    ----------
    columns : tuple of str
        Which ones.
    to : str
        The type.
    format : str
        How dates and times are written, such as ``%d.%m.%Y``; empty for the usual ways.
    otherwise : str
        Whether what does not fit is an error, or missing.
    """

    kind: ClassVar[str] = "cast"
    columns: tuple[str, ...] = Field(min_length=1, title="Columns", json_schema_extra=COLUMNS)
    to: Literal["integer", "number", "text", "boolean", "date", "datetime", "time"] = Field(title="Type")
    format: str = Field("", title="How dates are written")
    otherwise: Literal["fail", "missing"] = Field("fail", title="What does not fit")

    @property
    def sentence(self) -> str:
        """What it does."""
        how = f", written as {self.format}" if self.format else ""
        lost = "; what does not fit becomes missing" if self.otherwise == "missing" else ""
        return f"Make {listed(self.columns)} {_A.get(self.to, f'a {self.to}')}{how}{lost}."

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        table.check(*self.columns)
        attempt = "TRY_" if self.otherwise == "missing" else ""
        changed = {}
        for name in self.columns:
            value = quoted(name)
            if self.format and table.type_of(name) == "VARCHAR":
                value = f"{attempt.lower()}strptime({value}, {literal(self.format)})"
            changed[name] = f"{attempt}CAST({value} AS {TYPES[self.to]})"
        return f"{table.select(changed)} FROM {table.name}"


class Drop(Step):
    """Leave columns out.

    Attributes
    ----------
    columns : tuple of str
        Which ones.
    """

    kind: ClassVar[str] = "drop"
    columns: tuple[str, ...] = Field(min_length=1, title="Columns", json_schema_extra=COLUMNS)

    @property
    def sentence(self) -> str:
        """What it does."""
        return f"Leave out {listed(self.columns)}."

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        table.check(*self.columns)
        kept = [quoted(name) for name in table.names if name not in self.columns]
        if not kept:
            raise InvalidInput("No column would be left.", possible=table.names)
        return f"SELECT {', '.join(kept)} FROM {table.name}"  # noqa: S608


class Derive(Step):
    """Add a column by an expression, or change one.

    Attributes
    ----------
    name : str
        Of the column.
    expression : str
        In the words of DuckDB, for instance ``price * amount``.
    """

    kind: ClassVar[str] = "derive"
    name: str = Field(min_length=1, title="Name")
    expression: str = Field(min_length=1, title="Expression")

    @property
    def sentence(self) -> str:
        """What it does."""
        return f"Set {self.name} to {self.expression}."

    def sql(self, table: Table) -> str:
        """Return the SELECT."""
        return f"{table.select(added={self.name: expression(self.expression)})} FROM {table.name}"
