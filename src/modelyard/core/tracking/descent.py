"""What was learned from which dataset version."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from modelyard.core.tracking.store import Store
from modelyard.core.tracking.tables import experiments, model_versions, models, runs


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """A registered model version and what it was trained on.

    Parameters
    ----------
    name : str
        Of the model.
    number : int
        Of its version.
    run_id : str
        The run that trained it.
    dataset_version_id : str
        The version that it learned from.
    """

    name: str
    number: int
    run_id: str
    dataset_version_id: str


@dataclass(frozen=True, slots=True)
class LearningRun:
    """A run and what it learned from.

    Parameters
    ----------
    id : str
        Of the run.
    experiment_name : str
        Its experiment.
    number : int
        In its experiment.
    dataset_version_id : str
        The version that it learned from.
    """

    id: str
    experiment_name: str
    number: int
    dataset_version_id: str


class Descent(Store):
    """From data to what was learned from it."""

    def trained_on(self, dataset_id: str) -> frozenset[str]:
        """Return the ids of those versions of a dataset that a run has learned from."""
        query = select(runs.c.dataset_version_id).where(runs.c.dataset_id == dataset_id).distinct()
        with self.database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def runs_from(self, version_ids: Collection[str]) -> tuple[LearningRun, ...]:
        """Return the runs that learned from some dataset versions, the newest first."""
        columns = (runs.c.id, experiments.c.name, runs.c.number, runs.c.dataset_version_id)
        query = (
            select(*columns)
            .join(experiments, experiments.c.id == runs.c.experiment_id)
            .where(runs.c.dataset_version_id.in_(version_ids))
            .order_by(runs.c.created_at.desc(), runs.c.id)
        )
        with self.database.read() as connection:
            return tuple(LearningRun(*row) for row in connection.execute(query))

    def models_from(self, version_ids: Collection[str]) -> tuple[LearnedModel, ...]:
        """Return the registered model versions that learned from some dataset versions, by name and number."""
        one = model_versions.c
        query = (
            select(models.c.name, one.number, one.run_id, one.dataset_version_id)
            .join(models, models.c.id == one.model_id)
            .where(one.dataset_version_id.in_(version_ids))
            .order_by(models.c.name, one.number)
        )
        with self.database.read() as connection:
            return tuple(LearnedModel(*row) for row in connection.execute(query))
