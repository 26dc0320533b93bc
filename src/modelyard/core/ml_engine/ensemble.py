"""Several fitted models as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier


class FoldBag(BaseEstimator):
    """The models of a cross-validation's folds, averaged.

    Each fold's model has seen most rows, and their mean is at least as good as one model fitted to all of them, at no
    further cost: the models are there once the proposal has been scored.

    Parameters
    ----------
    models : sequence of estimators
        Fitted on the same columns and task, classifiers on the same classes or on a subset of them.
    """

    def __init__(self, models: Sequence[Any]) -> None:
        self.models = list(models)

    @property
    def classifier(self) -> bool:
        """Whether the models predict classes."""
        return bool(is_classifier(self.models[0]))

    @property
    def classes_(self) -> np.ndarray:
        """All classes that some model knows, in order."""
        return np.unique(np.concatenate([model.classes_ for model in self.models]))

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Columns that it was fitted on."""
        return np.asarray(self.models[0].feature_names_in_)

    @property
    def importance_(self) -> dict[str, float]:
        """Share of each column in the predictions: the mean of the models, adding up to 1 (or all 0)."""
        names = list(self.models[0].importance_)
        mean = {name: float(np.mean([model.importance_.get(name, 0.0) for model in self.models])) for name in names}
        total = sum(mean.values())
        return {name: value / total for name, value in mean.items()} if total > 0 else mean

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return mean probabilities, shape (rows, classes)."""
        classes = self.classes_
        total = np.zeros((len(X), len(classes)))
        for model in self.models:
            total[:, np.searchsorted(classes, model.classes_)] += model.predict_proba(X)
        return total / len(self.models)

    def predict(self, X: Any) -> np.ndarray:
        """Return the likeliest classes, or mean numbers."""
        if self.classifier:
            return self.classes_[np.argmax(self.predict_proba(X), axis=1)]
        return np.mean([model.predict(X) for model in self.models], axis=0)
