"""The contract of a step: one transformation of a table, as parameters that go into JSON and come back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.refusals import refusal
from modelyard.core.common.types import Json
from modelyard.core.datasets.sandbox import quoted

if TYPE_CHECKING:
    from modelyard.core.datasets.queries import SqlColumn

ROW = "modelyard row"
"""The column that holds a row's place where a step needs one."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a step is applied to.

    Parameters
    ----------
    name : str
        Of a view in the connection.
    columns : tuple of SqlColumn
        Names, and types in DuckDB's words.
    ask : callable
        Runs SQL over the views and returns all rows, for what must be known before: few rows, please.
    other : callable
        Gives the table of another dataset: ``name`` or ``name@2``.
    """

    name: str
    columns: tuple[SqlColumn, ...]
    ask: Callable[[str], Sequence[tuple[Any, ...]]]
    other: Callable[[str], Table]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its columns."""
        return tuple(column.name for column in self.columns)

    def check(self, *names: str) -> None:
        """Raise `InvalidInput` unless it has these columns."""
        for name in names:
            if name not in self.names:
                raise InvalidInput(f"There is no column {name!r}.", possible=self.names)

    def type_of(self, name: str) -> str:
        """Return the type of a column."""
        self.check(name)
        return next(column.type for column in self.columns if column.name == name)

    def select(self, changed: Mapping[str, str] | None = None, added: Mapping[str, str] | None = None) -> str:
        """Return the SELECT of all columns, some changed and some added, without its FROM."""
        new = {name: quoted(name) for name in self.names} | dict(changed or {}) | dict(added or {})
        return "SELECT " + ", ".join(f"{sql} AS {quoted(name)}" for name, sql in new.items())

    def numbered(self) -> str:
        """Return a subquery that adds each row's place as `ROW`."""
        return f"(SELECT *, row_number() OVER () AS {quoted(ROW)} FROM {self.name})"  # noqa: S608


class Step(BaseModel):
    """One transformation: the contract that every step keeps, and the suite in ``tests`` proves.

    A step holds parameters alone. `sql` writes the SELECT that does it: it runs over any number of rows in bounded
    memory, gives the same rows in the same order each time, names no column twice, and raises `InvalidInput` for a
    column that is not there. What it must know of the data it asks of the table, so that the same step can be replayed
    on another version.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str]

    @abstractmethod
    def sql(self, table: Table) -> str:
        """Return the SELECT over ``table.name`` that does it."""

    def others(self) -> tuple[str, ...]:
        """Return which other datasets it reads: ``name`` or ``name@2``."""
        return ()

    def to_json(self) -> Json:
        """Return its kind and what was said of it."""
        return {"kind": self.kind, **self.model_dump(mode="json", exclude_defaults=True)}

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Build it from parameters.

        Raises
        ------
        InvalidInput
            If one is missing, unknown or wrong.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise _refused(cls, error.errors()[0]) from error

    @property
    def sentence(self) -> str:
        """What it does, for people; a kind says it better than its name and parameters do."""
        said = ", ".join(f"{name} {value!r}" for name, value in self.model_dump(exclude_defaults=True).items())
        return f"{self.kind.replace('_', ' ').capitalize()}: {said}." if said else f"{self.kind.capitalize()}."


def _refused(cls: type[Step], error: Any) -> InvalidInput:
    """Return what pydantic found as our error."""
    field = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        words = f"it has no parameter {field!r}"
    elif error["type"] == "missing":
        words = f"the parameter {field!r} is missing"
    else:
        inside = ", in an entry," if len(error["loc"]) > 1 and isinstance(error["loc"][1], int) else ""
        words = f"{field}{inside} {refusal(error)}" if field else refusal(error)
    possible = list(cls.model_fields) if error["type"] == "extra_forbidden" else None
    return InvalidInput(f"The step {cls.kind!r} cannot be read: {words}.", possible=possible)


COLUMNS: dict[str, JsonValue] = {"of": "columns"}
"""Marks parameters that name columns, so that forms can offer them."""


def listed(names: Iterable[object], most: int = 4) -> str:
    """Return names as people list them.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed("abcdef")
    ('a, b and c', 'a, b, c and 3 more')
    """
    said = [str(name) for name in names]
    if len(said) > most:
        said = [*said[: most - 1], f"{len(said) - most + 1} more"]
    return " and ".join(filter(None, [", ".join(said[:-1]), *said[-1:]]))


def expression(text: str) -> str:
    r"""Return an expression of SQL for use within a statement.

    Raises
    ------
    InvalidInput
        If it is none.

    Examples
    --------
    >>> expression("price * 2 -- twice")
    '(price * 2 -- twice\n)'
    """
    import duckdb

    try:
        duckdb.SQLExpression(text)
    except duckdb.Error as error:
        said = str(error).split("\n")[0].partition("Error: ")[2]
        raise InvalidInput(f"This is no expression: {said}.", where=text[:200]) from error
    return f"({text}\n)"
