"""SQL over dataset versions: the rows of a statement, a few of them to look at or all of them as batches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput, NotFound, Unavailable
from modelyard.core.datasets.duck import one_row
from modelyard.core.datasets.sandbox import View, sandbox, tables_of

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

    from modelyard.core.datasets.catalog import Catalog

ROWS = 1_000
"""Rows that are returned where nothing else is said."""
MOST_ROWS = 100_000
SECONDS = 30.0
"""What a query may take before it is broken off, where nothing else is said."""

_MOST_BYTES = 64 << 20
_BATCH = 65_536
_LOOK_S = 0.1
"""How often one that waits looks whether it was broken off."""
_AT_ONCE = threading.BoundedSemaphore(2)  # in one process, each with a limit of memory of its own
_CASTS = {
    "INTERVAL": "epoch_us({})",
    "HUGEINT": "{}::DECIMAL(38, 0)",
    "UHUGEINT": "{}::VARCHAR",
    "BIT": "{}::VARCHAR",
    "UUID": "{}::VARCHAR",
}


@dataclass(frozen=True, slots=True)
class SqlColumn:
    """A column of an answer: its name and Arrow type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class SqlResult:
    """Rows that a statement returned.

    Parameters
    ----------
    columns : tuple of SqlColumn
        Names and types.
    table : pyarrow.Table
        The rows.
    more : bool
        Whether there are others that were not asked for.
    seconds : float
        What it took.
    """

    columns: tuple[SqlColumn, ...]
    table: pa.Table = field(repr=False, compare=False)
    more: bool
    seconds: float

    def __len__(self) -> int:
        """Return how many rows there are here."""
        return int(self.table.num_rows)

    def rows(self, offset: int = 0, limit: int = 50) -> list[tuple[Any, ...]]:
        """Return a page of them as plain values."""
        page = self.table.slice(offset, limit)
        if not self.columns:
            return []
        return list(zip(*(column.to_pylist() for column in page.columns), strict=True))

    def to_pandas(self) -> pd.DataFrame:
        """Return them as a pandas frame."""
        frame: pd.DataFrame = self.table.to_pandas()
        return frame


def views_of(catalog: Catalog, sql: str) -> tuple[View, ...]:
    """Return the versions that a statement asks for: ``name`` for the latest, ``"name@2"`` for another.

    Raises
    ------
    InvalidInput
        If it is no statement that returns rows.
    NotFound
        If there is no such dataset or version.
    """
    return tuple(view_of(catalog, name) for name in tables_of(sql))


def view_of(catalog: Catalog, name: str) -> View:
    """Return the version that ``name`` or ``name@2`` stands for, or raise `NotFound`."""
    base, _, number = name.rpartition("@")
    try:
        version = catalog.version(name)
    except NotFound:
        if not base or not number.isdecimal():
            raise
        version = catalog.version(base, int(number))
    return View(name, version, catalog.part_paths(version))


def run(
    sql: str,
    views: Sequence[View],
    *,
    limit: int = ROWS,
    seconds: float = SECONDS,
    on_start: Callable[[Callable[[], None]], object] = lambda stop: None,
) -> SqlResult:
    """Return the first rows of a statement.

    Parameters
    ----------
    sql : str
        One statement.
    views : sequence of View
        What it may ask for.
    limit : int
        At most so many rows; fewer where they are wide.
    seconds : float
        After which it is broken off.
    on_start : callable, optional
        Called at once with a function that breaks it off, from any thread, also while it waits for others.

    Raises
    ------
    Unavailable
        If it is broken off.
    """
    if not 0 < limit <= MOST_ROWS:
        raise InvalidInput(f"{limit} rows cannot be returned.", possible=[f"1 to {MOST_ROWS:,}"])
    stop = _Stop()
    on_start(stop)
    with _turn(seconds, stop), sandbox(views, sql, seconds=seconds) as con, stop.breaking(con):
        return answer(con, sql, views, limit)


def answer(con: duckdb.DuckDBPyConnection, sql: str, views: Sequence[View], limit: int) -> SqlResult:
    """Return the first rows of a statement in an open sandbox; fewer than `limit` where they are wide."""
    import pyarrow as pa

    began = time.monotonic()
    reader = _reader(con, sql, views)
    batches: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in reader:
        batches.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > limit or size > _MOST_BYTES:
            break
    table = pa.Table.from_batches(batches, reader.schema)
    columns = tuple(SqlColumn(each.name, str(each.type)) for each in table.schema)
    more = rows > limit or size > _MOST_BYTES
    return SqlResult(columns, table.slice(0, limit), more, time.monotonic() - began)


@contextmanager
def batches_of(sql: str, views: Sequence[View]) -> Iterator[Iterator[pa.RecordBatch]]:
    """Yield all rows of a statement as batches, at least one; they are never all in memory."""
    with sandbox(views, sql) as con:
        yield batches_from(con, sql, views)


def batches_from(con: duckdb.DuckDBPyConnection, sql: str, views: Sequence[View]) -> Iterator[pa.RecordBatch]:
    """Yield all rows of a statement in an open sandbox as batches, at least one, which may be empty."""
    import pyarrow as pa

    reader = _reader(con, sql, views)
    yield pa.RecordBatch.from_pylist([], schema=reader.schema)
    yield from reader


def _reader(con: duckdb.DuckDBPyConnection, sql: str, views: Sequence[View]) -> _Reader:
    asked = con.sql(sql)
    names, kinds = asked.columns, [str(kind) for kind in asked.types]
    if not _CASTS.keys().isdisjoint(kinds):  # else as it is: places in what DuckDB says are those of the statement
        inner = ", ".join(f"c{i}" for i in range(len(names)))
        outer = ", ".join(_CASTS.get(kind, "{}").format(f"c{i}") for i, kind in enumerate(kinds))
        plain = one_row(con, "SELECT json_deserialize_sql(json_serialize_sql(?::VARCHAR))", [sql])[0]
        asked = con.sql(f"SELECT {outer} FROM ({plain}) AS t({inner})")  # noqa: S608
    return _Reader(asked.to_arrow_reader(_BATCH), names, kinds, _zones(views))


class _Reader:
    """Batches with their names, and with the types that DuckDB has no word for."""

    def __init__(
        self, reader: pa.RecordBatchReader, names: Sequence[str], kinds: Sequence[str], zones: dict[str, str]
    ) -> None:
        import pyarrow as pa

        self._reader = reader
        fields = []
        for name, kind, known in zip(names, kinds, reader.schema, strict=True):
            type_ = known.type
            if kind == "INTERVAL":
                type_ = pa.duration("us")
            elif kind == "TIMESTAMP WITH TIME ZONE":
                type_ = pa.timestamp("us", zones.get(name, "UTC"))
            fields.append(pa.field(name, type_))
        self.schema = pa.schema(fields)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        for batch in self._reader:
            columns = [
                column if column.type == known.type else column.cast(known.type)
                for column, known in zip(batch.columns, self.schema, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=self.schema)


def _zones(views: Sequence[View]) -> dict[str, str]:
    """Return the time zones of columns by their names: DuckDB keeps the moment and forgets the zone."""
    found = {}
    for view in views:
        for column in view.version.columns:
            _, zoned, zone = column.type.partition("tz=")
            if zoned:
                found[column.name] = zone.rstrip("]")
    return found


class _Stop:
    """Breaks one query off, whether it waits or works; afterwards it does nothing."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._lock = threading.Lock()  # a connection that is closed cannot be interrupted
        self._con: duckdb.DuckDBPyConnection | None = None

    def __call__(self) -> None:
        self._asked.set()
        with self._lock:
            if self._con is not None:
                self._con.interrupt()

    def check(self) -> None:
        """End here if that was asked for."""
        if self._asked.is_set():
            raise Unavailable("The query was broken off.")

    @contextmanager
    def breaking(self, con: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Interrupt what is done with a connection from now on."""
        import duckdb

        with self._lock:
            self._con = con
        try:
            self.check()
            yield
        except duckdb.InterruptException:
            self.check()  # not because of the time
            raise
        finally:
            with self._lock:
                self._con = None


@contextmanager
def _turn(seconds: float, stop: _Stop) -> Iterator[None]:
    until = time.monotonic() + seconds
    while not _AT_ONCE.acquire(timeout=_LOOK_S):
        stop.check()
        if time.monotonic() > until:
            raise Unavailable("Other queries are at work.", remedy="Try again in a moment.")
    try:
        yield
    finally:
        _AT_ONCE.release()
