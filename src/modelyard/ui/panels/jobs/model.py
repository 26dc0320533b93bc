"""State of the screens of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import param

from modelyard.core.jobs.types import Event, Job, JobState
from modelyard.ui.model import Listing, Model
from modelyard.ui.progress import Ticker

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace

_ACTIVE = (JobState.QUEUED, JobState.RUNNING)


class JobList(Listing):
    """All jobs, newest first; `only_active` leaves out what has ended."""

    only_active = param.Boolean(default=False)

    def fetch(self) -> Any:
        """Read the page."""
        return self.yard.jobs.list(self.offset, self.limit, states=_ACTIVE if self.only_active else None)

    def __init__(self, yard: Workspace, **params: Any) -> None:
        super().__init__(yard, **params)
        self._ticker = Ticker()

    def follow(self, events: Sequence[Event]) -> None:
        """Read the page again when a job began or ended; in between its progress moves."""
        if any(event.kind == "state" for event in events):
            self.load()
        elif (moved := self._ticker.moved(self.items, events)) is not None:
            self.items = moved

    def cancel(self, job_id: str) -> None:
        """Ask for the end of a job."""
        with self.attempt():
            self.yard.jobs.cancel(job_id)
        if self.problem is None:
            self.load()


class JobDetail(Model):
    """One job.

    Parameters
    ----------
    job : Job or None
        As it was when it was read last.
    printed : str
        The last lines that it printed.
    """

    job = param.ClassSelector(class_=Job, default=None, allow_None=True)
    printed = param.String(default="")

    def __init__(self, yard: Workspace, job_id: str, **params: Any) -> None:
        super().__init__(yard, **params)
        self.job_id = job_id

    def load(self) -> None:
        """Read the job and its log."""
        with self.attempt():
            self.param.update(job=self.yard.jobs.get(self.job_id), printed=self.yard.jobs.log(self.job_id))

    def follow(self, events: Sequence[Event]) -> None:
        """Read again what the job said something about."""
        if any(event.job_id == self.job_id for event in events):
            self.load()

    def cancel(self) -> None:
        """Ask for its end."""
        with self.attempt():
            self.job = self.yard.jobs.cancel(self.job_id)
