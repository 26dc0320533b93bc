"""Which rows differ from their copy in MLflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, Table, and_, func, literal_column, or_, select, update

from modelyard.core.jobs.tables import jobs
from modelyard.core.jobs.types import JobState
from modelyard.core.tracking.reading import select_experiments, select_model_versions, select_runs, select_trials
from modelyard.core.tracking.tables import experiments, model_versions, models, runs, trials
from modelyard.core.tracking.types import TrialState

MAX_ATTEMPTS = 3
"""After so many failures a row is left alone until somebody asks for another try."""

_OPEN = [state for state in JobState if not state.ended]
_ENDED = [state for state in JobState if state.ended]
_RUNNING = literal_column(f"'{TrialState.RUNNING}'", String)  # bound, it would not match the index on running trials


def pending(table: Table) -> ColumnElement[bool]:
    """Tell of each row of `table` whether it is to be written."""
    changed: ColumnElement[bool] = table.c.mirrored_revision < table.c.revision
    if table is runs:  # nobody counts a revision of the run when its job changes state
        copied = runs.alias()
        moved = select(copied.c.id).join(jobs, jobs.c.id == copied.c.job_id)
        moved = moved.where(copied.c.mirrored_state.in_(_OPEN), copied.c.mirrored_state != jobs.c.state)
        changed = or_(changed, runs.c.id.in_(moved))
    if table is trials:
        changed = and_(changed, trials.c.state != TrialState.RUNNING)
    return and_(changed, table.c.mirror_attempts < MAX_ATTEMPTS)


def count_pending(connection: Connection, table: Table) -> int:
    """Return how many rows of `table` are to be written."""
    return int(connection.execute(select(func.count()).select_from(table).where(pending(table))).scalar_one())


def _ready_experiments() -> Select[Any]:
    return select_experiments()


def _ready_runs() -> Select[Any]:
    parent = experiments.c.mlflow_id
    return select_runs().add_columns(parent.label("experiment_mlflow_id")).where(parent.is_not(None))


def _ready_trials() -> Select[Any]:
    return (
        select_trials()
        .join(experiments, experiments.c.id == runs.c.experiment_id)
        .add_columns(runs.c.mlflow_id.label("run_mlflow_id"), experiments.c.mlflow_id.label("experiment_mlflow_id"))
        .where(runs.c.mlflow_id.is_not(None))
    )


def _ready_model_versions() -> Select[Any]:
    return (
        select_model_versions()
        .join(trials, trials.c.id == model_versions.c.trial_id)
        .add_columns(trials.c.mlflow_id.label("trial_mlflow_id"))
        .where(trials.c.mlflow_id.is_not(None))
    )


def _ready_models() -> Select[Any]:
    return select(models)


_READY: dict[Table, Callable[[], Select[Any]]] = {
    experiments: _ready_experiments,
    runs: _ready_runs,
    trials: _ready_trials,
    model_versions: _ready_model_versions,
    models: _ready_models,
}

ORDER = tuple(_READY)
"""The tables, each after those that it stands on."""


def ready(table: Table) -> Select[Any]:
    """Rows of `table` that are to be written and whose parents are, oldest first."""
    return _READY[table]().where(pending(table)).order_by(table.c.id)


def abandoned_trials() -> ColumnElement[bool]:
    """Trials that are marked as running although their run's job has ended."""
    ended = select(runs.c.id).join(jobs, jobs.c.id == runs.c.job_id)
    ended = ended.where(runs.c.id == trials.c.run_id, jobs.c.state.in_(_ENDED))
    return and_(trials.c.state == _RUNNING, ended.exists())


def settle_trials(connection: Connection) -> None:
    """Write down of abandoned trials what readers see: that they were stopped when the job ended."""
    ended_at = (
        select(jobs.c.ended_at)
        .join(runs, runs.c.job_id == jobs.c.id)
        .where(runs.c.id == trials.c.run_id)
        .scalar_subquery()
    )
    values = {"state": TrialState.STOPPED, "ended_at": ended_at, "revision": trials.c.revision + 1}
    connection.execute(update(trials).where(abandoned_trials()).values(**values))
