"""What the function that does a job's work is given."""

from __future__ import annotations

import threading
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, select, update

from modelyard.core.common.actor import Actor
from modelyard.core.common.secret import hide
from modelyard.core.common.types import Json
from modelyard.core.jobs.patience import patiently
from modelyard.core.jobs.store import JobStore
from modelyard.core.jobs.tables import events, jobs
from modelyard.core.jobs.types import Job

FLUSH_S = 0.05
"""Seconds between two writes of what was said: at most 20 a second."""


class JobContext:
    """The job's side of the conversation; safe to use from several threads.

    What is said is gathered and written every `FLUSH_S` seconds; of several progress reports in between the last is
    kept. The process may be killed at any line: write files first, then one row that points to them.

    Parameters
    ----------
    store : JobStore
        Opened in this process.
    job : Job
        The job as it was when it was claimed.
    location : dict
        How to open the workspace again.
    """

    def __init__(self, store: JobStore, job: Job, location: Json) -> None:
        self.store = store
        self.job = job
        self.location = location
        self._said: list[tuple[str, Json]] = []
        self._latest: Json = {}
        self._tried: datetime | None = None
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="job-events", daemon=True)
        self._thread.start()

    @property
    def params(self) -> Json:
        """What the job was submitted with."""
        return self.job.params

    @property
    def actor(self) -> Actor:
        """On whose behalf it runs."""
        return Actor(self.job.actor)

    def progress(self, fraction: float | None, message: str = "") -> None:
        """Say how far the work is.

        Parameters
        ----------
        fraction : float or None
            From 0 to 1; None where it cannot be known.
        message : str
            What is being done, for people.
        """
        bounded = None if fraction is None else min(max(float(fraction), 0.0), 1.0)
        with self._lock:
            self._latest = {"progress": bounded, "message": hide(message)}

    def say(self, kind: str, **payload: Any) -> None:
        """Say something of a layer above, for instance that a trial has ended."""
        with self._lock:
            self._said.append((kind, {key: _discreet(value) for key, value in payload.items()}))

    def log(self, text: str) -> None:
        """Say a line of the log; it goes to the job's log file too."""
        print(text, flush=True)
        self.say("log", text=text)

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """Say a number that is worth a curve."""
        self.say("metric", name=name, value=float(value), step=step)

    def flush(self) -> None:
        """Write what was said so far."""
        with self._flushing:  # one writer at a time keeps the order
            with self._lock:
                said, latest = self._said, self._latest
                self._said, self._latest = [], {}
            if said or latest:
                patiently(partial(self._write, said, latest, patiently(self.store.clock.now)))

    def close(self) -> None:
        """Write the rest and stop."""
        self._closed.set()
        self._thread.join()
        self.flush()

    def _write(self, said: list[tuple[str, Json]], latest: Json, at: datetime) -> None:
        with self.store.database.write() as connection:
            if self._tried == at and self._is_written(connection, at):
                return  # the server fell silent after it had committed
            self._tried = at
            if latest:
                connection.execute(update(jobs).where(jobs.c.id == self.job.id).values(**latest))
                said = [*said, ("progress", latest)]
            self.store.add_events(connection, self.job.id, said, at=at)

    def _is_written(self, connection: Connection, at: datetime) -> bool:
        written = select(events.c.id).where(events.c.job_id == self.job.id, events.c.kind != "state")
        return connection.execute(written.where(events.c.at == at)).first() is not None

    def _follow(self) -> None:
        while not self._closed.wait(FLUSH_S):
            self.flush()


def _discreet(value: Any) -> Any:
    """Return a value without what was revealed, in texts at any depth."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {key: _discreet(each) for key, each in value.items()}
    return [_discreet(each) for each in value] if isinstance(value, list | tuple) else value
