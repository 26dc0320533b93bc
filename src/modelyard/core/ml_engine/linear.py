"""Linear models on the one-hot, scaled view of a table."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from modelyard.core.ml_engine.base import Monitor, Rows, TableClassifier, TableEstimator, TableRegressor
from modelyard.core.ml_engine.preprocessing import LinearView

_FIRST_STRETCH = 10  # iterations before the monitor is asked first; each stretch is half as long again


class _Linear(TableEstimator):
    """Shared by classifier and regressor: the view, and importances in its terms."""

    scale: str
    max_categories: int

    def _view(self, train: Rows) -> Any:
        self.view_ = LinearView(
            categorical=self.encoder_.categorical_features_,
            scale=self.scale,
            max_categories=self.max_categories,
            random_state=self._seed(),
        )
        return self.view_.fit_transform(train.matrix)

    def _keep_importances(self, seen: Any, coefficients: np.ndarray) -> None:
        """A column counts as much as it moves the prediction: coefficients times the spread of their columns."""
        if sparse.issparse(seen):
            mean = np.asarray(seen.mean(axis=0)).ravel()
            spread = np.sqrt(np.maximum(np.asarray(seen.multiply(seen).mean(axis=0)).ravel() - mean**2, 0))
        else:
            spread = np.std(seen, axis=0)
        moved = np.abs(np.atleast_2d(coefficients)).mean(axis=0) * spread
        self._moved = np.zeros(len(self.encoder_.origin_))
        names = self.view_.transformer_.get_feature_names_out()
        origins = [int(re.search(r"x(\d+)", name).group(1)) for name in names]  # type: ignore[union-attr]
        np.add.at(self._moved, origins, moved)

    def _column_importances(self) -> np.ndarray:
        return self._moved


class LinearClassifier(TableClassifier, _Linear):
    """Logistic regression, on tables as they are.

    Parameters
    ----------
    l2 : float, default 1.0
        Strength of the penalty; its inverse is scikit-learn's ``C``.
    scale : {'quantile', 'standard'}, default 'quantile'
        How numbers are scaled.
    max_categories : int, default 40
        More categories than this share a coefficient.
    max_iter : int, default 200
        Most iterations; the model so far is kept when they are used up, or when the monitor stops the fit.
    random_state : int or None, default 0
        Seed of samples.
    n_jobs : int, optional
        Accepted for uniformity; the solver uses one core.

    Examples
    --------
    >>> model = LinearClassifier().fit([[0.0], [1.0], [2.0], [3.0]] * 5, [0, 0, 1, 1] * 5)
    >>> model.predict([[0.1], [2.9]]).tolist()
    [0, 1]
    """

    def __init__(
        self,
        *,
        l2: float = 1.0,
        scale: str = "quantile",
        max_categories: int = 40,
        max_iter: int = 200,
        random_state: int | None = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.l2 = l2
        self.scale = scale
        self.max_categories = max_categories
        self.max_iter = max_iter
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _fit_rows(self, train: Rows, valid: Rows | None, monitor: Monitor | None) -> None:
        seen = self._view(train)
        model = LogisticRegression(C=1.0 / self.l2, warm_start=True, tol=1e-3)
        done, stretch = 0, _FIRST_STRETCH
        while done < self.max_iter:
            model.max_iter = min(stretch, self.max_iter - done)
            with warnings.catch_warnings():  # it is we who cut its iterations into stretches
                warnings.simplefilter("ignore", ConvergenceWarning)
                model.fit(seen, train.y, sample_weight=train.weight)
            done += int(np.max(model.n_iter_))
            stop = monitor is not None and monitor.iteration(done, self.max_iter, {})
            if stop or np.max(model.n_iter_) < model.max_iter:
                break
            stretch = stretch + stretch // 2
        self.n_iter_ = max(1, done)
        self.model_ = model
        self._keep_importances(seen, model.coef_)

    def _predict_rows(self, matrix: np.ndarray) -> np.ndarray:
        return np.asarray(self.model_.predict_proba(self.view_.transform(matrix)))


class LinearRegressor(TableRegressor, _Linear):
    """Ridge regression, on tables as they are.

    Parameters
    ----------
    l2 : float, default 1.0
        Strength of the penalty; scikit-learn's ``alpha``.
    scale, max_categories, random_state, n_jobs
        As in `LinearClassifier`.
    max_iter : int, default 200
        Most iterations, where the view is sparse and so solved step by step.

    Examples
    --------
    >>> model = LinearRegressor(scale="standard", l2=1e-6).fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> model.predict([[3.0]]).round(3).tolist()
    [7.0]
    """

    def __init__(
        self,
        *,
        l2: float = 1.0,
        scale: str = "quantile",
        max_categories: int = 40,
        max_iter: int = 200,
        random_state: int | None = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.l2 = l2
        self.scale = scale
        self.max_categories = max_categories
        self.max_iter = max_iter
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _fit_rows(self, train: Rows, valid: Rows | None, monitor: Monitor | None) -> None:
        seen = self._view(train)
        solver = "sparse_cg" if sparse.issparse(seen) else "auto"
        self.model_ = Ridge(self.l2, solver=solver, max_iter=self.max_iter, tol=1e-4)
        self.model_.fit(seen, train.y, sample_weight=train.weight)
        self.n_iter_ = 1 if self.model_.n_iter_ is None else max(1, int(np.max(self.model_.n_iter_)))
        if monitor is not None:
            monitor.iteration(self.n_iter_, self.n_iter_, {})
        self._keep_importances(seen, self.model_.coef_)

    def _predict_rows(self, matrix: np.ndarray) -> np.ndarray:
        return np.asarray(self.model_.predict(self.view_.transform(matrix)), dtype=np.float64).ravel()
