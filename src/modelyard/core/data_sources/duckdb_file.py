"""DuckDB: a database in one file, read by Arrow batches as they are."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from pydantic import Field

from modelyard.core.common.errors import AlreadyExists, InvalidInput, ModelyardError, NotFound, Unavailable
from modelyard.core.data_sources.params import LocalPath, SourceParams
from modelyard.core.data_sources.paths import Path, parse_path
from modelyard.core.data_sources.sql import SqlColumn, SqlSource
from modelyard.core.data_sources.types import Item, Listing, Query

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_LOCKED_DOWN = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


class DuckdbParams(SourceParams):
    """Where the file is."""

    path: LocalPath = Field(title="File", description="The database file on the machine that runs Modelyard.")


class DuckdbSource(SqlSource):
    """Tables and views of a DuckDB file. A query sees this file alone: no other file, no network, no extension."""

    kind = "duckdb"
    title = "DuckDB"
    Params = DuckdbParams
    params: DuckdbParams
    writable = True

    @property
    def address(self) -> str:
        """The file."""
        return self.params.path

    def check(self) -> str:
        """Open the file."""
        with self._told(), self._opened() as connection:
            return f"DuckDB {connection.execute('SELECT version()').fetchone()[0]}"  # type: ignore[index]

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return schemas, and the tables and views in one."""
        parts = parse_path(path)
        if len(parts) > 1:
            return Listing((), more=False, offset=offset)
        query = (
            "SELECT schema_name, 'schema' FROM duckdb_schemas() "
            "WHERE NOT internal AND database_name = current_database()"
            if not parts
            else "SELECT table_name, IF(table_type = 'VIEW', 'view', 'table') FROM information_schema.tables "
            "WHERE table_schema = $schema AND table_catalog = current_database()"
        )
        found = "contains(lower(name), lower($search)) ORDER BY name LIMIT $n OFFSET $o"
        asked = f"SELECT * FROM ({query}) AS t(name, kind) WHERE {found}"  # noqa: S608
        values = {"search": search, "n": limit + 1, "o": offset, **({"schema": parts[0]} if parts else {})}
        with self._told(path), self._opened(quick=True) as connection:
            rows = connection.execute(asked, values).fetchall()
        return Listing(tuple(Item((*parts, name), kind) for name, kind in rows[:limit]), len(rows) > limit, offset)

    def write(self, path: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str = "create") -> int:
        """Write a table in one transaction."""
        import pyarrow as pa

        self._check_mode(mode)
        table = self._relation(path)
        with self._told(path), self._opened(write=True) as connection:
            connection.begin()
            if mode == "replace":
                connection.execute(f"DROP TABLE IF EXISTS {table}")
            connection.register("incoming", pa.RecordBatchReader.from_batches(schema, batches))
            verb = f"INSERT INTO {table} BY NAME" if mode == "append" else f"CREATE TABLE {table} AS"
            rows = connection.execute(f"{verb} SELECT * FROM incoming").fetchone()  # noqa: S608
            connection.commit()
        return int(rows[0]) if rows else 0

    def _names(self, relation: str) -> Sequence[str]:
        with self._opened(quick=True) as connection:
            return [each[0] for each in connection.execute(f"SELECT * FROM {relation} LIMIT 0").description]  # noqa: S608

    def _columns(self, select: str, *, quick: bool) -> Sequence[SqlColumn]:
        with self._opened(quick=True) as connection:
            kinds = connection.execute(f"DESCRIBE {select}").fetchall()
        casts = {
            "HUGEINT": "{}::DECIMAL(38, 0)",
            "UHUGEINT": "{}::VARCHAR",
            "BIT": "{}::VARCHAR",
            "UUID": "{}::VARCHAR",
        }
        return [SqlColumn(name, None, casts.get(kind)) for name, kind, *_ in kinds]

    def _stream(
        self, select: str, plan: Sequence[SqlColumn], batch_rows: int, *, quick: bool
    ) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        with self._opened(quick=quick) as connection:
            if len(connection.extract_statements(select)) != 1:
                raise InvalidInput("A query is one statement.", where=self.name)
            reader = connection.sql(select).to_arrow_reader(batch_rows)
            yield pa.RecordBatch.from_pylist([], schema=reader.schema)  # tells the types, also of a table without rows
            yield from reader

    @property
    def _driver_errors(self) -> tuple[type[BaseException], ...]:  # type: ignore[override]
        import duckdb

        return (duckdb.Error,)

    def _explain(self, error: BaseException, what: Path | Query | None) -> ModelyardError:
        import duckdb

        text = str(error)
        if isinstance(error, duckdb.InterruptException):
            return self._too_slow()
        if isinstance(error, duckdb.IOException):
            return self._no_file(text)
        if isinstance(error, duckdb.CatalogException) and "already exists" in text and what is not None:
            return AlreadyExists(
                f"The table {what!r} is there already.", remedy="Write with mode 'append' or 'replace'."
            )
        if isinstance(error, duckdb.CatalogException) and what is not None and not isinstance(what, Query):
            return self.missing(parse_path(what))
        return self._bad_query(what, text)

    def _no_file(self, text: str) -> ModelyardError:
        if "lock" in text:
            return Unavailable(
                "Another program has the database open for writing.", where=self.address, remedy="Close it there."
            )
        if not FilePath(self.params.path).exists():
            return NotFound("There is no such database file.", where=self.address, remedy="Look at the parameter path.")
        return Unavailable(
            "The file cannot be read as a DuckDB database.", where=self.address, remedy="Look at the file."
        )

    @contextmanager
    def _opened(self, *, write: bool = False, quick: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        import duckdb

        path = self.params.path
        connection = duckdb.connect(path, read_only=not write, config={**_LOCKED_DOWN})
        timer = threading.Timer(self.params.timeout, connection.interrupt) if quick else None
        try:
            if timer:
                timer.start()
            connection.execute("LOAD icu; SET TimeZone = 'UTC'")
            yield connection
        finally:
            if timer:
                timer.cancel()
            connection.close()
