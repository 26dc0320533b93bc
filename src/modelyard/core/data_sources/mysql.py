"""MySQL and MariaDB: connectorx reads the rows as Arrow, pymysql asks what there is and loads what is written."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path as FilePath
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import Field

from modelyard.core.common.errors import AlreadyExists, ModelyardError
from modelyard.core.common.ids import new_id
from modelyard.core.common.optional import require
from modelyard.core.data_sources.params import SourceParams
from modelyard.core.data_sources.paths import Path, parse_path
from modelyard.core.data_sources.secret_refs import SecretRef
from modelyard.core.data_sources.sql import SqlColumn, SqlSource
from modelyard.core.data_sources.types import Item, Listing, Query

if TYPE_CHECKING:
    import pyarrow as pa

_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_WORD = re.compile(r"[a-z]+")
_REFUSED = (1044, 1045, 1698, 3118)
_DENIED = (1142, 1143, 1227, 1290, 1792)
_GONE = (2006, 2013, 2055, 1053, 1927, 0)
_SLOW = (1969, 3024)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})

_UTC_TIME = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?)\+00:00")


class MysqlParams(SourceParams):
    """Where the server is, and who we are there."""

    host: str = Field("localhost", title="Host", description="A name or an address.")
    port: int = Field(3306, ge=1, le=65535, title="Port")
    database: str = Field(title="Database")
    user: str = Field(title="User")
    password: SecretRef | None = Field(None, title="Password")


class MysqlSource(SqlSource):
    """Tables and views of a MySQL or MariaDB database, and SELECTs on them.

    ``TINYINT(1)`` is read as a boolean, ``DECIMAL`` exactly, times as they are stored; ``TIMESTAMP`` in UTC. Dates that
    are none (``0000-00-00``) are read as missing. Bits, intervals of time and JSON arrive as text.
    """

    kind = "mysql"
    title = "MySQL and MariaDB"
    Params = MysqlParams
    params: MysqlParams
    writable = True

    def quote(self, name: str) -> str:
        """Return a name as SQL."""
        return "`" + name.replace("`", "``") + "`"

    def literal(self, value: Any) -> str:
        """Return a value as SQL; in a text a backslash escapes, and a time is UTC, as our sessions are."""
        if not isinstance(value, str):
            return super().literal(value)
        return super().literal(_UTC_TIME.sub(r"\1", value).replace("\\", "\\\\"))

    @property
    def address(self) -> str:
        """Host, port and database."""
        return f"mysql://{self.params.host}:{self.params.port}/{self.params.database}"

    def check(self) -> str:
        """Connect and ask for the version."""
        with self._told(), self._asking() as cursor:
            cursor.execute("SELECT version()")
            version = str(cursor.fetchone()[0])
        return version if "MariaDB" in version else f"MySQL {version}"

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return databases, and the tables and views in one."""
        parts = parse_path(path)
        if len(parts) > 1:
            return Listing((), more=False, offset=offset)
        with self._told(path), self._asking() as cursor:
            cursor.execute(
                _TABLES if parts else _SCHEMAS,
                {"schema": parts[0] if parts else "", "search": search, "limit": limit + 1, "offset": offset},
            )
            rows = cursor.fetchall()
        items = tuple(Item((*parts, name), kind, estimate, size) for name, kind, estimate, size in rows[:limit])
        return Listing(items, len(rows) > limit, offset)

    def write(self, path: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str = "create") -> int:
        """Write a table by LOAD DATA; one that is made or replaced takes its name when all rows are in it."""
        self._check_mode(mode)
        parts = parse_path(path)
        with self._told(path), tempfile.TemporaryDirectory() as folder, self._asking(write=True) as cursor:
            target = self._relation(path)
            if mode == "create":  # taken at once, so that nobody waits for an error
                cursor.execute(f"CREATE TABLE {target} (x INT)")
                cursor.execute(f"DROP TABLE {target}")
            filled = target if mode == "append" else self._relation((*parts[:-1], new_id("modelyard")))
            try:
                if mode != "append":
                    declared = ", ".join(f"{self.quote(field.name)} {_declared(field.type)}" for field in schema)
                    cursor.execute(f"DROP TABLE IF EXISTS {filled}")
                    cursor.execute(f"CREATE TABLE {filled} ({declared}) CHARACTER SET utf8mb4")
                rows = self._load(cursor, filled, batches, schema, FilePath(folder) / "rows.tsv")
            except BaseException:
                cursor.execute("ROLLBACK" if mode == "append" else f"DROP TABLE IF EXISTS {filled}")
                raise
            cursor.execute("COMMIT")
            if mode == "replace":
                cursor.execute(f"DROP TABLE IF EXISTS {target}")
            if mode != "append":
                cursor.execute(f"RENAME TABLE {filled} TO {target}")
        return rows

    def _load(
        self, cursor: Any, table: str, batches: Iterator[pa.RecordBatch], schema: pa.Schema, file: FilePath
    ) -> int:
        import pyarrow as pa

        is_bytes = [pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type) for field in schema]
        names = [f"@b{i}" if binary else self.quote(schema.names[i]) for i, binary in enumerate(is_bytes)]
        bytes_ = [i for i, hexed in enumerate(is_bytes) if hexed]
        unhex = ", ".join(f"{self.quote(schema.names[i])} = UNHEX(@b{i})" for i in bytes_)
        into = f"{self.literal(str(file))} INTO TABLE {table} CHARACTER SET utf8mb4 ({', '.join(names)})"
        statement = f"LOAD DATA LOCAL INFILE {into}" + (f" SET {unhex}" if unhex else "")
        cursor.execute("SET autocommit = 0, sql_mode = 'STRICT_ALL_TABLES'")
        rows = 0
        for batch in batches:
            with file.open("w", encoding="utf-8", newline="\n") as out:
                _write_rows(out, batch)
            cursor.execute(statement)
            rows += batch.num_rows
        return rows

    def _names(self, relation: str) -> Sequence[str]:
        with self._asking() as cursor:
            cursor.execute(f"SELECT * FROM {relation} LIMIT 0")  # noqa: S608
            return [each[0] for each in cursor.description]

    def _columns(self, select: str, *, quick: bool) -> Sequence[SqlColumn]:
        """Ask for the types by a table made for the moment, as a driver's description does not tell them all."""
        with self._asking() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE modelyard_asked AS SELECT * FROM ({select}) AS asked LIMIT 0")  # noqa: S608
            cursor.execute("SHOW COLUMNS FROM modelyard_asked")
            return [_column(row[0], row[1].lower()) for row in cursor.fetchall()]

    def _stream(
        self, select: str, plan: Sequence[SqlColumn], batch_rows: int, *, quick: bool
    ) -> Iterator[pa.RecordBatch]:
        cx = require("connectorx", extra="sources", purpose="a MySQL source")
        with self._asking() as cursor:  # connectorx tries for 30 s where pymysql is refused at once
            cursor.execute("SELECT 1")
        if quick:
            yield from self._few(select, plan)
            return
        try:
            yield from cx.read_sql(self._url(), select, return_type="arrow_stream", batch_size=batch_rows)
        except BaseException as error:
            if type(error).__name__ == "PanicException":  # what Rust throws is no Exception
                raise RuntimeError(str(error)) from None
            raise

    def _few(self, select: str, plan: Sequence[SqlColumn]) -> Iterator[pa.RecordBatch]:
        """Yield some rows by pymysql, which keeps to a time limit."""
        import pyarrow as pa

        with self._asking() as cursor:
            cursor.execute(select)
            rows = cursor.fetchall()
        if rows:
            arrays = [_array(values, column) for values, column in zip(zip(*rows, strict=True), plan, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, names=[column.name for column in plan])

    @property
    def _driver_errors(self) -> tuple[type[BaseException], ...]:  # type: ignore[override]
        import pymysql

        return (pymysql.Error, RuntimeError, OSError)

    def _explain(self, error: BaseException, what: Path | Query | None) -> ModelyardError:
        text = str(error)
        code = error.args[0] if error.args and isinstance(error.args[0], int) else -1
        if code in _SLOW or "timed out" in text or "max_statement_time" in text:
            return self._too_slow() if code not in (2003, 2005) else self._no_answer()
        if code in _REFUSED:
            return self._refused()
        if code == 1049:
            return self._refused(f"has no database {self.params.database!r}")
        if code in _DENIED:
            return self._refused("does not let this user do this")
        if code == 1050:
            return AlreadyExists(f"The table {what!r} is there already.", remedy="Write with 'append' or 'replace'.")
        if code == 1146 and what is not None and not isinstance(what, Query):
            return self.missing(parse_path(what))
        if code in (2002, 2003, 2005):
            return self._no_answer()
        if code in _GONE or any(sign in text for sign in ("CodecError", "Connection reset", "bytes remaining")):
            return self._broke_off()
        return self._bad_query(what, error.args[1] if code > 0 and len(error.args) > 1 else text)

    def _url(self) -> str:
        user, password = quote(self.params.user, safe=""), quote(self.secret(self.params.password), safe="")
        database = quote(self.params.database, safe="")
        return f"mysql://{user}:{password}@{self.params.host}:{self.params.port}/{database}"

    @contextmanager
    def _asking(self, *, write: bool = False) -> Iterator[Any]:
        pymysql = require("pymysql", extra="sources", purpose="a MySQL source")
        seconds = self.params.timeout
        connection = pymysql.connect(
            host=self.params.host,
            port=self.params.port,
            user=self.params.user,
            password=self.secret(self.params.password),
            database=self.params.database,
            connect_timeout=max(1, round(seconds)),
            read_timeout=None if write else max(2, round(seconds) + 1),
            charset="utf8mb4",
            local_infile=write,
            autocommit=True,
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET time_zone = '+00:00'")
                if not write:
                    cursor.execute("SELECT version()")
                    maria = "MariaDB" in cursor.fetchone()[0]
                    limit = f"max_statement_time = {seconds}" if maria else f"max_execution_time = {seconds * 1000:.0f}"
                    cursor.execute(f"SET SESSION {limit}")
                yield cursor
        finally:
            connection.close()


def _column(name: str, kind: str) -> SqlColumn:
    import pyarrow as pa

    if found := _DECIMAL.match(kind):
        digits, behind = int(found[1]), int(found[2])
        return SqlColumn(name, pa.decimal128(digits, behind) if digits <= 38 else pa.string(), "CAST({} AS CHAR)")
    if kind.startswith("tinyint(1)"):
        return SqlColumn(name, pa.bool_())
    word = _WORD.match(kind)
    if word and (alias := _EXACTLY.get(word[0])):
        unsigned = "unsigned" in kind and alias.startswith("int")
        return SqlColumn(name, pa.type_for_alias("u" + alias if unsigned else alias), _CASTS.get(word[0]))
    if kind.startswith("timestamp"):
        return SqlColumn(name, pa.timestamp("us", "UTC"))
    if kind.startswith("datetime"):
        return SqlColumn(name, pa.timestamp("us"))
    if "blob" in kind or "binary" in kind:
        return SqlColumn(name, pa.binary())
    return SqlColumn(name, pa.string(), None if "char" in kind or "text" in kind else "CAST({} AS CHAR)")


_EXACTLY = {
    "bigint": "int64",
    "int": "int32",
    "mediumint": "int32",
    "smallint": "int16",
    "tinyint": "int8",
    "year": "int32",
    "double": "float64",
    "float": "float32",
    "date": "date32",
    "bit": "string",
}
_CASTS = {"bit": "CAST({} + 0 AS CHAR)", "year": "{} + 0"}


def _array(values: Sequence[Any], column: SqlColumn) -> pa.Array:
    import pyarrow as pa

    unsigned = column.type is not None and pa.types.is_unsigned_integer(column.type)
    return pa.array(list(values), column.type if unsigned else None)


def _write_rows(out: IO[str], batch: pa.RecordBatch) -> None:
    columns = [map(_text, column.to_pylist()) for column in batch.columns]
    out.writelines("\t".join(row) + "\n" for row in zip(*columns, strict=True))


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, bytes):
        return value.hex()
    if hasattr(value, "tzinfo") and getattr(value, "tzinfo", None) is not None:
        return str(value.astimezone(UTC).replace(tzinfo=None))  # as the session's zone is
    return repr(value) if isinstance(value, float) else str(value).translate(_ESCAPES)


def _declared(type_: pa.DataType) -> str:
    import pyarrow as pa

    is_ = pa.types
    if is_.is_decimal(type_):
        return f"DECIMAL({type_.precision},{type_.scale})"
    if is_.is_timestamp(type_):
        return "TIMESTAMP(6) NULL" if type_.tz else "DATETIME(6)"
    if is_.is_integer(type_):
        size = {8: "TINYINT(4)", 16: "SMALLINT", 32: "INT", 64: "BIGINT"}[type_.bit_width]
        return size + (" UNSIGNED" if str(type_).startswith("u") else "")
    for matches, name in (
        (is_.is_boolean, "BOOLEAN"),
        (is_.is_float32, "FLOAT"),
        (is_.is_floating, "DOUBLE"),
        (is_.is_date, "DATE"),
        (is_.is_time, "TIME(6)"),
        (is_.is_binary, "LONGBLOB"),
        (is_.is_large_binary, "LONGBLOB"),
    ):
        if matches(type_):
            return name
    return "LONGTEXT"


_SCHEMAS = """
SELECT schema_name, 'schema', NULL, NULL FROM information_schema.schemata
WHERE schema_name NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
  AND instr(lower(schema_name), lower(%(search)s)) > 0 ORDER BY schema_name LIMIT %(limit)s OFFSET %(offset)s
"""
_TABLES = """
SELECT table_name, IF(table_type LIKE '%%VIEW', 'view', 'table'), table_rows, data_length FROM information_schema.tables
WHERE table_schema = %(schema)s AND instr(lower(table_name), lower(%(search)s)) > 0
ORDER BY table_name LIMIT %(limit)s OFFSET %(offset)s
"""
