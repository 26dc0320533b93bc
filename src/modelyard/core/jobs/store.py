"""Jobs and events in the database: submit, read, cancel.

The other half, what only a worker does, is in `leases`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from modelyard.core.common.clock import Clock
from modelyard.core.common.errors import (
    InvalidInput,
    JobCancelled,
    JobFailed,
    ModelyardError,
    NotFound,
    Unavailable,
    error_from_dict,
)
from modelyard.core.common.ids import new_id
from modelyard.core.common.request import current_request
from modelyard.core.common.secret import Secret
from modelyard.core.common.types import Json
from modelyard.core.jobs.tables import events, jobs
from modelyard.core.jobs.types import Event, Job, JobState
from modelyard.core.storage.clock import DatabaseClock
from modelyard.core.storage.database import Database

POLL_S = 0.05
WEIGHTS = ("heavy", "light", "standing")
MAX_PAGE = 1000


class JobStore:
    """What everybody may do with jobs. Safe to share between threads and processes.

    Parameters
    ----------
    database : Database
        With the tables made.
    clock : Clock, optional
        The database's by default, so that machines which share one agree on leases.
    """

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self.database = database
        self.clock = clock or DatabaseClock(database)

    def submit(
        self,
        kind: str,
        target: str,
        params: Json,
        *,
        title: str,
        actor: str,
        weight: str = "heavy",
        hidden: bool = False,
        unique_key: str | None = None,
        session: str | None = None,
        memory_limit: int | None = None,
    ) -> Job:
        """Put a job into the queue; it belongs to the request that is being served.

        Parameters
        ----------
        kind : str
            For lists and filters, for instance ``train``.
        target : str
            ``package.module:function``; called with a `JobContext` in a process of its own.
        params : dict
            JSON values that the function gets.
        weight : str
            ``heavy`` jobs run one at a time, ``light`` ones beside them. ``standing`` ones run until they end by
            themselves or are cancelled: one that loses its worker or its process goes back into the queue.
        hidden : bool
            Whether lists leave it out: housekeeping.
        unique_key : str, optional
            While a job with this key waits, that one is returned instead; and it waits while another one runs.
        session : str, optional
            Only the worker of this session may run it.
        memory_limit : int, optional
            Resident bytes that it may use; by default what the worker allows.
        """
        if weight not in WEIGHTS:
            raise InvalidInput(f"A job cannot weigh {weight!r}.", possible=WEIGHTS)
        if _holds_secret(params):
            raise InvalidInput(
                "A job cannot be given a secret: what it is given is stored in clear.",
                remedy="Keep it with `yard.secrets.set` and give the job its name.",
            )
        job_id, now = new_id("job"), self.clock.now()
        with self.database.write() as connection:
            if unique_key is not None:
                same = select(jobs).where(jobs.c.unique_key == unique_key, jobs.c.state == JobState.QUEUED)
                if (row := connection.execute(same).first()) is not None:
                    return _job(row)
            connection.execute(
                insert(jobs).values(
                    id=job_id,
                    kind=kind,
                    title=title,
                    target=target,
                    params=params,
                    state=JobState.QUEUED,
                    weight=weight,
                    hidden=hidden,
                    unique_key=unique_key,
                    session=session,
                    actor=actor,
                    created_at=now,
                    message="Waiting",
                    request_id=current_request(),
                    memory_limit=memory_limit,
                )
            )
            self.add_events(connection, job_id, [("state", {"state": JobState.QUEUED, "message": "Waiting"})])
        return self.get(job_id)

    def record(
        self, connection: Connection, kind: str, *, title: str, actor: str, message: str, error: Json | None = None
    ) -> None:
        """Note, within a transaction, what happened without a job as one that has ended: it is listed, and a notice.

        Parameters
        ----------
        connection : Connection
            Of ``database.write``.
        message : str
            What happened.
        error : dict, optional
            As of `ModelyardError.to_dict`, where it is bad news.
        """
        job_id, now = new_id("job"), self.clock.now()
        state = JobState.FAILED if error else JobState.SUCCEEDED
        facts = {"kind": kind, "title": title, "actor": actor, "state": state, "message": message, "error": error}
        usual = {"target": "", "params": {}, "weight": "light", "hidden": False, "request_id": current_request()}
        times = {"created_at": now, "started_at": now, "ended_at": now}
        connection.execute(insert(jobs).values(id=job_id, **facts, **usual, **times))
        self.add_events(connection, job_id, [("state", {"state": state, "message": message, "error": error})])

    def get(self, job_id: str) -> Job:
        """Return the job, or raise `NotFound`."""
        with self.database.read() as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == job_id)).first()
            if row is None:
                raise NotFound(f"There is no job {job_id!r}.")
            return _job(row, self._place(connection, row))

    def page(
        self,
        offset: int = 0,
        limit: int = 50,
        *,
        states: Iterable[JobState] | None = None,
        kinds: Iterable[str] | None = None,
        hidden: bool = False,
    ) -> tuple[list[Job], int]:
        """Return jobs, newest first, and how many there are in all."""
        where = [] if hidden else [jobs.c.hidden.is_(False)]
        if states is not None:
            where.append(jobs.c.state.in_(list(states)))
        if kinds is not None:
            where.append(jobs.c.kind.in_(list(kinds)))
        query = select(jobs).where(*where).order_by(jobs.c.id.desc()).offset(offset).limit(min(limit, MAX_PAGE))
        with self.database.read() as connection:
            total = connection.execute(select(func.count()).select_from(jobs).where(*where)).scalar_one()
            rows = connection.execute(query).all()
            return [_job(row, self._place(connection, row)) for row in rows], total

    def request_cancel(self, job_id: str, *, actor: str) -> Job:
        """Ask for the end of a job; one that waits ends at once, one that has ended stays as it is."""
        with self.database.write() as connection:
            row = connection.execute(select(jobs.c.state).where(jobs.c.id == job_id)).first()
            if row is None:
                raise NotFound(f"There is no job {job_id!r}.")
            change = update(jobs).where(jobs.c.id == job_id, jobs.c.cancelled_by.is_(None))
            if row.state == JobState.QUEUED:
                message = f"Cancelled by {actor} before it started."
                connection.execute(
                    change.values(
                        state=JobState.CANCELLED, cancelled_by=actor, ended_at=self.clock.now(), message=message
                    )
                )
                said = {"state": JobState.CANCELLED, "message": message}
                self.add_events(connection, job_id, [("state", said)])
            elif row.state == JobState.RUNNING:
                connection.execute(change.values(cancelled_by=actor))
        return self.get(job_id)

    def events(self, after: int = 0, *, job_id: str | None = None, limit: int = MAX_PAGE) -> list[Event]:
        """Return what was said after the event `after`, oldest first."""
        query = select(events).where(events.c.id > after).order_by(events.c.id).limit(limit)
        if job_id is not None:
            query = query.where(events.c.job_id == job_id)
        with self.database.read() as connection:
            return [Event(*row) for row in connection.execute(query).all()]

    def last_event_id(self) -> int:
        """Return the id of the newest event, 0 where there is none."""
        with self.database.read() as connection:
            return int(connection.execute(select(func.coalesce(func.max(events.c.id), 0))).scalar_one())

    def wait(
        self,
        job_id: str,
        *,
        timeout: float | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> Job:
        """Wait until the job has ended.

        Parameters
        ----------
        timeout : float, optional
            Seconds; then `Unavailable` is raised and the job goes on.
        on_event : callable, optional
            Called with each event, in the waiting thread.
        """
        until = None if timeout is None else self.clock.monotonic() + timeout
        seen = 0
        while True:
            job = self.get(job_id)  # read first, so that what was said before the end is seen
            if on_event is not None:
                for event in self.events(seen, job_id=job_id):
                    seen = event.id
                    on_event(event)
            if job.state.ended:
                return job
            if until is not None and self.clock.monotonic() > until:
                raise Unavailable(f"{job.title!r} has not ended after {timeout:g} s.", remedy="It goes on; wait again.")
            time.sleep(POLL_S)

    def add_events(
        self, connection: Connection, job_id: str, said: Sequence[tuple[str, Json]], *, at: datetime | None = None
    ) -> None:
        """Write events within a transaction of the caller's; they carry the request of their job."""
        at = at or self.clock.now()
        rows = [{"job_id": job_id, "at": at, "kind": kind, "payload": payload} for kind, payload in said]
        if rows:
            request_id = select(jobs.c.request_id).where(jobs.c.id == job_id).scalar_subquery()
            connection.execute(insert(events).values(request_id=request_id), rows)

    def _place(self, connection: Connection, row: Row[Any]) -> int | None:
        if row.state != JobState.QUEUED:
            return None
        ahead = select(func.count()).where(
            jobs.c.state == JobState.QUEUED, jobs.c.weight == row.weight, jobs.c.id < row.id
        )
        return 1 + int(connection.execute(ahead).scalar_one())


def _holds_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_secret(each) for each in value.values())
    return isinstance(value, Secret) or (isinstance(value, list | tuple) and any(_holds_secret(each) for each in value))


def outcome(job: Job) -> Json:
    """Return what an ended job returned, or raise what it raised.

    Raises
    ------
    JobCancelled
        If it was cancelled or lost.
    ModelyardError
        The error that ended it.
    """
    if job.state is JobState.SUCCEEDED:
        return job.result or {}
    if job.state is JobState.FAILED:
        raise error_from_dict(job.error) if job.error else JobFailed(job.message, where=job.title)
    raise JobCancelled(job.message, where=job.title)


def failure(error: BaseException, *, details: str) -> ModelyardError:
    """Return the error that is kept for an exception which ended a job."""
    if isinstance(error, ModelyardError):
        return error
    if isinstance(error, MemoryError):
        return JobFailed("The job ran out of memory.", remedy="Use fewer rows or columns.", details=details)
    text = str(error).strip().splitlines()
    return JobFailed(f"{type(error).__name__}: {text[0] if text else 'no message'}", details=details)


def _job(row: Row[Any], place: int | None = None) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        title=row.title,
        state=JobState(row.state),
        params=row.params,
        actor=row.actor,
        weight=row.weight,
        hidden=row.hidden,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        progress=row.progress,
        message=row.message,
        result=row.result,
        error=row.error,
        cancelled_by=row.cancelled_by,
        place=place,
        request_id=row.request_id,
        memory_limit=row.memory_limit,
        peak_memory=row.peak_memory,
    )
