"""State of the first screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import param

from modelyard.core.jobs.types import Event, JobState
from modelyard.ui.model import Model
from modelyard.ui.progress import Ticker

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace

SHOWN = 5
_ACTIVE = (JobState.QUEUED, JobState.RUNNING)


class Home(Model):
    """The newest of everything.

    Parameters
    ----------
    datasets, runs, models, jobs : tuple
        The newest datasets, runs and models, and the jobs that wait or run.
    totals : dict
        How many datasets, runs and models there are.
    """

    datasets = param.ClassSelector(class_=tuple, default=())
    runs = param.ClassSelector(class_=tuple, default=())
    models = param.ClassSelector(class_=tuple, default=())
    jobs = param.ClassSelector(class_=tuple, default=())
    totals = param.Dict(default={})

    def __init__(self, yard: Workspace, **params: Any) -> None:
        super().__init__(yard, **params)
        self._ticker = Ticker()

    def load(self) -> None:
        """Read all of it."""
        yard = self.yard
        with self.attempt():
            datasets = yard.datasets.list(limit=SHOWN)
            runs = yard.experiments.runs(limit=SHOWN)
            models = yard.models.list(limit=SHOWN)
            jobs = yard.jobs.list(limit=SHOWN, states=_ACTIVE)
            self.param.update(
                datasets=datasets.items,
                runs=runs.items,
                models=models.items,
                jobs=jobs.items,
                totals={"datasets": datasets.total, "runs": runs.total, "models": models.total},
            )

    def follow(self, events: Sequence[Event]) -> None:
        """Read again what jobs said something about."""
        kinds = {event.kind for event in events}
        if kinds & {"state", "dataset"}:
            self.load()
            return
        if kinds & {"trial", "planned"}:  # often, and for everybody who has Home open
            with self.attempt():
                self.runs = self.yard.experiments.runs(limit=SHOWN).items
        if (moved := self._ticker.moved(self.jobs, events)) is not None:
            self.jobs = moved

    def cancel(self, job_id: str) -> None:
        """Ask for the end of a job."""
        with self.attempt():
            self.yard.jobs.cancel(job_id)

    @property
    def next_step(self) -> str:
        """What somebody would do next: ``import``, ``train``, ``register`` or ``use``."""
        if not self.totals.get("datasets"):
            return "import"
        if not self.totals.get("runs"):
            return "train"
        return "use" if self.totals.get("models") else "register"
