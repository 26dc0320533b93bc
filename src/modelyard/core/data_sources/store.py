"""Which sources there are: their parameters, without any secret, and how they were when last looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from modelyard.core.common.clock import Clock
from modelyard.core.common.errors import AlreadyExists, InvalidInput, NotFound
from modelyard.core.common.ids import new_id
from modelyard.core.common.types import Json
from modelyard.core.data_sources.health import EVERY_S, first_check
from modelyard.core.data_sources.tables import sources
from modelyard.core.data_sources.types import Health
from modelyard.core.storage.clock import DatabaseClock
from modelyard.core.storage.database import Database

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source without asking it.

    Parameters
    ----------
    id, name, kind : str
        Its own id, what people call it, and a name in `SOURCES`.
    params : dict
        JSON-ready; secrets are named by their place.
    created_at, created_by : datetime, str
        When and by whom it was added.
    checked_at : datetime, optional
        When it was last tested.
    health : Health, optional
        What came of that.
    since : datetime, optional
        Since when it is so.
    check_every : float
        Seconds between two checks that nobody asks for; 0 for none.
    """

    id: str
    name: str
    kind: str
    params: Json
    created_at: datetime
    created_by: str
    checked_at: datetime | None = None
    health: Health | None = None
    since: datetime | None = None
    check_every: float = EVERY_S


class SourceStore:
    """The table of sources. Safe to share between threads and processes.

    Parameters
    ----------
    database : Database
        With the tables made.
    clock : Clock, optional
        The database's by default.
    """

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or DatabaseClock(database)

    def add(self, name: str, kind: str, params: Mapping[str, Any], *, actor: str) -> SourceInfo:
        """Add a source.

        Raises
        ------
        AlreadyExists
            If the name is taken.
        InvalidInput
            If the name cannot be used.
        """
        self.check_free(name)
        values = {"id": new_id("source"), "name": name, "kind": kind, "params": dict(params), "created_by": actor}
        with _taken(name), self._database.write() as connection:
            now = self._clock.now()
            connection.execute(insert(sources).values(created_at=now, next_check_at=first_check(now), **values))
        return self.get(name)

    def get(self, name: str) -> SourceInfo:
        """Return a source by its name or id, or raise `NotFound`."""
        with self._database.read() as connection:
            return _info(_find(connection, name))

    def page(self, offset: int = 0, limit: int = 50, search: str = "") -> tuple[list[SourceInfo], int]:
        """Return sources by name, and how many there are in all."""
        wanted = sources.c.name.icontains(search, autoescape=True)
        query = select(sources).where(wanted).order_by(sources.c.name).offset(offset).limit(limit)
        with self._database.read() as connection:
            total = connection.execute(select(func.count()).select_from(sources).where(wanted)).scalar_one()
            return [_info(row) for row in connection.execute(query)], total

    def change(self, name: str, *, new_name: str | None = None, params: Mapping[str, Any] | None = None) -> SourceInfo:
        """Give a source another name, other parameters, or both; what was known of its health is forgotten then."""
        values: dict[str, Any] = {"name": new_name} if new_name is not None else {}
        if params is not None:
            values |= {"params": dict(params), "health": None, "checked_at": None, "since": None}
        with _taken(new_name or name), self._database.write() as connection:
            found = _find(connection, name)
            connection.execute(update(sources).where(sources.c.id == found.id).values(**values))
        return self.get(found.id)

    def remove(self, name: str) -> None:
        """Forget a source, or raise `NotFound`."""
        with self._database.write() as connection:
            connection.execute(delete(sources).where(sources.c.id == _find(connection, name).id))

    def check_free(self, name: str) -> None:
        """Raise `InvalidInput` or `AlreadyExists` unless a source may be called `name`."""
        if not _NAME.fullmatch(name):
            raise InvalidInput(
                f"A source cannot be called {name!r}.", remedy="Use 1 to 60 letters, digits, '.', '_' and '-'."
            )
        with self._database.read() as connection:
            if connection.execute(select(sources.c.id).where(sources.c.name == name)).first():
                raise _exists(name)


@contextmanager
def _taken(name: str) -> Iterator[None]:
    """Say which name is taken, where another process was faster."""
    try:
        yield
    except IntegrityError:
        raise _exists(name) from None


def _exists(name: str) -> AlreadyExists:
    return AlreadyExists(f"There is already a source {name!r}.", remedy="Choose another name, or update that one.")


def _find(connection: Connection, name: str) -> Any:
    found = connection.execute(select(sources).where((sources.c.name == name) | (sources.c.id == name))).first()
    if found is None:
        names = connection.execute(select(sources.c.name).order_by(sources.c.name).limit(200)).scalars()
        raise NotFound.named("source", name, names)
    return found


def _info(row: Any) -> SourceInfo:
    health = Health(**row.health) if row.health else None
    every = EVERY_S if row.check_every is None else row.check_every
    known = (row.id, row.name, row.kind, row.params, row.created_at, row.created_by)
    return SourceInfo(*known, row.checked_at, health, row.since, every)
