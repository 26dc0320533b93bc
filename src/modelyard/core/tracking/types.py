"""Experiments, runs, trials and models as values: snapshots of what was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from modelyard.core.common.types import Json
from modelyard.core.jobs.types import JobState


class TrialState(StrEnum):
    """Where a trial stands; the last three are ends."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"


class TrialKind(StrEnum):
    """Why a trial was made: as a yardstick, from the fixed portfolio, or proposed by the search."""

    BASELINE = "baseline"
    PORTFOLIO = "portfolio"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class DatasetRef:
    """The dataset version that a run learns from.

    Parameters
    ----------
    id, name : str
        Of the dataset.
    version_id, version_hash : str
        Of its version.
    version_number : int
        From 1.
    """

    id: str
    name: str
    version_id: str
    version_number: int
    version_hash: str


@dataclass(frozen=True, slots=True)
class ExperimentInfo:
    """What is asked of one dataset: a target to predict, and the runs that tried.

    Parameters
    ----------
    last_run_at : datetime or None
        When its newest run was made.
    """

    id: str
    name: str
    dataset_id: str
    dataset_name: str
    target: str
    created_at: datetime
    created_by: str
    n_runs: int
    last_run_at: datetime | None


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One search for a model.

    Parameters
    ----------
    number : int
        From 1 within its experiment.
    job_id : str or None
        The job that does it; None for a search that a script did in its own process.
    state : JobState
        Its job's state.
    task, metric : str or None
        None until the target has been looked at.
    greater_is_better : bool or None
        The direction of `metric`.
    spec : dict
        What was asked for: budget, estimators, structure, seed.
    facts : dict
        What was found on the way: rows used and dropped, folds, why it stopped.
    warnings : tuple of str
        For people, as sentences.
    best_score : float or None
        Of the best finished trial.
    n_trials : int
        All of them, also those that failed.
    message, progress, started_at, ended_at, error
        Of its job.
    """

    id: str
    experiment_id: str
    experiment_name: str
    number: int
    job_id: str | None
    state: JobState
    dataset: DatasetRef
    target: str
    task: str | None
    metric: str | None
    greater_is_better: bool | None
    spec: Json
    facts: Json
    warnings: tuple[str, ...]
    best_trial_id: str | None
    best_score: float | None
    n_trials: int
    message: str
    progress: float | None
    error: Json | None
    created_at: datetime
    created_by: str
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class TrialInfo:
    """One estimator with one set of parameters, scored.

    Parameters
    ----------
    number : int
        Within its run, in the order of starting.
    estimator, title : str
        Its name in the registry of estimators, and for people.
    score, score_std : float or None
        Mean of `fold_scores` on the run's metric, and their standard deviation.
    metrics : dict
        Other metrics by name.
    fit_seconds : float or None
        For all folds together.
    predict_ms_per_row : float or None
        Milliseconds.
    error : dict or None
        As of `ModelyardError.to_dict`, for a trial that failed.
    model_key : str or None
        The stored model, if it was kept.
    importance : dict or None
        Column of the dataset to how much the model leans on it.
    """

    id: str
    run_id: str
    number: int
    estimator: str
    title: str
    kind: TrialKind
    params: Json
    state: TrialState
    score: float | None
    score_std: float | None
    fold_scores: tuple[float, ...]
    metrics: dict[str, float]
    fit_seconds: float | None
    predict_ms_per_row: float | None
    started_at: datetime
    ended_at: datetime | None
    error: Json | None
    model_key: str | None
    importance: dict[str, float] | None


@dataclass(frozen=True, slots=True)
class AliasInfo:
    """A name that points to one version of a model."""

    alias: str
    version_number: int
    set_at: datetime
    set_by: str


@dataclass(frozen=True, slots=True)
class ModelVersionInfo:
    """A registered model as it was at one registration: never changes, but for its aliases.

    Parameters
    ----------
    name : str
        Of the model.
    number : int
        From 1.
    aliases : tuple of str
        That point to it now.
    run_id, trial_id, experiment_name, run_number
        Where it comes from.
    model_key : str
        The stored model.
    estimator, title, metric, greater_is_better, score, score_std, metrics, importance, task, target, dataset
        Copied from its trial and run when it was registered.
    signature : dict
        What it takes and what it gives.
    """

    id: str
    model_id: str
    name: str
    number: int
    aliases: tuple[str, ...]
    run_id: str
    run_number: int
    experiment_id: str
    experiment_name: str
    trial_id: str
    model_key: str
    estimator: str
    title: str
    signature: Json
    metric: str
    greater_is_better: bool
    score: float
    score_std: float | None
    metrics: dict[str, float]
    importance: dict[str, float] | None
    task: str | None
    target: str
    dataset: DatasetRef
    description: str
    created_at: datetime
    created_by: str

    @property
    def ref(self) -> str:
        """How to ask for exactly this version, for instance ``churn/3``."""
        return f"{self.name}/{self.number}"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A registered model: a name, its versions and its aliases.

    Parameters
    ----------
    latest : ModelVersionInfo
        The newest version.
    """

    id: str
    name: str
    description: str
    aliases: tuple[AliasInfo, ...]
    n_versions: int
    latest: ModelVersionInfo
    created_at: datetime
    created_by: str

    def alias(self, alias: str) -> int | None:
        """Return the number of the version that `alias` points to, None if nothing has it."""
        return next((each.version_number for each in self.aliases if each.alias == alias), None)


@dataclass(frozen=True, slots=True)
class ModelRef:
    """What somebody asked for: the newest version, a numbered one, or one with an alias."""

    name: str
    number: int | None = None
    alias: str | None = None
