"""Who did what, when: rows that are only ever added; triggers of the database refuse anything else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from modelyard.core.common.clock import Clock
from modelyard.core.common.request import current_request
from modelyard.core.common.types import Json
from modelyard.core.storage.clock import DatabaseClock
from modelyard.core.storage.database import Database
from modelyard.core.storage.tables import audit

MAX_PAGE = 1000
MAX_ACTOR = 100


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done.

    Parameters
    ----------
    id : int
        Grows.
    verb : str
        The public call, for instance ``datasets.rename``.
    subject : str
        What it was done to, for instance ``dataset/bank``.
    details : dict
        What else was said; never a secret.
    request_id : str or None
        The request that asked for it, as in events and logs.
    """

    id: int
    at: datetime
    actor: str
    verb: str
    subject: str
    details: Json
    request_id: str | None


class AuditLog:
    """The audit trail. Safe to share between threads and processes.

    Parameters
    ----------
    database : Database
        With the tables made.
    clock : Clock, optional
        The database's by default.
    """

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self.database = database
        self.clock = clock or DatabaseClock(database)

    @contextmanager
    def recording(self, actor: str, verb: str, subject: str, details: Json | None = None) -> Iterator[None]:
        """Write one row in the transaction that makes the change: both are committed, or neither is.

        A block that raises before it has changed anything leaves no row.
        """

        def write(connection: Connection) -> None:
            connection.execute(
                insert(audit).values(
                    at=self.clock.now(),
                    actor=actor[:MAX_ACTOR],
                    verb=verb,
                    subject=subject,
                    details=details or {},
                    request_id=current_request(),
                )
            )

        with self.database.joining(write):
            yield

    def page(
        self,
        offset: int = 0,
        limit: int = 50,
        *,
        actor: str | None = None,
        subject: str | None = None,
        verb: str | None = None,
    ) -> tuple[list[AuditEntry], int]:
        """Return entries, newest first, and how many there are in all."""
        wanted = {audit.c.actor: actor, audit.c.subject: subject, audit.c.verb: verb}
        where = [column == value for column, value in wanted.items() if value is not None]
        query = select(audit).where(*where).order_by(audit.c.id.desc()).offset(offset).limit(min(limit, MAX_PAGE))
        with self.database.read() as connection:
            total = connection.execute(select(func.count()).select_from(audit).where(*where)).scalar_one()
            return [AuditEntry(*row) for row in connection.execute(query)], total
