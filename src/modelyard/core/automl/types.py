"""What travels between the four objects of a search."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from modelyard.core.ml_engine.evaluation import Metric
from modelyard.core.ml_engine.task import Task


@dataclass(frozen=True, slots=True)
class Proposal:
    """A trial to be made.

    Parameters
    ----------
    estimator : str
        Its name in the registry of estimators.
    kind : str
        ``baseline``, ``portfolio`` or ``search``.
    """

    estimator: str
    kind: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be learned, and from what.

    Parameters
    ----------
    features : DataFrame
        One row an observation; no row is without a target.
    target : Series
        In the order of `features`.
    folds : tuple of (train, validation) positions
        One pair means a holdout.
    """

    features: pd.DataFrame
    target: pd.Series[Any]
    task: Task
    metric: Metric
    folds: tuple[tuple[Any, Any], ...]
    random_state: int
    n_jobs: int


@dataclass(frozen=True, slots=True)
class Score:
    """How a proposal did.

    Parameters
    ----------
    mean, std : float
        Of the metric over folds.
    metrics : dict
        Means of all metrics of the task.
    fit_seconds : float
        All folds together.
    predict_ms_per_row : float
        Milliseconds.
    importance : dict
        Column to share; adds up to 1.
    """

    mean: float
    std: float
    folds: tuple[float, ...]
    metrics: dict[str, float]
    fit_seconds: float
    predict_ms_per_row: float
    importance: dict[str, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """A proposal that was made, with its score or what went wrong."""

    number: int
    proposal: Proposal
    score: Score | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Parameters
    ----------
    trials : tuple of Trial
        In the order they were made.
    best : Trial
        With the best score.
    model : estimator
        Fitted; the folds' models as one.
    facts : dict
        Rows and folds used, rows dropped, seconds, why it stopped.
    warnings : tuple of str
        For people.
    """

    task: Task
    metric: Metric
    trials: tuple[Trial, ...]
    best: Trial
    model: Any
    facts: dict[str, Any]
    warnings: tuple[str, ...]
