"""Who is told what happens in a search."""

from __future__ import annotations

from typing import Any, Protocol

from modelyard.core.automl.types import Proposal, Score
from modelyard.core.ml_engine.evaluation import Metric
from modelyard.core.ml_engine.task import Task


class Recorder(Protocol):
    """Called by `search`, in its thread, in this order for each trial: started, then finished or failed.

    An exception that it raises ends the search.
    """

    def planned(self, task: Task, metric: Metric, facts: dict[str, Any], warnings: tuple[str, ...]) -> None:
        """Hear what will be done, once the data were looked at."""

    def started(self, number: int, proposal: Proposal) -> None:
        """Hear that a trial begins; `number` counts from 1."""

    def finished(self, number: int, proposal: Proposal, score: Score, model: Any, *, keep: bool) -> None:
        """Hear that a trial has a score.

        Parameters
        ----------
        model : estimator
            Fitted.
        keep : bool
            Whether it is among the best so far, so that its model is worth its disk space.
        """

    def failed(self, number: int, proposal: Proposal, error: Exception) -> None:
        """Hear that a trial raised; the search goes on."""

    def progress(self, fraction: float, message: str) -> None:
        """Hear how much of the budget is spent."""


class SilentRecorder:
    """Records nothing: for a search whose result is enough."""

    def planned(self, task: Task, metric: Metric, facts: dict[str, Any], warnings: tuple[str, ...]) -> None:
        """Do nothing."""

    def started(self, number: int, proposal: Proposal) -> None:
        """Do nothing."""

    def finished(self, number: int, proposal: Proposal, score: Score, model: Any, *, keep: bool) -> None:
        """Do nothing."""

    def failed(self, number: int, proposal: Proposal, error: Exception) -> None:
        """Do nothing."""

    def progress(self, fraction: float, message: str) -> None:
        """Do nothing."""
