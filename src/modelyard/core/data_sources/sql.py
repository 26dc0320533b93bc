"""What all databases have in common: one SELECT that keeps to columns, filter and limit, and typed batches of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.data_sources.database import DatabaseSource
from modelyard.core.data_sources.filters import Condition, Filter, conditions
from modelyard.core.data_sources.paths import Path, parse_path
from modelyard.core.data_sources.types import BATCH_ROWS, Query

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class SqlColumn:
    """A column as it is asked for.

    Parameters
    ----------
    name : str
        Its name.
    type : pyarrow.DataType, optional
        What its values are turned to; None for what the driver gives.
    cast : str, optional
        An SQL expression with ``{}`` for the quoted name, where the column must be turned to something that the driver
        reads without loss.
    """

    name: str
    type: pa.DataType | None = None
    cast: str | None = None


class SqlSource(DatabaseSource):
    """A database that speaks SQL.

    A subclass says how to quote (`quote`, `literal`), what columns a SELECT has (`_names`, `_columns`), how its
    rows come (`_stream`), and what its driver's errors mean (`_explain`).
    """

    language = "SQL"

    def quote(self, name: str) -> str:
        """Return a name as SQL."""
        return '"' + name.replace('"', '""') + '"'

    def literal(self, value: Any) -> str:
        """Return a value as SQL."""
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int | float):
            return repr(value)
        if "\0" in value:
            raise InvalidInput("A text with the character NUL cannot be looked for.", where=self.name)
        return "'" + str(value).replace("'", "''") + "'"

    def read(
        self,
        what: Path | Query,
        columns: Sequence[str] | None = None,
        filter: Filter | None = None,
        batch_rows: int = BATCH_ROWS,
        limit: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows as `BaseSource.read` promises."""
        with self._told(what):
            yield from self._read(what, columns, conditions(filter), batch_rows, limit)

    def _read(
        self,
        what: Path | Query,
        columns: Sequence[str] | None,
        wanted: tuple[Condition, ...],
        batch_rows: int,
        limit: int | None,
    ) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        relation = self._relation(what)
        if columns is not None or wanted:
            self._check_columns([*(columns or ()), *(one.column for one in wanted)], self._names(relation))
        inner = self._inner(relation, columns, wanted, limit)
        plan = self._columns(inner, quick=limit is not None)
        if not plan:
            raise InvalidInput("It has no columns.", where=self._called(what))
        typed: pa.Schema | None = None
        some = False
        for batch in self._stream(self._outer(inner, plan), plan, batch_rows, quick=limit is not None):
            found = self._typed(batch, plan, typed, what)
            typed = found.schema
            for start in range(0, found.num_rows, batch_rows):
                some = True
                yield found.slice(start, batch_rows)
        if not some:
            fields = [(column.name, column.type or pa.string()) for column in plan]
            yield pa.RecordBatch.from_pylist([], schema=typed or pa.schema(fields))

    def _relation(self, what: Path | Query) -> str:
        """Return what stands behind FROM."""
        if isinstance(what, Query):  # a line of its own: the query may end in a comment
            return f"({what.text.strip().rstrip(';')}\n) AS asked"
        parts = parse_path(what)
        if not 1 <= len(parts) <= self._depth:
            raise self.missing(parts) if parts else NotFound("No item was named.", remedy="Browse the source.")
        return ".".join(self.quote(part) for part in parts)

    _depth: ClassVar[int] = 2  # parts of the longest name of a table

    def _inner(
        self, relation: str, columns: Sequence[str] | None, wanted: Iterable[Condition], limit: int | None
    ) -> str:
        chosen = "*" if columns is None else ", ".join(map(self.quote, columns))
        where = " AND ".join(self._condition(one) for one in wanted)
        return (
            f"SELECT {chosen} FROM {relation}"  # noqa: S608  (names are quoted, values are literals)
            + (f" WHERE {where}" if where else "")
            + (f" LIMIT {int(limit)}" if limit is not None else "")
        )

    def _condition(self, one: Condition) -> str:
        column = self.quote(one.column)
        if one.op.startswith("is "):
            return f"{column} {one.op.upper()}"
        if one.op in ("in", "not in"):
            return f"{column} {one.op.upper()} ({', '.join(self.literal(value) for value in one.value)})"
        return f"{column} {'<>' if one.op == '!=' else one.op} {self.literal(one.value)}"

    def _outer(self, inner: str, plan: Sequence[SqlColumn]) -> str:
        if not any(column.cast for column in plan):
            return inner
        chosen = ", ".join(
            f"{column.cast.format(self.quote(column.name))} AS {self.quote(column.name)}"
            if column.cast
            else self.quote(column.name)
            for column in plan
        )
        return f"SELECT {chosen} FROM ({inner}) AS kept"  # noqa: S608

    def _typed(
        self, batch: pa.RecordBatch, plan: Sequence[SqlColumn], schema: pa.Schema | None, what: Path | Query
    ) -> pa.RecordBatch:
        import pyarrow as pa

        arrays: list[pa.Array] = []
        for column, array in zip(plan, batch.columns, strict=True):
            wanted = column.type or (schema.field(len(arrays)).type if schema else array.type)
            try:
                arrays.append(_cast(array, wanted))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise self._misfit(column.name, wanted, what, error) from None
        return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in plan])

    # What a subclass says.

    @abstractmethod
    def _names(self, relation: str) -> Sequence[str]:
        """Return the names of the columns of what stands behind FROM."""

    @abstractmethod
    def _columns(self, select: str, *, quick: bool) -> Sequence[SqlColumn]:
        """Return how the columns of a SELECT are to be asked for."""

    @abstractmethod
    def _stream(
        self, select: str, plan: Sequence[SqlColumn], batch_rows: int, *, quick: bool
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows as the driver gives them; a `quick` question must end within the timeout."""


def _cast(array: pa.Array, wanted: pa.DataType) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if isinstance(wanted, pa.BaseExtensionType):
        wanted = wanted.storage_type
    return array if array.type == wanted else pc.cast(array, wanted)
