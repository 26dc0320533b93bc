"""The relational database: one engine, short transactions, times in UTC.

Embedded it is SQLite in WAL mode, by URL it is PostgreSQL, and both behave the same: readers see one state and never
wait, writers take turns. SQLite lets a deferred transaction that has read fail at once when it wants to write, whatever
the timeout, so every transaction that may write begins with ``BEGIN IMMEDIATE``, and they queue for it (see `turns`);
on PostgreSQL it takes one advisory lock first. So ids that grow are also committed in their order, and whoever follows
them misses nothing. No text with the character NUL gets in, which only SQLite would take (see `nul`).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, MetaData, create_engine, event, func, select
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.types import TypeDecorator

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.optional import require
from modelyard.core.common.secret import Secret, remember_url, shown_url
from modelyard.core.storage.failures import explained, locked
from modelyard.core.storage.nul import cleaned, refused
from modelyard.core.storage.turns import TooLong, turn

BUSY_TIMEOUT_S = 30
"""Seconds that a writer waits for the one before it."""

CONNECT_TIMEOUT_S = 10
"""Seconds after which a server that does not answer counts as down."""

ASK_TIME_S = 10.0
"""Seconds that a server's time is carried on by this machine's monotonic clock."""

WRITER_LOCK = 0x6D6F64656C79617264 >> 8
"""Key of the advisory lock that writers on PostgreSQL take; each database has its own."""

BACKENDS = ("sqlite", "postgresql")

type Write = Callable[[Connection], None]
_joining: ContextVar[tuple[Database, Write] | None] = ContextVar("joining", default=None)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Where every layer declares its tables; the migrations must add up to it."""


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware time, kept in UTC; SQLite itself keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times and turn the others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}: times in the database are timezone-aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """Connections to one database.

    Safe to share between threads; a child process opens its own. Nothing is created here:
    `modelyard.core.storage.migrations.upgrade` makes the tables.

    Parameters
    ----------
    url : str
        An SQLAlchemy URL: ``sqlite:////path/modelyard.db`` or ``postgresql+psycopg://user@host/name``.
    cleans : bool
        Whether the character NUL in texts is replaced; otherwise such a text is refused. Jobs clean.

    Raises
    ------
    InvalidInput
        If it is no such URL.
    MissingExtra
        If the driver of PostgreSQL is not installed.
    """

    def __init__(self, url: str, *, cleans: bool = False) -> None:
        parsed = parse_url(url)
        self.url = parsed.render_as_string(hide_password=False)
        self.shown = shown_url(parsed.render_as_string(hide_password=True))
        self.backend = parsed.get_backend_name()
        self._mend = cleaned if cleans else refused
        if parsed.password not in (parsed.username, parsed.database):  # then it is no secret, and a common word
            remember_url(self.url)
        file = parsed.database if self.backend == "sqlite" else None
        self._turns = Path(f"{file}-turn") if file and file != ":memory:" else None
        self._told: tuple[datetime, float] | None = None
        make = _sqlite_engine if self.backend == "sqlite" else _postgresql_engine
        self._engine = make(parsed, _cleaned_json if cleans else _refused_json)
        event.listen(self._engine, "before_cursor_execute", self._look_at_texts, retval=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection whose statements see one state of the database.

        Raises
        ------
        Unavailable, Integrity
            If the database does not answer, or is damaged.
        """
        with explained(self.shown), self._engine.connect() as connection:
            if self.backend == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection that may write; commits at the end, rolls back on any error.

        Raises
        ------
        Unavailable, Integrity
            If the database does not answer, cannot be written to, is full, or is damaged.
        """
        with self._queued(), explained(self.shown), self._engine.connect() as connection:
            connection.execution_options(modelyard_write=True)
            with connection.begin():
                if self.backend == "postgresql":
                    self._take_turn(connection)
                yield connection
                joining = _joining.get()
                if joining is not None and joining[0] is self:
                    joining[1](connection)
                    _joining.set(None)

    @contextmanager
    def joining(self, write: Write) -> Iterator[None]:
        """Have `write` called within the next writing transaction of this block, or else in one at its end.

        So something that belongs to a change is committed with it or not at all, without the store that makes the
        change knowing of it. Nothing is written if the block raises before it has changed anything.
        """
        mine = (self, write)
        token = _joining.set(mine)
        try:
            yield
            if _joining.get() is mine:
                with self.write():
                    pass
        finally:
            _joining.reset(token)

    def now(self) -> datetime:
        """Return the database's time in UTC: this machine's for SQLite, the server's for PostgreSQL.

        A server is asked at each writing transaction and otherwise every `ASK_TIME_S` seconds at most.
        """
        if self.backend == "sqlite":
            return datetime.now(UTC)
        told = self._told
        if told is None or time.monotonic() - told[1] > ASK_TIME_S:
            with self.read() as connection:
                told = self._note_time(connection.execute(select(func.clock_timestamp())).scalar_one())
        return told[0] + timedelta(seconds=time.monotonic() - told[1])

    @contextmanager
    def _queued(self) -> Iterator[None]:
        """Wait for the writers before on SQLite, which would let each of them try again and again."""
        if self._turns is None:
            yield
            return
        with ExitStack() as stack:
            try:
                stack.enter_context(turn(self._turns, BUSY_TIMEOUT_S))
            except TooLong:
                raise locked(self.shown) from None
            yield

    def _take_turn(self, connection: Connection) -> None:
        """Wait for the writer before; READ COMMITTED then shows what it has committed."""
        row = connection.exec_driver_sql(
            f"SELECT set_config('lock_timeout', '{BUSY_TIMEOUT_S}s', true), pg_advisory_xact_lock({WRITER_LOCK}), "
            "clock_timestamp()"
        ).one()
        self._note_time(row[2])

    def _note_time(self, told: datetime) -> tuple[datetime, float]:
        self._told = (told.astimezone(UTC), time.monotonic())
        return self._told

    def _look_at_texts(
        self, _connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> tuple[str, Any]:
        return statement, self._mend(parameters)

    def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        self._engine.dispose()

    def __repr__(self) -> str:
        return f"Database({self.shown!r})"


def parse_url(url: str) -> URL:
    """Return the parts of a database's URL.

    Raises
    ------
    InvalidInput
        If it names no database that we can use; a password in it is not repeated.

    Examples
    --------
    >>> parse_url("postgresql://ada@db.example/yard").drivername
    'postgresql+psycopg'
    """
    possible = ["sqlite:////path/file.db", "postgresql+psycopg://user@host/name"]
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        raise InvalidInput("This is not the URL of a database.", possible=possible) from None
    if backend == "postgres":  # what hosting services call it
        parsed, backend = parsed.set(drivername="postgresql"), "postgresql"
    if backend not in BACKENDS:
        raise InvalidInput(f"A workspace cannot be kept in a database of the kind {backend!r}.", possible=possible)
    return parsed.set(drivername="postgresql+psycopg") if backend == "postgresql" else parsed


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite file at `path`.

    Examples
    --------
    >>> sqlite_url(Path("/data/modelyard.db"))
    'sqlite:////data/modelyard.db'
    """
    return URL.create("sqlite", database=str(path)).render_as_string()


def to_json(value: Any) -> str:
    """Return a JSON text; numbers that JSON does not know become null, on every database alike.

    Examples
    --------
    >>> to_json({"loss": float("nan"), "step": 3})
    '{"loss": null, "step": 3}'
    """
    try:
        return json.dumps(value, allow_nan=False, default=_shown)
    except ValueError:  # PostgreSQL refuses NaN, which Python would write
        return json.dumps(_finite(value), allow_nan=False, default=_shown)


def _refused_json(value: Any) -> str:
    return _mended_json(value, refused)


def _cleaned_json(value: Any) -> str:  # a function of its own: psycopg tells serializers apart by their code alone
    return _mended_json(value, cleaned)


def _mended_json(value: Any, mend: Callable[[Any], Any]) -> str:
    text = to_json(value)
    return to_json(mend(value)) if "\\u0000" in text else text


def _shown(value: Any) -> str:
    if isinstance(value, Secret):  # what is told may name it, and never holds it
        return repr(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value


def _sqlite_engine(url: URL, serializer: Callable[[Any], str]) -> Engine:
    # hide_parameters: values, which may be secret, never become part of an error's text
    engine = create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True, json_serializer=serializer
    )

    @event.listens_for(engine, "connect")
    def _prepare(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None  # we begin transactions ourselves, below
        try:
            dbapi_connection.execute("PRAGMA journal_mode = WAL")
            dbapi_connection.execute(
                "PRAGMA synchronous = NORMAL"
            )  # safe against kill -9; a power cut may cost commits
            dbapi_connection.execute("PRAGMA foreign_keys = ON")
        except Exception:  # a damaged file: the pool forgets a connection that it could not prepare
            dbapi_connection.close()
            raise

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("modelyard_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _postgresql_engine(url: URL, serializer: Callable[[Any], str]) -> Engine:
    require("psycopg", extra="postgresql", purpose="a workspace in PostgreSQL")
    return create_engine(
        url,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "modelyard"},
        hide_parameters=True,
        json_serializer=serializer,
        pool_pre_ping=True,  # a server that was restarted in between is no error
    )
