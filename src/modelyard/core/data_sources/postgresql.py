"""PostgreSQL: ADBC reads and writes the rows as Arrow, psycopg asks what there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from modelyard.core.common.errors import AlreadyExists, ModelyardError
from modelyard.core.common.optional import require
from modelyard.core.data_sources.params import SourceParams
from modelyard.core.data_sources.paths import Path, parse_path
from modelyard.core.data_sources.secret_refs import SecretRef
from modelyard.core.data_sources.sql import SqlColumn, SqlSource
from modelyard.core.data_sources.types import Item, Listing, Query

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

_BATCH_BYTES = 8 << 20
_KEEPALIVES = {"keepalives": "1", "keepalives_idle": "20", "keepalives_interval": "5", "keepalives_count": "4"}
_AS_THEY_ARE = {16, 17, 20, 21, 23, 25, 700, 701, 1042, 1043, 1082, 1083, 1114, 1184}
"""Types that ADBC turns to Arrow without loss: booleans, bytes, numbers, text, dates and times. Others come as text."""

_NUMERIC = 1700
_DIGITS = 38
_ENDLESS = {1082: "date", 1114: "timestamp", 1184: "timestamptz"}
"""Types with ``infinity``, for which Arrow has no value: it is read as missing."""


class PostgresqlParams(SourceParams):
    """Where the server is, and who we are there."""

    host: str = Field("localhost", title="Host", description="A name, an address, or the folder of a socket.")
    port: int = Field(5432, ge=1, le=65535, title="Port")
    database: str = Field(title="Database")
    user: str = Field(title="User")
    password: SecretRef | None = Field(None, title="Password")
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] = Field(
        "prefer", title="Encryption", description="As libpq calls it; verify-full where the network is not yours."
    )


class PostgresqlSource(SqlSource):
    """Tables and views of a PostgreSQL database, and SELECTs on them in transactions that cannot write.

    ``numeric(p, s)`` is read as the decimal that it is; a ``numeric`` without digits as a decimal with as many as its
    values need, or as floating point where 38 are too few. Arrays, JSON, intervals and whatever else Arrow does not
    have arrive as text; ``infinity`` among times, and NaN among decimals, as missing.
    """

    kind = "postgresql"
    title = "PostgreSQL"
    Params = PostgresqlParams
    params: PostgresqlParams
    writable = True

    @property
    def address(self) -> str:
        """Host, port and database."""
        return f"postgresql://{self.params.host}:{self.params.port}/{self.params.database}"

    def check(self) -> str:
        """Connect and ask for the version."""
        with self._told(), self._asking() as connection:
            row = connection.execute("SELECT split_part(version(), ' on ', 1)").fetchone()
            return str(row[0]) if row else "PostgreSQL"

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return schemas, and the tables, views and foreign tables in one."""
        parts = parse_path(path)
        if len(parts) > 1:
            return Listing((), more=False, offset=offset)
        query = _TABLES if parts else _SCHEMAS
        values = {"schema": parts[0] if parts else "", "search": search, "limit": limit + 1, "offset": offset}
        with self._told(path), self._asking() as connection:
            rows = connection.execute(query, values).fetchall()
        items = tuple(Item((*parts, name), kind, estimate, size) for name, kind, estimate, size in rows[:limit])
        return Listing(items, len(rows) > limit, offset)

    def write(self, path: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str = "create") -> int:
        """Write a table in one transaction, by COPY."""
        import pyarrow as pa

        self._check_mode(mode)
        *before, table = parse_path(path)
        counted = _Counted(batches)
        with self._told(path), self._bulk() as connection, connection.cursor() as cursor:
            where = {"db_schema_name": before[0]} if before else {}
            if mode != "append":
                cursor.adbc_ingest(table, schema.empty_table(), mode=mode, **where)
                for field in schema:
                    if pa.types.is_decimal(field.type):  # ADBC declares no digits; an empty table changes at once
                        digits = f"{self.quote(field.name)} TYPE numeric({field.type.precision}, {field.type.scale})"
                        cursor.execute(f"ALTER TABLE {self._relation(path)} ALTER COLUMN {digits}")
            reader = pa.RecordBatchReader.from_batches(schema, iter(counted))
            cursor.adbc_ingest(table, reader, mode="append", **where)
            connection.commit()
        return counted.rows

    def _names(self, relation: str) -> Sequence[str]:
        with self._asking() as connection:
            found = connection.execute(f"SELECT * FROM {relation} LIMIT 0").description  # noqa: S608
            return [each.name for each in found or ()]

    def _columns(self, select: str, *, quick: bool) -> Sequence[SqlColumn]:
        with self._asking(bounded=quick) as connection:
            found = connection.execute(f"SELECT * FROM ({select}) AS asked LIMIT 0").description or ()  # noqa: S608
            loose = [each.name for each in found if each.type_code == _NUMERIC and each.precision is None]
            digits = self._digits(connection, select, loose) if loose else {}
            return [_column(each, digits.get(each.name)) for each in found]

    def _digits(
        self, connection: psycopg.Connection, select: str, names: Sequence[str]
    ) -> dict[str, tuple[int, int] | None]:
        """Return how many digits the values of numerics without declared ones have, before and behind the point."""
        facts = ", ".join(
            f"max(length(abs(trunc({n}))::text)), max(scale({n})), "
            f"bool_or({n}::text IN ('NaN', 'Infinity', '-Infinity'))"
            for n in map(self.quote, names)
        )
        row = connection.execute(f"SELECT {facts} FROM ({select}) AS asked").fetchone() or ()  # noqa: S608
        found: dict[str, tuple[int, int] | None] = {}
        for i, name in enumerate(names):
            before, behind, odd = row[3 * i : 3 * i + 3]
            fits = not odd and (before or 0) + (behind or 0) <= _DIGITS
            found[name] = (_DIGITS, behind or 0) if fits else None
        return found

    def _stream(
        self, select: str, plan: Sequence[SqlColumn], batch_rows: int, *, quick: bool
    ) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        with self._bulk(read_only=True, bounded=quick) as connection, connection.cursor() as cursor:
            cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)})
            cursor.execute(select)
            reader = cursor.fetch_record_batch()
            yield pa.RecordBatch.from_pylist([], schema=_plain(reader.schema))  # tells the types without any row
            yield from reader

    @property
    def _driver_errors(self) -> tuple[type[BaseException], ...]:  # type: ignore[override]
        import adbc_driver_manager
        import psycopg

        return (psycopg.Error, adbc_driver_manager.Error, OSError)  # while rows come, Arrow raises OSError

    def _explain(self, error: BaseException, what: Path | Query | None) -> ModelyardError:
        text, state = str(error), getattr(error, "sqlstate", None) or ""
        if state == "57014" or "statement timeout" in text:
            return self._too_slow()
        if (
            state.startswith("28")
            or "authentication failed" in text
            or "no pg_hba.conf entry" in text
            or "role " in text
        ):
            return self._refused()
        if state == "3D000" or ('database "' in text and "does not exist" in text):
            return self._refused(f"has no database {self.params.database!r}")
        if state == "42501":
            return self._refused("does not let this user do this")
        if state == "42P07" or "already exists" in text:
            return AlreadyExists(
                f"The table {what!r} is there already.", remedy="Write with mode 'append' or 'replace'."
            )
        if state in ("42P01", "3F000") and what is not None and not isinstance(what, Query):
            return self.missing(parse_path(what))
        if any(
            sign in text
            for sign in ("closed the connection", "PQgetCopyData", "terminating connection", "connection is lost")
        ):
            return self._broke_off()
        if "onnect" in text and not state:  # to connect, connection
            return self._no_answer()
        return self._bad_query(what, text.removeprefix("INVALID_DATA: ").removeprefix("[libpq] "))

    def _conninfo(self, *, read_only: bool, bounded: bool) -> str:
        from psycopg.conninfo import make_conninfo

        options = ["-c timezone=UTC", "-c standard_conforming_strings=on"]
        options += ["-c default_transaction_read_only=on"] if read_only else []
        options += [f"-c statement_timeout={int(self.params.timeout * 1000)}"] if bounded else []
        return make_conninfo(
            host=self.params.host,
            port=self.params.port,
            dbname=self.params.database,
            user=self.params.user,
            password=self.secret(self.params.password) or None,
            sslmode=self.params.sslmode,
            connect_timeout=max(2, round(self.params.timeout)),
            application_name="modelyard",
            options=" ".join(options),
            **_KEEPALIVES,
        )

    @contextmanager
    def _asking(self, *, bounded: bool = True) -> Iterator[psycopg.Connection]:
        psycopg = require("psycopg", extra="sources", purpose="a PostgreSQL source")
        with psycopg.connect(self._conninfo(read_only=True, bounded=bounded), autocommit=True) as connection:
            yield connection

    @contextmanager
    def _bulk(self, *, read_only: bool = False, bounded: bool = False) -> Iterator[Any]:
        dbapi = require("adbc_driver_postgresql.dbapi", extra="sources", purpose="a PostgreSQL source")
        connection = dbapi.connect(self._conninfo(read_only=read_only, bounded=bounded))
        try:
            yield connection
        finally:
            connection.close()


class _Counted:
    """Batches, and how many rows have gone by."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self.rows = 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            self.rows += batch.num_rows
            yield batch


def _plain(schema: pa.Schema) -> pa.Schema:
    import pyarrow as pa

    types = [each.type.storage_type if isinstance(each.type, pa.BaseExtensionType) else each.type for each in schema]
    return pa.schema(list(zip(schema.names, types, strict=True)))


def _column(found: psycopg.Column, digits: tuple[int, int] | None) -> SqlColumn:
    import pyarrow as pa

    code = found.type_code
    if code in _ENDLESS:
        return SqlColumn(
            found.name, None, f"NULLIF(NULLIF({{}}, 'infinity'::{_ENDLESS[code]}), '-infinity'::{_ENDLESS[code]})"
        )
    if code in _AS_THEY_ARE:
        return SqlColumn(found.name)
    if code != _NUMERIC:
        return SqlColumn(found.name, pa.string(), "{}::text")
    if found.precision is not None and found.precision <= _DIGITS and 0 <= (found.scale or 0) <= found.precision:
        cast = "NULLIF({}, 'NaN')::text"  # Arrow's decimals know no NaN; it is read as missing
        return SqlColumn(found.name, pa.decimal128(found.precision, found.scale or 0), cast)
    if digits is not None:
        return SqlColumn(found.name, pa.decimal128(*digits), "{}::text")
    return SqlColumn(found.name, pa.float64(), "{}::float8")


_SCHEMAS = """
SELECT nspname, 'schema', NULL::bigint, NULL::bigint FROM pg_namespace
WHERE nspname NOT LIKE 'pg\\_%%' AND nspname <> 'information_schema' AND has_schema_privilege(oid, 'USAGE')
  AND strpos(lower(nspname), lower(%(search)s)) > 0
ORDER BY nspname LIMIT %(limit)s OFFSET %(offset)s
"""
_TABLES = """
SELECT relname, CASE WHEN relkind IN ('v', 'm') THEN 'view' ELSE 'table' END,
       CASE WHEN reltuples >= 0 AND relkind <> 'v' THEN reltuples::bigint END,
       CASE WHEN relkind IN ('r', 'm') THEN pg_table_size(c.oid) END
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE nspname = %(schema)s AND relkind IN ('r', 'p', 'v', 'm', 'f') AND strpos(lower(relname), lower(%(search)s)) > 0
ORDER BY relname LIMIT %(limit)s OFFSET %(offset)s
"""
