"""What was learned from which dataset version."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from modelyard.core.tracking.store import Store
from modelyard.core.tracking.tables import model_versions, models, runs


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """A registered model version and what it was trained on.

    Parameters
    ----------
    name : str
        Of the model.
    number : int
        Of its version.
    dataset_version_id : str
        The version that it learned from.
    """

    name: str
    number: int
    dataset_version_id: str


class Descent(Store):
    """From data to what was learned from it."""

    def trained_on(self, dataset_id: str) -> frozenset[str]:
        """Return the ids of those versions of a dataset that a run has learned from."""
        query = select(runs.c.dataset_version_id).where(runs.c.dataset_id == dataset_id).distinct()
        with self.database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def models_from(self, dataset_id: str) -> tuple[LearnedModel, ...]:
        """Return the registered model versions that learned from a dataset, by name and number."""
        columns = (models.c.name, model_versions.c.number, model_versions.c.dataset_version_id)
        query = (
            select(*columns)
            .join(models, models.c.id == model_versions.c.model_id)
            .where(model_versions.c.dataset_id == dataset_id)
            .order_by(models.c.name, model_versions.c.number)
        )
        with self.database.read() as connection:
            return tuple(LearnedModel(*row) for row in connection.execute(query))
