"""How rows become values: the queries that readers share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, func, select

from modelyard.core.common.types import Json
from modelyard.core.jobs.tables import jobs
from modelyard.core.jobs.types import JobState
from modelyard.core.tracking.tables import experiments, model_versions, models, runs, trials
from modelyard.core.tracking.types import (
    DatasetRef,
    ExperimentInfo,
    ModelVersionInfo,
    RunInfo,
    TrialInfo,
    TrialKind,
    TrialState,
)

MAX_PAGE = 1000
"""Most rows that one page holds."""


def select_experiments() -> Select[Any]:
    """Experiments with the number of their runs."""
    mine = runs.c.experiment_id == experiments.c.id
    n_runs = select(func.count()).select_from(runs).where(mine).scalar_subquery()
    last_run_at = select(func.max(runs.c.created_at)).where(mine).scalar_subquery()
    return select(experiments, n_runs.label("n_runs"), last_run_at.label("last_run_at"))


def experiment_info(row: Row[Any]) -> ExperimentInfo:
    """Build the value of a row of `select_experiments`."""
    return ExperimentInfo(
        id=row.id,
        name=row.name,
        dataset_id=row.dataset_id,
        dataset_name=row.dataset_name,
        target=row.target,
        created_at=row.created_at,
        created_by=row.created_by,
        n_runs=row.n_runs,
        last_run_at=row.last_run_at,
    )


def select_runs() -> Select[Any]:
    """Runs with their experiment's name, their job's state and what their trials came to."""
    best = trials.alias("best")
    n_trials = select(func.count()).select_from(trials).where(trials.c.run_id == runs.c.id).scalar_subquery()
    return (
        select(
            *(column for column in runs.c if column is not runs.c.signature),  # it may be large
            experiments.c.name.label("experiment_name"),
            best.c.score.label("best_score"),
            n_trials.label("n_trials"),
            jobs.c.state.label("job_state"),
            jobs.c.message.label("job_message"),
            jobs.c.progress.label("job_progress"),
            jobs.c.error.label("job_error"),
            jobs.c.started_at.label("job_started_at"),
            jobs.c.ended_at.label("job_ended_at"),
        )
        .join(experiments, experiments.c.id == runs.c.experiment_id)
        .outerjoin(jobs, jobs.c.id == runs.c.job_id)
        .outerjoin(best, best.c.id == runs.c.best_trial_id)
    )


def run_info(row: Row[Any]) -> RunInfo:
    """Build the value of a row of `select_runs`."""
    return RunInfo(
        id=row.id,
        experiment_id=row.experiment_id,
        experiment_name=row.experiment_name,
        number=row.number,
        job_id=row.job_id,
        state=run_state(row.job_id, row.job_state, row.facts),
        dataset=dataset_ref(row),
        target=row.target,
        task=row.task,
        metric=row.metric,
        greater_is_better=row.greater_is_better,
        spec=row.spec,
        facts=row.facts,
        warnings=tuple(row.warnings),
        best_trial_id=row.best_trial_id,
        best_score=row.best_score,
        n_trials=row.n_trials,
        message=row.job_message or "",
        progress=row.job_progress,
        error=row.job_error,
        created_at=row.created_at,
        created_by=row.created_by,
        started_at=row.job_started_at,
        ended_at=row.job_ended_at,
    )


def run_state(job_id: str | None, job_state: str | None, facts: Json) -> JobState:
    """Return the state of a run: its job's.

    A run without a job, made by a script in its own process, runs until the fact ``stopped_because`` is known. Where
    the job itself is not on record any more, the same fact tells whether the run came to its end.
    """
    if job_state is not None:
        return JobState(job_state)
    if "stopped_because" in facts:
        return JobState.SUCCEEDED
    return JobState.RUNNING if job_id is None else JobState.LOST


def select_trials() -> Select[Any]:
    """Trials with what is needed to tell whether they still can be running."""
    return (
        select(trials, runs.c.job_id, runs.c.facts, jobs.c.state.label("job_state"), jobs.c.ended_at.label("job_ended"))
        .join(runs, runs.c.id == trials.c.run_id)
        .outerjoin(jobs, jobs.c.id == runs.c.job_id)
    )


def trial_info(row: Row[Any]) -> TrialInfo:
    """Build the value of a row of `select_trials`; what its run left behind running reads as stopped."""
    state, ended_at = TrialState(row.state), row.ended_at
    if state is TrialState.RUNNING and run_state(row.job_id, row.job_state, row.facts).ended:
        state, ended_at = TrialState.STOPPED, row.job_ended
    return TrialInfo(
        id=row.id,
        run_id=row.run_id,
        number=row.number,
        estimator=row.estimator,
        title=row.title,
        kind=TrialKind(row.kind),
        params=row.params,
        state=state,
        score=row.score,
        score_std=row.score_std,
        fold_scores=tuple(row.fold_scores),
        metrics=row.metrics,
        fit_seconds=row.fit_seconds,
        predict_ms_per_row=row.predict_ms_per_row,
        started_at=row.started_at,
        ended_at=ended_at,
        error=row.error,
        model_key=row.model_key,
        importance=row.importance,
    )


def select_model_versions() -> Select[Any]:
    """Model versions with the names of their model, run and experiment."""
    return (
        select(
            model_versions,
            models.c.name.label("model_name"),
            runs.c.number.label("run_number"),
            experiments.c.id.label("experiment_id"),
            experiments.c.name.label("experiment_name"),
        )
        .join(models, models.c.id == model_versions.c.model_id)
        .join(runs, runs.c.id == model_versions.c.run_id)
        .join(experiments, experiments.c.id == runs.c.experiment_id)
    )


def model_version_info(row: Row[Any], aliases: tuple[str, ...]) -> ModelVersionInfo:
    """Build the value of a row of `select_model_versions`."""
    return ModelVersionInfo(
        id=row.id,
        model_id=row.model_id,
        name=row.model_name,
        number=row.number,
        aliases=aliases,
        run_id=row.run_id,
        run_number=row.run_number,
        experiment_id=row.experiment_id,
        experiment_name=row.experiment_name,
        trial_id=row.trial_id,
        model_key=row.model_key,
        estimator=row.estimator,
        title=row.title,
        signature=row.signature,
        metric=row.metric,
        greater_is_better=row.greater_is_better,
        score=row.score,
        score_std=row.score_std,
        metrics=row.metrics,
        importance=row.importance,
        task=row.task,
        target=row.target,
        dataset=dataset_ref(row),
        description=row.description,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def dataset_ref(row: Row[Any]) -> DatasetRef:
    """Build the value of the five columns that name a dataset version."""
    return DatasetRef(
        id=row.dataset_id,
        name=row.dataset_name,
        version_id=row.dataset_version_id,
        version_number=row.dataset_version_number,
        version_hash=row.dataset_version_hash,
    )


def dataset_columns(dataset: DatasetRef) -> dict[str, str | int]:
    """Return the five columns that name a dataset version."""
    return {
        "dataset_id": dataset.id,
        "dataset_name": dataset.name,
        "dataset_version_id": dataset.version_id,
        "dataset_version_number": dataset.version_number,
        "dataset_version_hash": dataset.version_hash,
    }
