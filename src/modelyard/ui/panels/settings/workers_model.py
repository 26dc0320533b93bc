"""State of who works, and of what checks found."""

from __future__ import annotations

from collections.abc import Sequence

import param

from modelyard.core.jobs.types import Event, JobState
from modelyard.core.workspace.doctor import Report
from modelyard.core.workspace.jobs import JobLimits
from modelyard.ui.model import Model, Patient


class Workers(Model):
    """The workers that are known, and what jobs may use.

    Parameters
    ----------
    workers : tuple of WorkerInfo
        The oldest first.
    titles : dict
        Of the jobs that they run, by id.
    limits : JobLimits or None
        What jobs may use.
    running : dict
        How many jobs run, by weight.
    """

    workers = param.ClassSelector(class_=tuple, default=())
    titles = param.Dict(default={})
    limits = param.ClassSelector(class_=JobLimits, default=None, allow_None=True)
    running = param.Dict(default={})

    def load(self) -> None:
        """Read all of it."""
        jobs = self.yard.jobs
        with self.attempt():
            active = jobs.list(limit=100, states=[JobState.RUNNING], hidden=True).items
            self.param.update(
                workers=tuple(jobs.workers()),
                titles={job.id: job.title for job in active},
                running={weight: sum(job.weight == weight for job in active) for weight in ("heavy", "light")},
                limits=jobs.limits(),
            )

    def follow(self, events: Sequence[Event]) -> None:
        """Read again when a job began or ended."""
        if any(event.kind == "state" for event in events):
            self.load()


class Checks(Patient):
    """What the checks of the workspace found.

    Parameters
    ----------
    deep : bool
        Whether to read every stored file.
    report : Report or None
        Of the last time.
    """

    deep = param.Boolean(default=False)
    report = param.ClassSelector(class_=Report, default=None, allow_None=True)

    def run(self, *, repair: bool = False) -> None:
        """Check, and put right what can be if `repair`."""
        self.slowly(
            lambda: self.yard.doctor(deep=self.deep, repair=repair), lambda report: self.param.update(report=report)
        )

    @property
    def code(self) -> str:
        """The same in Python."""
        return f"yard.doctor({'deep=True' if self.deep else ''})"
