"""What only workers do: live, claim, finish, and end what lost its worker."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

import psutil
from sqlalchemy import Connection, delete, func, insert, or_, select, true, update

from modelyard.core.common.ids import new_id
from modelyard.core.common.types import Json
from modelyard.core.jobs.store import JobStore
from modelyard.core.jobs.tables import jobs, workers
from modelyard.core.jobs.types import Job, JobState

LEASE_S = 15.0
"""Seconds after its last heartbeat that a worker which cannot be looked at counts as dead."""

MAX_HEAVY, MAX_LIGHT, MAX_STANDING = 1, 4, 16
"""Jobs of a workspace that run at once."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this worker must run now."""

    job: Job
    target: str


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker as it was when it was read.

    Parameters
    ----------
    id, host : str
        Its own, and the machine's.
    pid : int
        Of its process there.
    private : bool
        Whether it runs the jobs of one program only, and ends with it.
    started_at, heartbeat_at : datetime
        When it began, and when it was heard last.
    alive : bool
        Whether its process is there; on another machine, whether it was heard within the last 15 s.
    job_ids : tuple of str
        The jobs that it runs.
    """

    id: str
    host: str
    pid: int
    private: bool
    started_at: datetime
    heartbeat_at: datetime
    alive: bool
    job_ids: tuple[str, ...]


class Leases:
    """The life of one worker in the database.

    Parameters
    ----------
    store : JobStore
        Where jobs are kept.
    session : str, optional
        A private worker runs only the jobs of its session; a shared one those without.
    """

    def __init__(self, store: JobStore, *, session: str | None = None) -> None:
        self.store = store
        self.session = session
        self.worker_id = new_id("worker")

    def register(self) -> None:
        """Say that this worker lives."""
        with self.store.database.write() as connection:
            self._register(connection)

    def heartbeat(self) -> set[str]:
        """Renew this worker's lease and those of its jobs.

        Returns
        -------
        set of str
            Ids of the jobs that are this worker's; what it runs besides was taken from it, when it could not be heard.
        """
        now = self.store.clock.now()
        mine = (jobs.c.worker_id == self.worker_id) & (jobs.c.state == JobState.RUNNING)
        with self.store.database.write() as connection:
            beat = update(workers).where(workers.c.id == self.worker_id).values(heartbeat_at=now)
            if connection.execute(beat).rowcount == 0:  # somebody took it for dead
                self._register(connection)
            connection.execute(update(jobs).where(mine).values(lease_until=now + timedelta(seconds=LEASE_S)))
            return set(connection.execute(select(jobs.c.id).where(mine)).scalars())

    def give_back(self, job_id: str, *, to_all: bool = False) -> None:
        """Put a job back into the queue: one that was claimed but never started, or a standing one whose process died.

        Parameters
        ----------
        to_all : bool
            Whether any shared worker may take it, since this worker ends.
        """
        mine = (jobs.c.worker_id == self.worker_id) & (jobs.c.state == JobState.RUNNING)
        back = {"state": JobState.QUEUED, "message": "Waiting"}
        with self.store.database.write() as connection:
            done = connection.execute(
                update(jobs)
                .where(jobs.c.id == job_id, mine)
                .values(
                    **back, worker_id=None, started_at=None, lease_until=None, **({"session": None} if to_all else {})
                )
            ).rowcount
            if done:
                self.store.add_events(connection, job_id, [("state", back)])

    def retire(self) -> None:
        """Say that this worker ends; what it still ran is lost."""
        with self.store.database.write() as connection:
            connection.execute(delete(workers).where(workers.c.id == self.worker_id))
        recover(self.store)

    def claim(self) -> Claim | None:
        """Take the next job that may run now, or None.

        One heavy job runs at a time in a workspace; up to `MAX_LIGHT` light and `MAX_STANDING` standing ones run beside
        it.
        """
        mine = jobs.c.session.is_(None) if self.session is None else jobs.c.session == self.session
        running = select(jobs.c.unique_key).where(jobs.c.state == JobState.RUNNING, jobs.c.unique_key.is_not(None))
        may_run = or_(jobs.c.unique_key.is_(None), jobs.c.unique_key.not_in(running))
        waiting = select(jobs).where(jobs.c.state == JobState.QUEUED, mine, may_run).order_by(jobs.c.id).limit(1)
        with self.store.database.read() as connection:  # most ticks find nothing: do not take the write lock for that
            if connection.execute(waiting.with_only_columns(jobs.c.id)).first() is None:
                return None
        now = self.store.clock.now()
        with self.store.database.write() as connection:
            for weight in self._free_weights(connection):
                row = connection.execute(waiting.where(jobs.c.weight == weight)).first()
                if row is None:
                    continue
                connection.execute(
                    update(jobs)
                    .where(jobs.c.id == row.id)
                    .values(
                        state=JobState.RUNNING,
                        worker_id=self.worker_id,
                        started_at=now,
                        lease_until=now + timedelta(seconds=LEASE_S),
                        message="Starting",
                    )
                )
                said: Json = {"state": JobState.RUNNING, "message": "Starting"}
                self.store.add_events(connection, row.id, [("state", said)])
                break
            else:
                return None
        return Claim(self.store.get(row.id), row.target)

    def to_cancel(self) -> list[Job]:
        """Return this worker's running jobs whose end somebody asked for."""
        query = select(jobs.c.id).where(
            jobs.c.worker_id == self.worker_id, jobs.c.state == JobState.RUNNING, jobs.c.cancelled_by.is_not(None)
        )
        with self.store.database.read() as connection:
            return [self.store.get(job_id) for job_id in connection.execute(query).scalars()]

    def _register(self, connection: Connection) -> None:
        now = self.store.clock.now()
        connection.execute(
            insert(workers).values(
                id=self.worker_id,
                host=socket.gethostname(),
                pid=os.getpid(),
                process_started=psutil.Process().create_time(),
                session=self.session,
                started_at=now,
                heartbeat_at=now,
            )
        )

    def _free_weights(self, connection: Connection) -> list[str]:
        query = select(jobs.c.weight, func.count()).where(jobs.c.state == JobState.RUNNING).group_by(jobs.c.weight)
        running = {row[0]: row[1] for row in connection.execute(query)}
        most = {"light": MAX_LIGHT, "standing": MAX_STANDING, "heavy": MAX_HEAVY}
        return [weight for weight, limit in most.items() if running.get(weight, 0) < limit]


def finish(
    store: JobStore,
    job_id: str,
    state: JobState,
    *,
    message: str,
    result: Json | None = None,
    error: Json | None = None,
    peak_memory: int | None = None,
    worker_id: str | None = None,
) -> bool:
    """End a running job; False if it was no longer running, which then stays as it is.

    With `worker_id` a job that another worker has by now stays as it is, too: a standing job goes on elsewhere when its
    worker was not heard.
    """
    its = jobs.c.worker_id == worker_id if worker_id is not None else true()
    with store.database.write() as connection:
        done = connection.execute(
            update(jobs)
            .where(jobs.c.id == job_id, jobs.c.state == JobState.RUNNING, its)
            .values(
                state=state,
                ended_at=store.clock.now(),
                message=message,
                result=result,
                error=error,
                peak_memory=peak_memory,
                lease_until=None,
                **({"progress": 1.0} if state is JobState.SUCCEEDED else {}),
            )
        ).rowcount
        if done:
            store.add_events(connection, job_id, [("state", {"state": state, "message": message, "error": error})])
    return bool(done)


def note_peak_memory(store: JobStore, job_id: str, peak: int) -> None:
    """Write down what an ended job used, if that is more than it knew itself."""
    query = select(jobs.c.id).where(jobs.c.id == job_id, func.coalesce(jobs.c.peak_memory, 0) < peak)
    with store.database.read() as connection:
        if connection.execute(query).first() is None:
            return
    with store.database.write() as connection:
        connection.execute(update(jobs).where(jobs.c.id == job_id).values(peak_memory=peak))


def living_workers(store: JobStore, *, session: str | None = None) -> int:
    """Return how many workers of `session` (None: shared ones) live."""
    mine = workers.c.session.is_(None) if session is None else workers.c.session == session
    with store.database.read() as connection:
        rows = connection.execute(select(workers).where(mine)).all()
    return sum(_lives(store, row.host, row.pid, row.process_started, row.heartbeat_at) for row in rows)


def worker_infos(store: JobStore) -> list[WorkerInfo]:
    """Return the workers that are known, the oldest first, with the jobs that each runs."""
    running = select(jobs.c.id, jobs.c.worker_id).where(jobs.c.state == JobState.RUNNING).order_by(jobs.c.id)
    with store.database.read() as connection:
        rows = connection.execute(select(workers).order_by(workers.c.started_at, workers.c.id)).all()
        owners = [(row.worker_id, row.id) for row in connection.execute(running)]
    return [
        WorkerInfo(
            id=row.id,
            host=row.host,
            pid=row.pid,
            private=row.session is not None,
            started_at=row.started_at,
            heartbeat_at=row.heartbeat_at,
            alive=_lives(store, row.host, row.pid, row.process_started, row.heartbeat_at),
            job_ids=tuple(job_id for worker_id, job_id in owners if worker_id == row.id),
        )
        for row in rows
    ]


def recover(store: JobStore) -> list[str]:
    """End the jobs whose worker is dead, and forget that worker.

    On this machine a worker is dead when its process is gone; elsewhere when its lease ran out. A job that waits for a
    private worker which is dead never ran and never will, so it is lost too.

    Returns
    -------
    list of str
        Ids of the jobs that were marked lost.
    """
    with store.database.read() as connection:
        rows = connection.execute(select(workers)).all()
        open_jobs = select(jobs.c.id).where(jobs.c.state.in_([JobState.RUNNING, JobState.QUEUED])).limit(1)
        idle = connection.execute(open_jobs).first() is None
    dead = [row for row in rows if not _lives(store, row.host, row.pid, row.process_started, row.heartbeat_at)]
    if idle and not dead:
        return []
    living = [row.id for row in rows if row not in dead]
    sessions = [row.session for row in rows if row not in dead and row.session]
    now = store.clock.now()
    with store.database.write() as connection:
        connection.execute(delete(workers).where(workers.c.id.in_([row.id for row in dead])))
        # a worker that registered after we looked is in no list of ours, but its lease is fresh
        known_dead = jobs.c.worker_id.in_([row.id for row in dead])
        vanished = jobs.c.worker_id.not_in(select(workers.c.id))
        expired = (jobs.c.lease_until < now) & jobs.c.worker_id.not_in(living)
        running = connection.execute(
            select(jobs.c.id).where(jobs.c.state == JobState.RUNNING, or_(known_dead, vanished, expired))
        ).scalars()
        orphaned = connection.execute(
            select(jobs.c.id).where(
                jobs.c.state == JobState.QUEUED,
                jobs.c.session.is_not(None),
                jobs.c.session.not_in(sessions),
                jobs.c.created_at < now - timedelta(seconds=LEASE_S),  # its worker may be on its way
            )
        ).scalars()
        ended = dict.fromkeys(running, "Its worker ended before it did.")
        ended |= dict.fromkeys(orphaned, "The program that asked for it ended before it ran.")
        for job_id in _put_back(store, connection, list(ended)):
            del ended[job_id]
        for job_id, message in ended.items():
            connection.execute(
                update(jobs)
                .where(jobs.c.id == job_id)
                .values(state=JobState.LOST, ended_at=now, message=message, lease_until=None)
            )
            store.add_events(connection, job_id, [("state", {"state": JobState.LOST, "message": message})])
    return list(ended)


def _put_back(store: JobStore, connection: Connection, job_ids: list[str]) -> set[str]:
    """Put the standing ones among some jobs back into the queue, for any shared worker."""
    wanted = jobs.c.id.in_(job_ids) & (jobs.c.weight == "standing") & jobs.c.cancelled_by.is_(None)
    standing = set(connection.execute(select(jobs.c.id).where(wanted)).scalars())
    back = {"state": JobState.QUEUED, "message": "Waiting for a worker"}
    for job_id in standing:
        free = {"worker_id": None, "started_at": None, "lease_until": None, "session": None}
        connection.execute(update(jobs).where(jobs.c.id == job_id).values(**back, **free))
        store.add_events(connection, job_id, [("state", back)])
    return standing


def _lives(store: JobStore, host: str, pid: int, started: float, heartbeat_at: datetime) -> bool:
    if host != socket.gethostname():
        return (store.clock.now() - heartbeat_at).total_seconds() < LEASE_S
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - started) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
