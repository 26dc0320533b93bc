"""What knowing nothing scores: the line that every model must beat."""

from __future__ import annotations

import numpy as np
from sklearn.utils import Tags

from modelyard.core.ml_engine.base import Monitor, Rows, TableClassifier, TableEstimator, TableRegressor


class _Baseline(TableEstimator):
    _encodes = False

    def __init__(self, *, random_state: int | None = 0, n_jobs: int | None = None) -> None:
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _fit_rows(self, train: Rows, valid: Rows | None, monitor: Monitor | None) -> None:
        weight = np.ones(len(train.y)) if train.weight is None else train.weight
        self.prior_ = self._summary(train.y, weight)
        if monitor is not None:
            monitor.iteration(1, 1, {})

    def _summary(self, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _predict_rows(self, matrix: np.ndarray) -> np.ndarray:
        return np.repeat(self.prior_, len(matrix), axis=0)

    def _column_importances(self) -> np.ndarray:
        return np.empty(0)


class BaselineClassifier(TableClassifier, _Baseline):
    """The share of each class, whatever the row says.

    Parameters
    ----------
    random_state, n_jobs
        Accepted for uniformity; nothing is random, nothing takes time.

    Examples
    --------
    >>> BaselineClassifier().fit([["x"], ["y"], ["z"], ["x"]], [0, 1, 1, 1]).predict_proba([["?"]]).tolist()
    [[0.25, 0.75]]
    """

    def _summary(self, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
        counts = np.bincount(y, weights=weight, minlength=len(self.classes_))
        return np.asarray(counts / counts.sum())[None, :]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


class BaselineRegressor(TableRegressor, _Baseline):
    """The mean, whatever the row says; parameters as in `BaselineClassifier`."""

    def _summary(self, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return np.array([np.average(y, weights=weight)])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags
