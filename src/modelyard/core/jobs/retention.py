"""What ended jobs said and printed goes after a while; that they ran, and how they ended, stays.

Housekeeping that nobody lists (hidden jobs) goes altogether, and after a day: there may be much of it. All is done in
short transactions, so that nobody waits, and may be killed at any line: the next time goes on where this one stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path

from sqlalchemy import and_, delete, or_, select, update

from modelyard.core.jobs.store import JobStore
from modelyard.core.jobs.tables import events, jobs

HIDDEN_DAYS = 1.0
EVENTS_DAYS = 30.0
LOGS_DAYS = 90.0
JOBS_AT_ONCE = 100
EVENTS_AT_ONCE = 2_000
"""Rows of one transaction: some 10 ms, in which other writers wait."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed.

    Parameters
    ----------
    events : int
        All but those that tell how a job's state changed.
    jobs : int
        Hidden ones.
    logs : int
        Files.
    """

    events: int = 0
    jobs: int = 0
    logs: int = 0


def prune(store: JobStore, logs: Path, *, events_days: float = EVENTS_DAYS, logs_days: float = LOGS_DAYS) -> Pruned:
    """Remove what ended jobs said and printed longer ago than that.

    Parameters
    ----------
    store : JobStore
        Where jobs are kept.
    logs : Path
        Folder of the log files.
    events_days, logs_days : float
        Days after the end of a job.
    """
    now = store.clock.now()
    housekeeping = now - timedelta(days=min(events_days, HIDDEN_DAYS))
    removed_events, removed_jobs = _prune_rows(store, now - timedelta(days=events_days), housekeeping)
    return Pruned(removed_events, removed_jobs, _prune_logs(store, logs, now - timedelta(days=logs_days)))


def prune_said(store: JobStore, job_id: str, before: datetime) -> int:
    """Remove what a job that runs for long said before that time, but for its changes of state."""
    old = (events.c.job_id == job_id) & (events.c.kind != "state") & (events.c.at < before)
    with store.database.write() as connection:
        return connection.execute(delete(events).where(old)).rowcount


def _prune_rows(store: JobStore, before: datetime, housekeeping: datetime) -> tuple[int, int]:
    gone = or_(jobs.c.ended_at < before, and_(jobs.c.hidden, jobs.c.ended_at < housekeeping))
    old = select(jobs.c.id).where(gone, jobs.c.pruned_at.is_(None)).limit(JOBS_AT_ONCE)
    removed_events = removed_jobs = 0
    while True:
        with store.database.read() as connection:
            ids = list(connection.execute(old).scalars())
        if not ids:
            return removed_events, removed_jobs
        removed_events += _prune_events(store, ids)
        with store.database.write() as connection:
            chosen = jobs.c.id.in_(ids)
            removed_jobs += connection.execute(delete(jobs).where(chosen, jobs.c.hidden)).rowcount
            connection.execute(update(jobs).where(chosen).values(pruned_at=store.clock.now()))


def _prune_events(store: JobStore, ids: list[str]) -> int:
    hidden = select(jobs.c.id).where(jobs.c.id.in_(ids), jobs.c.hidden)
    doomed = (
        select(events.c.id)
        .where(events.c.job_id.in_(ids), or_(events.c.kind != "state", events.c.job_id.in_(hidden)))
        .limit(EVENTS_AT_ONCE)
    )
    removed = 0
    while True:
        with store.database.write() as connection:
            done = connection.execute(delete(events).where(events.c.id.in_(doomed))).rowcount
        removed += done
        if done < EVENTS_AT_ONCE:
            return removed


def _prune_logs(store: JobStore, folder: Path, before: datetime) -> int:
    removed = 0
    for paths in batched(_older(folder.glob("*.log"), before), JOBS_AT_ONCE):
        by_job = {path.stem: path for path in paths}
        kept = select(jobs.c.id).where(
            jobs.c.id.in_(list(by_job)), or_(jobs.c.ended_at.is_(None), jobs.c.ended_at >= before)
        )
        with store.database.read() as connection:
            needed = set(connection.execute(kept).scalars())
        for job_id in by_job.keys() - needed:
            by_job[job_id].unlink(missing_ok=True)
            removed += 1
    return removed


def _older(paths: Iterable[Path], before: datetime) -> Iterator[Path]:
    for path in paths:
        try:
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except FileNotFoundError:  # somebody else was faster
            continue
        if written < before:
            yield path
