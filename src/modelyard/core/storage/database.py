"""The relational database: one engine, short transactions, times in UTC.

Embedded it is SQLite in WAL mode. SQLite lets a deferred transaction that has read fail at once when it wants to
write, whatever the timeout, so every transaction that may write begins with ``BEGIN IMMEDIATE`` and waits its turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, MetaData, create_engine, event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.types import TypeDecorator

BUSY_TIMEOUT_S = 30
"""Seconds that a SQLite writer waits for the one before it."""

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
        An SQLAlchemy URL, for instance ``sqlite:////path/modelyard.db``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        parsed = make_url(url)
        self._engine = _sqlite_engine(parsed) if parsed.get_backend_name() == "sqlite" else create_engine(parsed)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection whose statements see one state of the database."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection that may write; commits at the end, rolls back on any error."""
        with self._engine.connect().execution_options(modelyard_write=True) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        self._engine.dispose()

    def __repr__(self) -> str:
        return f"Database({make_url(self.url).render_as_string(hide_password=True)!r})"


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite file at `path`.

    Examples
    --------
    >>> sqlite_url(Path("/data/modelyard.db"))
    'sqlite:////data/modelyard.db'
    """
    return URL.create("sqlite", database=str(path)).render_as_string()


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})

    @event.listens_for(engine, "connect")
    def _prepare(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None  # we begin transactions ourselves, below
        cursor = dbapi_connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")  # safe against kill -9; a power cut may cost the last commits
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("modelyard_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
