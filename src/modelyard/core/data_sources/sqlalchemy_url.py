"""Any database that SQLAlchemy knows, by its URL: rows are streamed through the database's own driver."""

from __future__ import annotations

import queue
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import Field, field_validator
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from modelyard.core.common.errors import AlreadyExists, InvalidInput, MissingExtra, ModelyardError, NotFound
from modelyard.core.common.ids import new_id
from modelyard.core.data_sources.database import DatabaseSource
from modelyard.core.data_sources.filters import Condition, Filter, conditions, typed
from modelyard.core.data_sources.params import SourceParams, tells_a_secret
from modelyard.core.data_sources.paths import Path, parse_path
from modelyard.core.data_sources.secret_refs import SecretRef
from modelyard.core.data_sources.sqlalchemy_types import array, declared, learned, quoted, readable, unescaped, writable
from modelyard.core.data_sources.types import BATCH_ROWS, Item, Listing, Query

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 10_000  # held as Python objects at once
_INSERTED = 5_000  # rows of one executemany
_SYSTEM = {"information_schema", "performance_schema", "mysql", "sys"}
_KNOWN = ("mariadb", "mssql", "mysql", "oracle", "postgresql", "sqlite")
_PACKAGES = {"MySQLdb": "mysqlclient", "psycopg2": "psycopg2-binary", "psycopg": "psycopg[binary]"}
_PATIENCE = {
    "psycopg": "connect_timeout",
    "psycopg2": "connect_timeout",
    "pymysql": "connect_timeout",
    "mysqldb": "connect_timeout",
    "pyodbc": "timeout",
    "pymssql": "login_timeout",
    "oracledb": "tcp_connect_timeout",
}
"""What drivers call the seconds that connecting may take."""

_REFUSED = (
    "authentication failed",
    "access denied",
    "login failed",
    "pg_hba",
    "ora-01017",
    "does not exist",
    "unknown",
)
_DENIED = ("permission", "denied", "privilege", "not allowed", "read-only", "read only")


class SqlalchemyParams(SourceParams):
    """Which database, and who we are there."""

    url: str = Field(title="URL", description="dialect+driver://user@host:port/database, without the password.")
    password: SecretRef | None = Field(None, title="Password")

    @field_validator("url")
    @classmethod
    def _without_password(cls, text: str) -> str:
        try:
            url = sa.make_url(text)
        except ArgumentError:
            raise ValueError("it is no URL like dialect+driver://user@host:port/database") from None
        if url.password or "odbc_connect" in map(str.lower, url.query) or tells_a_secret(text):
            raise ValueError("it holds a password; give that as the parameter 'password'")
        return text


class SqlalchemySource(DatabaseSource):
    """Tables and views of any database with an SQLAlchemy dialect, and queries that cannot write.

    Declared types are kept to. What Arrow has no type for, and numbers without declared digits, arrive as text. Columns
    of a query have the type of the first 10,000 values, which the rest must fit; without any value there, text.

    Examples
    --------
    >>> from modelyard.core.data_sources.registry import open_source
    >>> open_source("sqlalchemy", {"url": "mssql+pyodbc://ada@db.example/shop"}).address
    'mssql+pyodbc://db.example/shop'
    """

    kind = "sqlalchemy"
    title = "Any database by URL"
    Params = SqlalchemyParams
    params: SqlalchemyParams
    language = "SQL"
    writable = True
    _driver_errors = (SQLAlchemyError, OSError)

    @property
    def address(self) -> str:
        """The URL, without the user and without options."""
        url = sa.make_url(self.params.url)
        return sa.URL.create(url.drivername, host=url.host, port=url.port, database=url.database).render_as_string()

    def quote(self, name: str) -> str:
        """Return a name as SQL."""
        return self._engine().dialect.identifier_preparer.quote_identifier(name)

    def check(self) -> str:
        """Connect and ask for the version."""
        return self._within(self._version)

    def _version(self) -> str:
        with self._connected() as connection:
            connection.execute(sa.select(sa.literal(1)))
            dialect = connection.dialect
            return ".".join(map(str, (dialect.name, *(dialect.server_version_info or ())))).replace(".", " ", 1)

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return schemas, and the tables and views in one."""
        parts = parse_path(path)
        if len(parts) > 1:
            return Listing((), more=False, offset=offset)
        found = self._within(lambda: self._items(parts))
        items = [item for item in sorted(found, key=lambda item: item.name) if search.lower() in item.name.lower()]
        return Listing(tuple(items[offset : offset + limit]), len(items) > offset + limit, offset)

    def _items(self, parts: tuple[str, ...]) -> list[Item]:
        with self._connected() as connection:
            inspector = sa.inspect(connection)
            if not parts:
                names = [name for name in inspector.get_schema_names() if name.lower() not in _SYSTEM]
                return [Item((name,), "schema") for name in names]
            tables = [Item((*parts, name), "table") for name in inspector.get_table_names(parts[0])]
            return tables + [Item((*parts, name), "view") for name in inspector.get_view_names(parts[0])]

    def read(
        self,
        what: Path | Query,
        columns: Sequence[str] | None = None,
        filter: Filter | None = None,
        batch_rows: int = BATCH_ROWS,
        limit: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows as `BaseSource.read` promises."""
        wanted, size = conditions(filter), min(batch_rows, _ROWS)
        if limit is not None:
            yield from self._within(lambda: list(self._batches(what, columns, wanted, size, limit)), what)
            return
        with self._told(what):
            yield from self._batches(what, columns, wanted, size, None)

    def _batches(
        self,
        what: Path | Query,
        columns: Sequence[str] | None,
        wanted: tuple[Condition, ...],
        size: int,
        limit: int | None,
    ) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        with self._connected() as connection:
            there = self._columns(connection, what)
            self._check_columns([*(columns or ()), *(one.column for one in wanted)], list(there))
            chosen = list(there) if columns is None else list(columns)
            types = [there[name][1] for name in chosen]
            labels = [quoted(name, connection.dialect) for name in chosen]
            statement = sa.select(*[there[name][0].label(label) for name, label in zip(chosen, labels, strict=True)])
            statement = statement.where(sa.literal(1) == 1)  # a driver takes one statement alone with a bound value
            statement = statement.where(*[_condition(one, *there[one.column]) for one in wanted]).limit(limit)
            some = False
            options = {"yield_per": size, "stream_results": limit is None}
            for rows in connection.execute(statement, execution_options=options).partitions():
                some = True
                values = list(zip(*rows, strict=True))
                types = [type_ or learned(some) for type_, some in zip(types, values, strict=True)]
                arrays = [self._array(*each, what) for each in zip(chosen, values, types, strict=True)]
                yield pa.RecordBatch.from_arrays(arrays, names=chosen)
            if not some:
                fields = [(name, type_ or pa.string()) for name, type_ in zip(chosen, types, strict=True)]
                yield pa.RecordBatch.from_pylist([], schema=pa.schema(fields))

    def _array(self, name: str, values: Sequence[Any], type_: pa.DataType, what: Path | Query) -> pa.Array:
        import pyarrow as pa

        try:
            return array(values, type_)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise self._misfit(name, type_, what, error) from None

    def _columns(
        self, connection: sa.Connection, what: Path | Query
    ) -> dict[str, tuple[sa.ColumnElement[Any], pa.DataType | None]]:
        """Return how to ask for each column, and its type if that is known."""
        dialect = connection.dialect
        if isinstance(what, Query):
            asked = sa.text(self._one_statement(what.text))
            everything = sa.select(sa.text("*")).select_from(asked.columns().subquery("asked"))
            names = list(connection.execute(everything.where(sa.literal(1) == 1).limit(0)).keys())
            answer = asked.columns(*[sa.column(quoted(name, dialect)) for name in names]).subquery("asked").c
            return {name: (answer[name], None) for name in names}
        schema, name = self._table(what, dialect)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", sa.exc.SAWarning
            )  # of a type that it does not know, which we ask for as text
            found = sa.inspect(connection).get_columns(name, schema)
        there = {unescaped(each["name"], dialect): each["type"] for each in found}
        columns = [sa.column(quoted(each, dialect), type_) for each, type_ in there.items()]
        table = sa.table(name, *columns, schema=schema)
        return {each: readable(table.c[each], type_, dialect) for each, type_ in there.items()}

    def _one_statement(self, text: str) -> str:
        bare = text.rstrip("; \t\r\n")
        if ";" in bare:  # also in a text or a comment: where those end is told otherwise by each database
            raise InvalidInput(
                "A query is one statement, without a semicolon, also in texts and comments.",
                where=self.name,
                remedy="Leave the semicolon out; to compare with one, use a filter.",
            )
        return bare.replace(":", "\\:") + "\n"  # a line of its own: the query may end in a comment

    def _table(self, what: Path, dialect: sa.Dialect) -> tuple[str | None, str]:
        parts = parse_path(what)
        if not 1 <= len(parts) <= 2:
            raise self.missing(parts) if parts else NotFound("No item was named.", remedy="Browse the source.")
        return (quoted(parts[0], dialect) if len(parts) == 2 else None), quoted(parts[-1], dialect)

    def write(self, path: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str = "create") -> int:
        """Write a table by executemany; one that is made or replaced takes its name when all rows are in it."""
        self._check_mode(mode)
        with self._told(path), self._connected(write=True) as connection:
            home, name = self._table(path, connection.dialect)
            exists = sa.inspect(connection).has_table(name, home)
            if exists and mode == "create":
                raise AlreadyExists(f"The table {path!r} is there already.", remedy="Write with 'append' or 'replace'.")
            if not exists and mode == "append":
                raise self.missing(parse_path(path))
            filled = _table_of(name if mode == "append" else new_id("modelyard"), home, schema, connection.dialect)
            dropped = False
            try:
                if mode != "append":
                    filled.create(connection)
                rows = sum(_insert(connection, filled, batch) for batch in batches)
                if mode == "replace":
                    sa.Table(name, sa.MetaData(), schema=home).drop(connection, checkfirst=True)
                    dropped = exists
                if mode != "append":
                    _rename(connection, filled.name, name, home)
                connection.commit()
            except BaseException as error:
                lost = False
                with suppress(SQLAlchemyError):
                    connection.rollback()
                    lost = dropped and not sa.inspect(connection).has_table(name, home)
                    if mode != "append" and not lost:  # where making a table ends the transaction, it is still there
                        filled.drop(connection, checkfirst=True)
                        connection.commit()
                if lost and isinstance(error, Exception):
                    raise self._unnamed(path, filled.name, error) from None
                raise
        return rows

    def _engine(self) -> sa.Engine:
        url = sa.make_url(self.params.url)
        if self.params.password:
            url = url.set(password=self.secret(self.params.password))
        try:
            patience = _PATIENCE.get(url.get_dialect().driver)
            arguments = {patience: max(2, round(self.params.timeout))} if patience else {}
            return sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True, connect_args=arguments)
        except NoSuchModuleError:
            raise InvalidInput(
                f"SQLAlchemy knows no database {url.drivername!r}.",
                where=self.name,
                possible=_KNOWN,
                remedy="Look at the URL, or install the package that brings this dialect.",
            ) from None
        except ModuleNotFoundError as error:
            package = _PACKAGES.get(error.name or "", error.name)
            raise MissingExtra(
                f"The source {self.name!r} needs the driver {error.name!r}, which is not installed.",
                where=self.address,
                remedy=f"Install it with: pip install '{package}'",
            ) from None

    @contextmanager
    def _connected(self, *, write: bool = False) -> Iterator[sa.Connection]:
        engine = self._engine()
        if engine.dialect.name == "sqlite" and not write and not FilePath(engine.url.database or "").is_file():
            raise NotFound("There is no such database file.", where=self.address, remedy="Look at the parameter url.")
        dialect = engine.dialect.name
        try:
            connection = engine.connect().execution_options(postgresql_readonly=dialect == "postgresql" and not write)
            if dialect in ("mysql", "mariadb") and not write:
                connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
        except DBAPIError as error:
            words = self.scrubbed(error.orig)
            told = self._refused() if any(sign in words.lower() for sign in _REFUSED) else self._no_answer()
            told.details = words
            raise told from None
        ours = getattr(_running, "connections", None)
        if ours is not None:
            ours.append(connection)
        try:
            yield connection
        finally:
            with suppress(SQLAlchemyError):
                connection.close()

    def _within[T](self, ask: Callable[[], T], what: Path | Query | None = None) -> T:
        """Return what `ask` does; when the time is up nobody waits for it any more, whatever driver it hangs in."""
        answer: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue()
        connections: list[sa.Connection] = []

        def run() -> None:
            _running.connections = connections
            try:
                with self._told(what):
                    answer.put((ask(), None))
            except BaseException as error:
                answer.put((None, error))

        threading.Thread(target=run, name="asking a source", daemon=True).start()
        try:
            found, error = answer.get(timeout=self.params.timeout)
        except queue.Empty:
            for connection in connections:
                _cancel(connection)
            raise self._too_slow() from None
        if error is not None:
            raise error
        return found  # type: ignore[return-value]

    def _explain(self, error: BaseException, what: Path | Query | None) -> ModelyardError:
        words = self.scrubbed(getattr(error, "orig", None) or error)
        told = self._meaning(error, words.lower(), what) or self._bad_query(what, _said(words))
        told.details = words
        return told

    def _meaning(self, error: BaseException, words: str, what: Path | Query | None) -> ModelyardError | None:
        if isinstance(error, NoSuchTableError) and what is not None and not isinstance(what, Query):
            return self.missing(parse_path(what))
        gone = isinstance(error, OSError) or "lost connection" in words or "connection is lost" in words
        if gone or getattr(error, "connection_invalidated", False):
            return self._broke_off()
        if any(sign in words for sign in _DENIED):
            return self._refused("does not let this user do this")
        return None


_running = threading.local()
"""The connections of what runs within a time."""


def _cancel(connection: sa.Connection) -> None:
    """End what a connection is asked, where its driver can do that from another thread."""
    with suppress(Exception):
        driver = connection.connection.driver_connection
        (driver.cancel if hasattr(driver, "cancel") else driver.interrupt)()  # type: ignore[union-attr]


def _said(words: str) -> str:
    """Return a driver's words without the number and brackets that some put around them."""
    found = re.fullmatch(r"\(\d+, ['\"](.*)['\"]\)", words, re.DOTALL)
    return found[1] if found else words


def _condition(one: Condition, column: sa.ColumnElement[Any], type_: pa.DataType | None) -> sa.ColumnElement[bool]:
    import operator

    if one.op.startswith("is "):
        return column.is_not(None) if "not" in one.op else column.is_(None)
    if one.op in ("in", "not in"):
        values = [_value(value, column, type_) for value in one.value]
        return column.in_(values) if one.op == "in" else column.not_in(values)
    compare = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}[one.op]
    found: sa.ColumnElement[bool] = getattr(operator, compare)(column, _value(one.value, column, type_))
    return found


def _value(value: Any, column: sa.ColumnElement[Any], type_: pa.DataType | None) -> sa.ColumnElement[Any]:
    """Return a value as the column's driver wants it; where the type is not known, as SQL has it."""
    import pyarrow as pa

    if type_ is None:
        return sa.bindparam(None, value, literal_execute=True)
    try:
        return sa.literal(typed(value, type_).as_py(), column.type)
    except pa.ArrowException:
        return sa.literal(value)


def _table_of(name: str, home: str | None, schema: pa.Schema, dialect: sa.Dialect) -> sa.Table:
    columns = [
        sa.Column(quoted(field.name, dialect), declared(field.type, dialect), key=f"c{i}")
        for i, field in enumerate(schema)
    ]
    return sa.Table(name, sa.MetaData(), *columns, schema=home)


def _insert(connection: sa.Connection, table: sa.Table, batch: pa.RecordBatch) -> int:
    keys = list(table.c.keys())
    for start in range(0, batch.num_rows, _INSERTED):
        some = batch.slice(start, _INSERTED)
        columns = [writable(column, connection.dialect) for column in some.columns]
        connection.execute(table.insert(), [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)])
    return int(batch.num_rows)


def _rename(connection: sa.Connection, old: str, new: str, home: str | None) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    Operations(MigrationContext.configure(connection)).rename_table(old, new, schema=home)
