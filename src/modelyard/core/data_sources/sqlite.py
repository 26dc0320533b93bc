"""SQLite: a database in one file. The type of a column is found from all its values, as SQLite itself keeps none."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock_time
from decimal import Decimal
from functools import partial
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import Field

from modelyard.core.common.errors import AlreadyExists, InvalidInput, ModelyardError, NotFound, Unavailable
from modelyard.core.data_sources.params import LocalPath, SourceParams
from modelyard.core.data_sources.paths import Path, parse_path
from modelyard.core.data_sources.sql import SqlColumn, SqlSource
from modelyard.core.data_sources.types import Item, Listing, Query

if TYPE_CHECKING:
    import pyarrow as pa

_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)", re.IGNORECASE)
_STEPS = 20_000  # of SQLite's machine between two looks at the time
_FACTS = 6  # about each column
_AT_ONCE = 200  # columns looked at in one query, of which SQLite lets 2,000 values come back


class SqliteParams(SourceParams):
    """Where the file is."""

    path: LocalPath = Field(title="File", description="The database file on the machine that runs Modelyard.")


class SqliteSource(SqlSource):
    """Tables and views of a SQLite file.

    A column is read as what all its values are: whole numbers, numbers, text or bytes; text where they are mixed.
    Declared BOOLEAN, DATE, DATETIME, TIMESTAMP, TIME and DECIMAL(p, s) are kept to wherever all values allow it.

    Examples
    --------
    >>> import sqlite3
    >>> file = getfixture("tmp_path") / "shop.db"
    >>> with sqlite3.connect(file) as connection:
    ...     _ = connection.execute("CREATE TABLE orders (id INTEGER, day DATE)")
    ...     _ = connection.execute("INSERT INTO orders VALUES (1, '2026-11-24')")
    >>> connection.close()
    >>> from modelyard.core.data_sources.registry import open_source
    >>> open_source("sqlite", {"path": str(file)}).preview("orders").to_pylist()
    [{'id': 1, 'day': datetime.date(2026, 11, 24)}]
    """

    kind = "sqlite"
    title = "SQLite"
    Params = SqliteParams
    params: SqliteParams
    writable = True
    _depth = 1
    _driver_errors = (sqlite3.Error,)

    @property
    def address(self) -> str:
        """The file."""
        return self.params.path

    def check(self) -> str:
        """Read the first page of the file."""
        with self._told(), self._opened(quick=True) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            return f"SQLite {sqlite3.sqlite_version}"

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return tables and views."""
        if parse_path(path):
            return Listing((), more=False, offset=offset)
        with self._told(), self._opened(quick=True) as connection:
            rows = connection.execute(
                "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view') "
                "AND substr(name, 1, 7) <> 'sqlite_' AND instr(lower(name), lower(?)) ORDER BY name LIMIT ? OFFSET ?",
                (search, limit + 1, offset),
            ).fetchall()
        return Listing(tuple(Item((name,), kind) for name, kind in rows[:limit]), len(rows) > limit, offset)

    def write(self, path: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str = "create") -> int:
        """Write a table in one transaction."""
        self._check_mode(mode)
        table = self._relation(path)
        declared = ", ".join(f"{self.quote(field.name)} {_declared(field.type)}" for field in schema)
        with self._told(path), self._opened(write=True) as connection:
            connection.execute("BEGIN IMMEDIATE")
            if mode == "replace":
                connection.execute(f"DROP TABLE IF EXISTS {table}")
            if mode != "append":
                connection.execute(f"CREATE TABLE {table} ({declared})")
            names = ", ".join(map(self.quote, schema.names))
            insert = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(schema))})"  # noqa: S608
            rows = 0
            for batch in batches:
                columns = [map(_to_sqlite, column.to_pylist()) for column in batch.columns]
                connection.executemany(insert, zip(*columns, strict=True))
                rows += batch.num_rows
            connection.execute("COMMIT")
        return rows

    def _names(self, relation: str) -> Sequence[str]:
        with self._opened(quick=True) as connection:
            return [each[0] for each in connection.execute(f"SELECT * FROM {relation} LIMIT 0").description]  # noqa: S608

    def _columns(self, select: str, *, quick: bool) -> Sequence[SqlColumn]:
        with self._opened(quick=quick) as connection:
            connection.execute(f"CREATE TEMP VIEW asked AS {select}")
            rows = connection.execute("PRAGMA temp.table_info(asked)").fetchall()
            found: list[SqlColumn] = []
            for start in range(0, len(rows), _AT_ONCE):
                some = [(row[1], row[2]) for row in rows[start : start + _AT_ONCE]]
                measures = ", ".join(_measures(self.quote(name)) for name, _ in some)
                facts = connection.execute(f"SELECT {measures} FROM asked").fetchone()  # noqa: S608
                found += [
                    SqlColumn(name, _type(declared, facts[_FACTS * i : _FACTS * (i + 1)]))
                    for i, (name, declared) in enumerate(some)
                ]
            return found

    def _stream(
        self, select: str, plan: Sequence[SqlColumn], batch_rows: int, *, quick: bool
    ) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        with self._opened(quick=quick) as connection:
            cursor = connection.execute(select)
            while rows := cursor.fetchmany(batch_rows):
                columns = zip(zip(*rows, strict=True), plan, strict=True)
                arrays = [self._array(values, each) for values, each in columns]
                yield pa.RecordBatch.from_arrays(arrays, names=[each.name for each in plan])

    def _array(self, values: Sequence[Any], column: SqlColumn) -> pa.Array:
        import pyarrow as pa

        try:
            return pa.array(_from_sqlite(values, column.type), column.type)
        except (ValueError, ArithmeticError, TypeError, pa.ArrowException) as error:
            raise InvalidInput(
                f"Column {column.name!r} holds values that do not fit {column.type}.",
                where=self.name,
                remedy="Cast it to TEXT in a query.",
                details=str(error),
            ) from None

    def _explain(self, error: BaseException, what: Path | Query | None) -> ModelyardError:
        text = str(error)
        if "interrupted" in text:
            return self._too_slow()
        if "unable to open" in text or "not a database" in text or "disk image is malformed" in text:
            return self._no_file()
        if "locked" in text:
            return Unavailable(
                "Another program keeps the database locked.", where=self.address, remedy="Try again later."
            )
        if "already exists" in text and what is not None:
            return AlreadyExists(
                f"The table {what!r} is there already.", remedy="Write with mode 'append' or 'replace'."
            )
        if "no such table" in text and what is not None and not isinstance(what, Query):
            return self.missing(parse_path(what))
        if "UTF-8" in text:
            return InvalidInput(
                "A text in the database is not UTF-8.", where=self.name, remedy="Cast it to BLOB in a query."
            )
        return self._bad_query(what, text)

    def _no_file(self) -> ModelyardError:
        if not FilePath(self.params.path).exists():
            return NotFound("There is no such database file.", where=self.address, remedy="Look at the parameter path.")
        return Unavailable(
            "The file cannot be read as a SQLite database.", where=self.address, remedy="Look at the file."
        )

    @contextmanager
    def _opened(self, *, write: bool = False, quick: bool = False) -> Iterator[sqlite3.Connection]:
        timeout = self.params.timeout
        mode = "rwc" if write else "ro"
        file = quote(self.params.path)
        connection = sqlite3.connect(
            f"file:{file}?mode={mode}", uri=True, timeout=timeout, isolation_level=None, check_same_thread=False
        )
        try:
            if quick:
                end = time.monotonic() + timeout
                connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
            yield connection
        finally:
            connection.close()


def _measures(name: str) -> str:
    """Return which kinds of values there are, whether whole numbers are more than bits, and texts other than dates."""
    day = "'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'"
    return (
        f"max(typeof({name}) = 'integer'), max(typeof({name}) = 'real'), max(typeof({name}) = 'text'), "
        f"max(typeof({name}) = 'blob'), max(typeof({name}) = 'integer' AND {name} NOT IN (0, 1)), "
        f"max(typeof({name}) = 'text' AND NOT {name} GLOB {day})"
    )


def _type(declared: str, facts: Sequence[Any]) -> pa.DataType:
    import pyarrow as pa

    integer, real, text, blob, beyond_bit, no_day = (bool(fact) for fact in facts)
    upper = declared.upper()
    if blob:
        return pa.binary()
    if text and not integer and not real:
        found = _text_type(upper)
        return pa.string() if no_day and (pa.types.is_date(found) or pa.types.is_timestamp(found)) else found
    if text:
        return pa.string()
    if integer and not real and "BOOL" in upper and not beyond_bit:
        return pa.bool_()
    if integer or real:
        return pa.float64() if real else pa.int64()
    return _empty_type(upper)


def _text_type(declared: str) -> pa.DataType:
    import pyarrow as pa

    if found := _DECIMAL.search(declared):
        return pa.decimal128(min(38, int(found[1])), int(found[2] or 0))
    if "TIMESTAMPTZ" in declared or "WITH TIME ZONE" in declared:
        return pa.timestamp("us", "UTC")
    if "DATETIME" in declared or "TIMESTAMP" in declared:
        return pa.timestamp("us")
    if "DATE" in declared:
        return pa.date32()
    return pa.time64("us") if declared.startswith("TIME") else pa.string()


def _empty_type(declared: str) -> pa.DataType:
    """Return the type of a column without any value, from what was declared alone."""
    import pyarrow as pa

    if "INT" in declared:
        return pa.int64()
    if "BOOL" in declared:
        return pa.bool_()
    if any(word in declared for word in ("REAL", "FLOA", "DOUB")):
        return pa.float64()
    return pa.binary() if "BLOB" in declared else _text_type(declared)


def _from_sqlite(values: Sequence[Any], type_: pa.DataType | None) -> Sequence[Any]:
    import pyarrow as pa

    read: Any
    if type_ is None or pa.types.is_integer(type_) or pa.types.is_floating(type_):
        return values
    if pa.types.is_string(type_):
        read = str
    elif pa.types.is_binary(type_):
        read = _bytes
    elif pa.types.is_decimal(type_):
        read = Decimal
    elif pa.types.is_boolean(type_):
        read = bool
    elif pa.types.is_date(type_):
        read = date.fromisoformat
    elif pa.types.is_time(type_):
        read = clock_time.fromisoformat
    else:
        zone = UTC if type_.tz else None
        read = partial(_moment, zone=zone)
    return [None if value is None else read(value) for value in values]


def _moment(text: str, zone: tzinfo | None) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=zone) if zone is None or found.tzinfo is None else found


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _to_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ") if value.tzinfo else value.isoformat(" ")
    if isinstance(value, date | clock_time):
        return value.isoformat()
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, default=str)
    return str(value) if isinstance(value, Decimal | timedelta) else value


def _declared(type_: pa.DataType) -> str:
    """Return what to declare: a name with TEXT in it keeps SQLite from turning decimals to floating point."""
    import pyarrow as pa

    is_ = pa.types
    if is_.is_decimal(type_):
        return f"TEXT_DECIMAL({type_.precision},{type_.scale})"
    if is_.is_timestamp(type_):
        return "TIMESTAMPTZ" if type_.tz else "TIMESTAMP"
    for matches, name in (
        (is_.is_boolean, "BOOLEAN"),
        (is_.is_integer, "INTEGER"),
        (is_.is_floating, "REAL"),
        (is_.is_date, "DATE"),
        (is_.is_time, "TIME"),
    ):
        if matches(type_):
            return name
    return "BLOB" if is_.is_binary(type_) or is_.is_large_binary(type_) else "TEXT"
