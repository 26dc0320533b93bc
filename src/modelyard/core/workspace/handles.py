"""A job that somebody waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from modelyard.core.common.types import Json
from modelyard.core.jobs.store import outcome
from modelyard.core.jobs.types import Event, Job

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace


class JobHandle[T]:
    """Long work that was asked for, and what it will give.

    Parameters
    ----------
    yard : Workspace
        Where it runs.
    job_id : str
        Its job.
    build : callable
        Makes the result from the JSON that the job returned.
    """

    def __init__(self, yard: Workspace, job_id: str, build: Callable[[Json], T]) -> None:
        self._yard = yard
        self._build = build
        self.id = job_id

    @property
    def job(self) -> Job:
        """The job as it is now."""
        return self._yard.job_store.get(self.id)

    def cancel(self) -> Job:
        """Ask for its end; it comes within a second."""
        return self._yard.jobs.cancel(self.id)

    def watch(self) -> T:
        """Wait with a progress bar in the terminal or notebook, and return the result."""
        from modelyard.core.workspace.progress import watch

        watch(self._yard.job_store, self.id)
        return self.result()

    def result(self, timeout: float | None = None, on_event: Callable[[Event], None] | None = None) -> T:
        """Wait for the result.

        Parameters
        ----------
        timeout : float, optional
            Seconds after which `Unavailable` is raised; the job goes on.
        on_event : callable, optional
            Called with each event that the job says.

        Raises
        ------
        ModelyardError
            What ended the job, in the same words as everywhere.
        """
        return self._build(outcome(self._yard.job_store.wait(self.id, timeout=timeout, on_event=on_event)))

    def __repr__(self) -> str:
        job = self.job
        return f"<{job.title}: {job.state}{', ' + job.message if job.message else ''}>"
