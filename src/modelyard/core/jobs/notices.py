"""Notices: what an actor asked for has ended. Made from the jobs themselves; kept is only until when they were seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select

from modelyard.core.jobs.store import MAX_PAGE, JobStore
from modelyard.core.jobs.tables import jobs, notices_seen
from modelyard.core.jobs.types import JobState


@dataclass(frozen=True, slots=True)
class Notice:
    """A job that has ended.

    Parameters
    ----------
    job_id, kind, title : str
        Of the job.
    state : JobState
        How it ended.
    message : str
        The same in words.
    at : datetime
        When it ended.
    unread : bool
        Whether its actor has not marked it as read.
    """

    job_id: str
    kind: str
    title: str
    state: JobState
    message: str
    at: datetime
    unread: bool


class Notices:
    """The notices of all actors.

    Parameters
    ----------
    store : JobStore
        Where jobs are kept.
    """

    def __init__(self, store: JobStore) -> None:
        self._database = store.database

    def page(self, actor: str, offset: int = 0, limit: int = 50) -> tuple[list[Notice], int]:
        """Return the notices of `actor`, newest first, and how many there are in all."""
        mine = _of(actor)
        query = (select(jobs).where(mine).order_by(jobs.c.ended_at.desc(), jobs.c.id.desc()).offset(offset)).limit(
            min(limit, MAX_PAGE)
        )
        with self._database.read() as connection:
            until = connection.execute(_seen(actor)).scalar()
            total = connection.execute(select(func.count()).select_from(jobs).where(mine)).scalar_one()
            rows = connection.execute(query).all()
        notices = [
            Notice(
                job_id=row.id,
                kind=row.kind,
                title=row.title,
                state=JobState(row.state),
                message=row.message,
                at=row.ended_at,
                unread=until is None or row.ended_at > until,
            )
            for row in rows
        ]
        return notices, total

    def unread(self, actor: str) -> int:
        """Return how many notices `actor` has not marked as read."""
        until = _seen(actor).scalar_subquery()
        query = select(func.count()).select_from(jobs)
        query = query.where(_of(actor), or_(until.is_(None), jobs.c.ended_at > until))
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def mark_read(self, actor: str, until: datetime | None = None) -> None:
        """Mark as read what ended up to `until`, by default everything so far; what was read stays read."""
        with self._database.write() as connection:
            if until is None:
                until = connection.execute(select(func.max(jobs.c.ended_at)).where(_of(actor))).scalar()
            before = connection.execute(_seen(actor)).scalar()
            if until is None or (before is not None and before >= until):
                return
            connection.execute(delete(notices_seen).where(notices_seen.c.actor == actor))
            connection.execute(insert(notices_seen).values(actor=actor, until=until))


def _of(actor: str) -> ColumnElement[bool]:
    """Return which jobs are worth a notice: not housekeeping, and not what the actor ended."""
    by_hand = and_(jobs.c.state == JobState.CANCELLED, jobs.c.cancelled_by == actor)
    return and_(jobs.c.actor == actor, jobs.c.hidden.is_(False), jobs.c.ended_at.is_not(None), ~by_hand)


def _seen(actor: str) -> Select[datetime]:
    return select(notices_seen.c.until).where(notices_seen.c.actor == actor)
