"""A version that nobody has examined yet: a job does it, and the screen waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import param

from modelyard.core.jobs.types import Event, Job, JobState
from modelyard.ui.components import Progress, Section
from modelyard.ui.model import Patient
from modelyard.ui.problems import told
from modelyard.ui.progress import progress

if TYPE_CHECKING:
    from modelyard.core.workspace.dataset import Dataset


class Examining(Patient):
    """State of a screen that needs the profile of a version, and what checks found.

    Parameters
    ----------
    job : Job or None
        That makes them, while they are missing.
    """

    job = param.ClassSelector(class_=Job, default=None, allow_None=True)

    def load(self) -> None:
        """Read what is known; called again when the job has ended."""
        raise NotImplementedError

    def ready(self, dataset: Dataset) -> bool:
        """Tell whether both are known; where they are not, a job is asked for."""
        if dataset.examined:
            self.job = None
            return True
        self.job = dataset.examine(wait=False).job
        return False

    def follow(self, events: Sequence[Event]) -> None:
        """Look at the job again if it said something, and read what it has found out."""
        if self.job is None or not any(event.job_id == self.job.id for event in events):
            return
        job = self.yard.jobs.get(self.job.id)
        if job.state is JobState.SUCCEEDED:
            self.job = None
            self.load()
            return
        self.job = job
        if job.error:
            self.problem = told(job.error)

    def cancel(self) -> None:
        """End the job."""
        if self.job is not None:
            with self.attempt():
                self.job = self.yard.jobs.cancel(self.job.id)


class ExaminingCard:
    """How far the job is; nothing, where nothing is missing."""

    def __init__(self, model: Examining) -> None:
        self.model = model
        self.progress = Progress(sizing_mode="stretch_width")
        self.progress.on_cancel(model.cancel)
        note = "This version has no profile yet. It is made now, once."
        self.card = Section(self.progress, title="Looking at the rows", note=note, visible=False)
        model.param.watch(lambda *events: self._show(), "job")
        self._show()

    def _show(self) -> None:
        job = self.model.job
        self.progress.job = None if job is None else progress(job)
        self.card.visible = job is not None
