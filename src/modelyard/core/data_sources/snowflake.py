"""Snowflake: its connector gives the rows as Arrow, and takes them as a Parquet file in a stage."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from pydantic import Field

from modelyard.core.common.errors import AlreadyExists, InvalidInput, ModelyardError
from modelyard.core.common.ids import new_id
from modelyard.core.common.optional import require
from modelyard.core.data_sources.params import SourceParams
from modelyard.core.data_sources.paths import Path, parse_path
from modelyard.core.data_sources.secret_refs import SecretRef
from modelyard.core.data_sources.sql import SqlColumn, SqlSource
from modelyard.core.data_sources.types import Item, Listing, Query

if TYPE_CHECKING:
    import pyarrow as pa

_FILE_BYTES = 100 << 20  # of a Parquet file in the stage; Snowflake advises 100 to 250 MB
_INTEGER = 38  # what Snowflake declares for INTEGER: NUMBER(38, 0)
_REFUSED = (250001, 390100, 390101, 390102, 390144, 390195, 390318, 394300, 394304)
_DENIED = (3001, 3540)
_AWAY = (250001, 250003, 250007)
_SLOW = (604, 630)
_GONE_AFTER = 120  # seconds without any answer, after which a server is gone; by itself the connector never gives up


class SnowflakeParams(SourceParams):
    """Which account and database, and who we are there: by password, by key pair, or by an OAuth token."""

    account: str = Field(title="Account", description="For instance myorg-account123.")
    user: str = Field("", title="User", description="Not needed with a token.")
    database: str = Field(title="Database")
    warehouse: str | None = Field(None, title="Warehouse", description="What computes; the user's own by default.")
    role: str | None = Field(None, title="Role", description="The user's own by default.")
    password: SecretRef | None = Field(None, title="Password")
    private_key: SecretRef | None = Field(None, title="Private key", description="PEM, as text or in a file.")
    private_key_password: SecretRef | None = Field(None, title="Password of the key", description="If it has one.")
    token: SecretRef | None = Field(None, title="OAuth token")
    host: str | None = Field(None, title="Host", description="If not that of the account, as with a private link.")
    port: int = Field(443, ge=1, le=65535, title="Port")
    protocol: str = Field("https", pattern="^https?$", title="Protocol")


class SnowflakeSource(SqlSource):
    """Tables and views of a Snowflake database, and SELECTs on them.

    ``NUMBER(38, 0)``, which is what Snowflake makes of an ``INTEGER``, is read as a whole number of 64 bits, and ends
    with an error where one does not fit; other numbers as the decimals that they are. Times come in microseconds, those
    with a zone in UTC; variants, objects and arrays as JSON text.

    Examples
    --------
    >>> from modelyard.core.data_sources.registry import open_source
    >>> params = {"account": "myorg-main", "user": "ada", "database": "SHOP", "private_key": "file:/keys/ada.p8"}
    >>> open_source("snowflake", params).address
    'snowflake://myorg-main/SHOP'
    """

    kind = "snowflake"
    title = "Snowflake"
    Params = SnowflakeParams
    params: SnowflakeParams
    writable = True

    def literal(self, value: Any) -> str:
        """Return a value as SQL; in a text a backslash escapes."""
        return super().literal(value.replace("\\", "\\\\") if isinstance(value, str) else value)

    @property
    def address(self) -> str:
        """Account and database."""
        return f"snowflake://{self.params.account}/{self.params.database}"

    def check(self) -> str:
        """Connect and ask for the version."""
        with self._told(), self._asking(quick=True) as cursor:
            return f"Snowflake {self._ask(cursor, 'SELECT current_version()', quick=True).fetchone()[0]}"

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return schemas, and the tables and views in one."""
        parts = parse_path(path)
        if len(parts) > 1:
            return Listing((), more=False, offset=offset)
        values = {"schema": parts[0] if parts else "", "search": search, "limit": limit + 1, "offset": offset}
        with self._told(path), self._asking(quick=True) as cursor:
            cursor.execute(_TABLES if parts else _SCHEMAS, values, timeout=self._seconds)
            rows = cursor.fetchall()
        items = tuple(Item((*parts, name), kind, estimate, size) for name, kind, estimate, size in rows[:limit])
        return Listing(items, len(rows) > limit, offset)

    def write(self, path: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str = "create") -> int:
        """Write a table through a stage; one that is made or replaced takes its name when all rows are in it."""
        self._check_mode(mode)
        parts = parse_path(path)
        target = self._relation(path)
        with self._told(path), tempfile.TemporaryDirectory() as folder, self._asking() as cursor:
            if len(parts) == 2:
                cursor.execute(f"USE SCHEMA {self.quote(parts[0])}")
            if mode == "create":  # taken at once, so that nobody waits for an error
                cursor.execute(f"CREATE TABLE {target} (x INT)")
                cursor.execute(f"DROP TABLE {target}")
            name = parts[-1] if mode == "append" else new_id("modelyard")
            filled = self._relation((*parts[:-1], name))
            if mode != "append":
                declared = ", ".join(f"{self.quote(field.name)} {_declared(field.type)}" for field in schema)
                cursor.execute(f"CREATE TABLE {filled} ({declared})")
            try:
                stage = self._relation((*parts[:-1], new_id("modelyard")))
                rows = self._load(cursor, filled, stage, _files(batches, schema, FilePath(folder)), schema.names)
                if mode == "create":
                    cursor.execute(f"ALTER TABLE {filled} RENAME TO {target}")
            except BaseException:
                if mode != "append":
                    with suppress(*self._driver_errors):
                        cursor.execute(f"DROP TABLE IF EXISTS {filled}")
                raise
            if mode == "replace":
                self._replace(cursor, path, name, filled, target)
        return rows

    def _replace(self, cursor: Any, path: Path, name: str, filled: str, target: str) -> None:
        """Give a filled table the name of another, and keep it where it cannot take that once the other is gone."""
        try:
            cursor.execute(f"DROP TABLE IF EXISTS {target}")
        except BaseException:
            with suppress(*self._driver_errors):
                cursor.execute(f"DROP TABLE IF EXISTS {filled}")
            raise
        try:
            cursor.execute(f"ALTER TABLE {filled} RENAME TO {target}")
        except self._driver_errors as error:
            raise self._unnamed(path, name, error) from None

    def _load(
        self, cursor: Any, table: str, stage: str, files: Iterator[tuple[FilePath, int]], columns: Sequence[str]
    ) -> int:
        """Put files into a stage of this session, and from there into the table by one statement: all or none."""
        cursor.execute(f"CREATE TEMPORARY STAGE {stage}")
        rows = 0
        for file, some in files:
            cursor.execute(f"PUT 'file://{file}' @{stage} AUTO_COMPRESS = FALSE")
            file.unlink()
            rows += some
        names = ", ".join(map(self.quote, columns))  # a table that is appended to may have them in another order
        fields = ", ".join(f"$1:c{i}" for i in range(len(columns)))
        if rows:
            cursor.execute(
                f"COPY INTO {table} ({names}) FROM (SELECT {fields} FROM @{stage}) "  # noqa: S608
                "FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE BINARY_AS_TEXT = FALSE)"
            )
        return rows

    def _names(self, relation: str) -> Sequence[str]:
        with self._asking(quick=True) as cursor:
            return [each.name for each in cursor.describe(f"SELECT * FROM {relation}")]  # noqa: S608

    def _columns(self, select: str, *, quick: bool) -> Sequence[SqlColumn]:
        with self._asking(quick=quick) as cursor:
            names = require("snowflake.connector.constants", extra="sources", purpose="a Snowflake source")
            kinds = names.FIELD_ID_TO_NAME
            return [
                SqlColumn(each.name, _type(kinds[each.type_code], each.precision, each.scale))
                for each in cursor.describe(select)
            ]

    def _stream(
        self, select: str, plan: Sequence[SqlColumn], batch_rows: int, *, quick: bool
    ) -> Iterator[pa.RecordBatch]:
        with self._asking(quick=quick) as cursor:
            self._ask(cursor, select, quick=quick)
            for table in cursor.fetch_arrow_batches(force_microsecond_precision=True):
                yield from table.to_batches(max_chunksize=batch_rows)

    @property
    def _driver_errors(self) -> tuple[type[BaseException], ...]:  # type: ignore[override]
        errors = require("snowflake.connector.errors", extra="sources", purpose="a Snowflake source")
        return (errors.Error, OSError)

    def _explain(self, error: BaseException, what: Path | Query | None) -> ModelyardError:
        text, code = str(error), getattr(error, "errno", None)
        if code in _SLOW:
            return self._too_slow()
        if code in _AWAY and not any(sign in text for sign in ("ncorrect", "JWT", "OAuth", "not authorized")):
            return self._no_answer()
        if code in _REFUSED:
            return self._refused()
        if code in _DENIED:
            return self._refused("does not let this user do this")
        if code == 2002 or "already exists" in text:
            return AlreadyExists(f"The table {what!r} is there already.", remedy="Write with 'append' or 'replace'.")
        if code in (2003, 2043) and what is not None and not isinstance(what, Query):
            return self.missing(parse_path(what))
        if isinstance(error, OSError) or type(error).__name__ in ("OperationalError", "InterfaceError"):
            return self._broke_off()
        return self._bad_query(what, getattr(error, "raw_msg", None) or text)

    @property
    def _seconds(self) -> int:
        return max(1, round(self.params.timeout))

    def _ask(self, cursor: Any, statement: str, *, quick: bool) -> Any:
        return cursor.execute(statement, timeout=self._seconds if quick else None)

    @contextmanager
    def _asking(self, *, quick: bool = False) -> Iterator[Any]:
        connector = require("snowflake.connector", extra="sources", purpose="a Snowflake source")
        place = {"host": self.params.host, "port": self.params.port, "protocol": self.params.protocol}
        connection = connector.connect(
            account=self.params.account,
            database=self.params.database,
            warehouse=self.params.warehouse,
            role=self.params.role,
            login_timeout=self._seconds,
            network_timeout=self._seconds if quick else _GONE_AFTER,
            client_session_keep_alive=not quick,
            application="modelyard",
            session_parameters={"TIMEZONE": "UTC", "QUERY_TAG": "modelyard"},
            **{name: value for name, value in place.items() if self.params.host},
            **self._login(),
        )
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            with suppress(*self._driver_errors):
                connection.close()

    def _login(self) -> dict[str, Any]:
        """Return who we are: a token goes before a key, and a key before a password."""
        if self.params.token:
            return {"authenticator": "oauth", "token": self.secret(self.params.token), "user": self.params.user}
        if self.params.private_key:
            return {
                "authenticator": "SNOWFLAKE_JWT",
                "user": self.params.user,
                "private_key": _der(
                    self.secret(self.params.private_key), self.secret(self.params.private_key_password)
                ),
            }
        return {"user": self.params.user, "password": self.secret(self.params.password)}


def _der(pem: str, password: str) -> bytes:
    """Return a key as the connector wants it."""
    from cryptography.hazmat.primitives import serialization as form

    try:
        key = form.load_pem_private_key(pem.encode(), password.encode() or None)
    except (ValueError, TypeError):
        raise InvalidInput(
            "The private key cannot be read.",
            where="private_key",
            remedy="Give it as PEM, with its password if it has one.",
        ) from None
    return key.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())


def _files(batches: Iterator[pa.RecordBatch], schema: pa.Schema, folder: FilePath) -> Iterator[tuple[FilePath, int]]:
    """Yield Parquet files with columns ``c0``, ``c1``, …, and how many rows are in each; read one before the next."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([field.with_name(f"c{i}") for i, field in enumerate(schema)])
    for number in itertools.count():
        file, rows = folder / f"{number}.parquet", 0
        with pq.ParquetWriter(file, schema, compression="snappy") as writer:
            for batch in batches:
                writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
                rows += batch.num_rows
                if file.stat().st_size > _FILE_BYTES:
                    break
        if not rows:
            return
        yield file, rows


def _type(kind: str, precision: int | None, scale: int | None) -> pa.DataType:
    import pyarrow as pa

    if kind == "FIXED":
        digits = precision or _INTEGER
        whole = not scale and (digits == _INTEGER or digits <= 18)
        return pa.int64() if whole else pa.decimal128(digits, scale or 0)
    found: dict[str, pa.DataType] = {
        "REAL": pa.float64(),
        "DATE": pa.date32(),
        "TIMESTAMP_NTZ": pa.timestamp("us"),
        "TIMESTAMP_LTZ": pa.timestamp("us", "UTC"),
        "TIMESTAMP_TZ": pa.timestamp("us", "UTC"),
        "TIMESTAMP": pa.timestamp("us"),
        "TIME": pa.time64("us"),
        "BOOLEAN": pa.bool_(),
        "BINARY": pa.binary(),
    }
    return found.get(kind, pa.string())


def _declared(type_: pa.DataType) -> str:
    import pyarrow as pa

    is_ = pa.types
    if is_.is_decimal(type_):
        return f"NUMBER({type_.precision}, {type_.scale})"
    if is_.is_timestamp(type_):
        return "TIMESTAMP_TZ" if type_.tz else "TIMESTAMP_NTZ"
    for matches, name in (
        (is_.is_boolean, "BOOLEAN"),
        (is_.is_integer, f"NUMBER({_INTEGER}, 0)"),
        (is_.is_floating, "FLOAT"),
        (is_.is_date, "DATE"),
        (is_.is_time, "TIME"),
        (is_.is_binary, "BINARY"),
        (is_.is_large_binary, "BINARY"),
        (is_.is_nested, "VARIANT"),
    ):
        if matches(type_):
            return name
    return "VARCHAR"


_SCHEMAS = """
SELECT schema_name, 'schema', NULL, NULL FROM information_schema.schemata
WHERE upper(schema_name) <> 'INFORMATION_SCHEMA' AND contains(lower(schema_name), lower(%(search)s))
ORDER BY schema_name LIMIT %(limit)s OFFSET %(offset)s
"""
_TABLES = """
SELECT table_name, CASE WHEN table_type LIKE '%%VIEW' THEN 'view' ELSE 'table' END, row_count, bytes
FROM information_schema.tables
WHERE table_schema = %(schema)s AND contains(lower(table_name), lower(%(search)s))
ORDER BY table_name LIMIT %(limit)s OFFSET %(offset)s
"""
