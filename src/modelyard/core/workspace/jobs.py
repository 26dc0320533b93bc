"""Verbs on long work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.core.jobs.leases import MAX_HEAVY, MAX_LIGHT, WorkerInfo, worker_infos
from modelyard.core.jobs.memory import default_limit
from modelyard.core.jobs.retention import Pruned, prune
from modelyard.core.jobs.types import Event, Job, JobState
from modelyard.core.workspace.pages import Page

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace

_TAIL_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class JobLimits:
    """What jobs may use.

    Parameters
    ----------
    heavy, light : int
        How many of each run at once in this workspace.
    memory : int
        Resident bytes of a job with all its processes, unless its call says otherwise.
    """

    heavy: int
    light: int
    memory: int


class JobVerbs:
    """Look at jobs and end them: ``yard.jobs``."""

    def __init__(self, yard: Workspace) -> None:
        self._yard = yard

    def list(
        self,
        offset: int = 0,
        limit: int = 50,
        *,
        states: Iterable[JobState] | None = None,
        kinds: Iterable[str] | None = None,
        hidden: bool = False,
    ) -> Page[Job]:
        """Return jobs, newest first; housekeeping only if `hidden`."""
        items, total = self._yard.job_store.page(offset, limit, states=states, kinds=kinds, hidden=hidden)
        return Page.of(items, total, offset)

    def get(self, job_id: str) -> Job:
        """Return a job, or raise `NotFound`."""
        return self._yard.job_store.get(job_id)

    def cancel(self, job_id: str) -> Job:
        """Ask for the end of a job; a running one is gone within a second."""
        with self._yard.audit.recording("jobs.cancel", f"job/{job_id}"):
            return self._yard.job_store.request_cancel(job_id, actor=self._yard.actor.name)

    def wait(
        self, job_id: str, *, timeout: float | None = None, on_event: Callable[[Event], None] | None = None
    ) -> Job:
        """Wait until a job has ended, however it ends."""
        return self._yard.job_store.wait(job_id, timeout=timeout, on_event=on_event)

    def events(self, after: int = 0, *, job_id: str | None = None, limit: int = 1000) -> Sequence[Event]:
        """Return what jobs said after the event `after`, oldest first."""
        return self._yard.job_store.events(after, job_id=job_id, limit=limit)

    def last_event_id(self) -> int:
        """Return the id of the newest event."""
        return self._yard.job_store.last_event_id()

    def workers(self) -> Sequence[WorkerInfo]:
        """Return the workers that are known, the oldest first, with the jobs that each runs."""
        return tuple(worker_infos(self._yard.job_store))

    def limits(self) -> JobLimits:
        """Return how many jobs run at once, and how much memory each may use on this machine."""
        return JobLimits(MAX_HEAVY, MAX_LIGHT, self._yard.settings.jobs.memory_limit or default_limit())

    def prune(self) -> Pruned:
        """Remove what ended jobs said and printed longer ago than the settings keep it; workers do so once an hour."""
        kept = self._yard.settings.jobs
        with self._yard.audit.recording("jobs.prune", "jobs"):
            return prune(
                self._yard.job_store,
                self._yard.settings.logs,
                events_days=kept.events_days,
                logs_days=kept.logs_days,
            )

    def log(self, job_id: str, tail: int = 200) -> str:
        """Return the last lines that a job printed."""
        self.get(job_id)
        path = self._yard.settings.logs / f"{job_id}.log"
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            text = file.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-tail:])
