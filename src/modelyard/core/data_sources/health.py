"""How sources were, and when to look again: the last checks of each, its state and since when it is so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from modelyard.core.common.clock import Clock
from modelyard.core.data_sources.tables import source_checks, sources
from modelyard.core.data_sources.types import Health
from modelyard.core.storage.clock import DatabaseClock
from modelyard.core.storage.database import Database

EVERY_S = 300
"""Seconds between two checks of a source, where nothing else is said."""

KEPT = 50
"""Checks of a source that are kept: its history grows no further."""


@dataclass(frozen=True, slots=True)
class Check:
    """One look at a source.

    Parameters
    ----------
    at : datetime
        When.
    health : Health
        How it was.
    """

    at: datetime
    health: Health


@dataclass(frozen=True, slots=True)
class Change:
    """What a check did to what was known.

    Parameters
    ----------
    before : Health, optional
        How it was when last looked at; None if nobody had.
    after : Health
        How it is.
    """

    before: Health | None
    after: Health

    @property
    def turned(self) -> bool:
        """Whether it can be used now and could not before, or the other way round.

        Examples
        --------
        >>> good, away = Health(True, True, 0.1, "It answers."), Health(False, False, 3.0, "No answer.")
        >>> Change(good, away).turned, Change(None, good).turned, Change(None, away).turned
        (True, False, True)
        """
        return self.after.healthy != (self.before is None or self.before.healthy)


def _nothing(connection: Connection, change: Change) -> None:
    """Do nothing more."""


class HealthStore:
    """Checks of sources in the database. Safe to share between threads and processes.

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

    def note(self, source_id: str, health: Health, then: Callable[[Connection, Change], None] = _nothing) -> None:
        """Keep how a source was and when to look again; `then` is called within the transaction.

        Nothing is kept of a source that was removed meanwhile.
        """
        now = self._clock.now()
        with self._database.write() as connection:
            row = connection.execute(select(sources).where(sources.c.id == source_id)).first()
            if row is None:
                return
            before = Health(**row.health) if row.health else None
            same = before is not None and state(before) == state(health)
            connection.execute(
                update(sources)
                .where(sources.c.id == source_id)
                .values(
                    health=asdict(health),
                    checked_at=now,
                    since=row.since if same and row.since else now,
                    next_check_at=_next(now, row.check_every),
                )
            )
            mine = source_checks.c.source_id == source_id
            newest = select(func.coalesce(func.max(source_checks.c.number), 0)).where(mine)
            number = connection.execute(newest).scalar_one() + 1
            connection.execute(
                insert(source_checks).values(source_id=source_id, number=number, at=now, **asdict(health))
            )
            connection.execute(delete(source_checks).where(mine, source_checks.c.number <= number - KEPT))
            then(connection, Change(before, health))

    def last(self, source_id: str, limit: int = KEPT) -> list[Check]:
        """Return the last checks of a source, newest first."""
        table = source_checks
        query = select(table).where(table.c.source_id == source_id).order_by(table.c.number.desc()).limit(limit)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [
            Check(row.at, Health(row.reachable, row.allowed, row.latency_s, row.message, row.version)) for row in rows
        ]

    def watch(self, source_id: str, every: float) -> None:
        """Have a source checked every so many seconds, or not at all with 0."""
        values: dict[str, Any] = {"check_every": every, "next_check_at": _next(self._clock.now(), every)}
        with self._database.write() as connection:
            connection.execute(update(sources).where(sources.c.id == source_id).values(**values))

    def due(self) -> list[str]:
        """Return the ids of the sources that are to be looked at now, the longest due first."""
        when = sources.c.next_check_at
        with self._database.read() as connection:
            return list(
                connection.execute(select(sources.c.id).where(when <= self._clock.now()).order_by(when)).scalars()
            )


def state(health: Health | None) -> str:
    """Return how it is in one word: ``good``, ``refused``, ``away`` or ``unknown``.

    Examples
    --------
    >>> state(Health(True, False, 0.1, "No.")), state(None)
    ('refused', 'unknown')
    """
    if health is None:
        return "unknown"
    return "good" if health.healthy else "refused" if health.reachable else "away"


def first_check(now: datetime) -> datetime:
    """Return when to look at a source that was just added or changed: whoever did that has usually looked."""
    return now + timedelta(seconds=EVERY_S)


def _next(now: datetime, every: float | None) -> datetime | None:
    every = EVERY_S if every is None else every
    return now + timedelta(seconds=every) if every else None
