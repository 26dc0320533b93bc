"""The contract of an estimator, and the parent that does what all of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.preprocessing import Encoded, TableEncoder
from modelyard.core.ml_engine.preprocessing.encoder import remember_columns
from modelyard.core.ml_engine.preprocessing.tables import Columns, to_frame
from modelyard.core.ml_engine.task import Task, as_series
from modelyard.core.ml_engine.validation import Split, holdout

MIN_ROWS_TO_HOLD_OUT = 50


class Monitor(Protocol):
    """Who watches a fit: told after every round, in the thread that fits, and may end it.

    It must be quick, as the next round waits for it. An exception it raises ends the fit without a model.
    """

    def iteration(self, number: int, total: int | None, scores: Mapping[str, float]) -> bool:
        """Hear that a round is done.

        Parameters
        ----------
        number : int
            Rounds done so far, from 1.
        total : int or None
            Rounds planned, if known; fewer may be done.
        scores : mapping of str to float
            Scores on the validation rows, by the name of the metric (``log_loss``, ``rmse``, or the vendor's);
            empty without such rows.

        Returns
        -------
        bool
            True to stop now and keep the model so far.
        """
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """Encoded rows with their numeric target: what a model is fitted on or validated with.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_features)
        From `TableEncoder`.
    y : ndarray of shape (n_rows,)
        Class numbers or values.
    weight : ndarray of shape (n_rows,), optional
        Importance of each row.
    """

    matrix: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None = None


class TableEstimator(BaseEstimator):
    """An estimator that takes tables as they are.

    **What callers rely on.** ``fit(X, y)`` takes any table that `TableEncoder` takes, or an `Encoded` one;
    ``predict`` and ``predict_proba`` take the same columns in any order. The estimator is an ordinary
    scikit-learn one besides: constructor arguments are stored as they are, what is learned ends with ``_``,
    it can be cloned, pickled and saved by `save_model`. One object must not be fitted in two threads; a
    fitted one may predict in many.

    **What a subclass provides.** ``_fit_rows(train, valid, monitor)`` learns from encoded rows, tells
    `monitor` about each round, and stops within one round when told to. ``_predict_rows(matrix)`` returns
    probabilities of shape (n_rows, n_classes) or values of shape (n_rows,). ``_column_importances()`` returns one
    number for each encoded column. ``_wants_holdout()`` says whether a part of the rows is to be set aside when the
    caller gives no validation rows. A subclass is made for classes or numbers by `TableClassifier` or
    `TableRegressor`, in front of it in the bases.

    **What errors mean.** `InvalidInput`: the table, the target or a parameter cannot be used; everything
    else is a fault of ours or the vendor's.

    Attributes
    ----------
    encoder_ : TableEncoder
        Fitted on the rows learned from, never on the rows set aside.
    n_features_in_ : int
        Columns of the table.
    feature_names_in_ : ndarray of str
        Their names, if the table had names.
    importance_ : dict of str to float
        Importance of each column of the table, in its order; they add up to one.
    """

    _encodes: ClassVar[bool] = True
    random_state: int | None

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        validation: tuple[Any, ...] | None = None,
        monitor: Monitor | None = None,
    ) -> Self:
        """Learn from a table.

        Parameters
        ----------
        X : table or Encoded
            Rows and columns.
        y : array-like
            The target, without missing values.
        sample_weight : array-like, optional
            Importance of each row, not negative; rows with zero are left out.
        validation : tuple, optional
            Table and target (and weights) to stop early on; without it a part of the rows is set aside
            where the estimator stops early.
        monitor : Monitor, optional
            Hears of every round and may stop the fit.

        Raises
        ------
        InvalidInput
            If the table or the target cannot be learned from; it says why.
        """
        if y is None:
            raise InvalidInput(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        table, target, weight = self._take(X, y, sample_weight)
        valid: Rows | None = None
        if validation is not None:
            train = self._encode_to_learn(table, target, weight)
            valid = self._validation_rows(validation)
        elif self._wants_holdout() and len(target) >= MIN_ROWS_TO_HOLD_OUT:
            mine, aside = self._set_aside(target)
            train = self._encode_to_learn(_rows(table, mine), target[mine], _part(weight, mine))
            valid = Rows(self._matrix(_rows(table, aside)), target[aside], _part(weight, aside))
        else:
            train = self._encode_to_learn(table, target, weight)
        self._fit_rows(train, valid, monitor)
        self._importances = np.asarray(self._column_importances(), dtype=np.float64)
        return self

    # What a subclass provides

    def _fit_rows(self, train: Rows, valid: Rows | None, monitor: Monitor | None) -> None:
        raise NotImplementedError

    def _predict_rows(self, matrix: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _column_importances(self) -> np.ndarray:
        raise NotImplementedError

    def _wants_holdout(self) -> bool:
        return False

    def refit_params(self) -> dict[str, Any]:
        """Return parameters with which a clone would learn as long as this one did, without validation rows."""
        return {}

    # What TableClassifier and TableRegressor provide

    @property
    def _task(self) -> Task:
        raise NotImplementedError

    def _learn_target(self, series: pd.Series[Any]) -> np.ndarray:
        raise NotImplementedError

    def _known_target(self, series: pd.Series[Any]) -> tuple[np.ndarray, np.ndarray]:
        """Return the numeric target and the positions of the rows that have one."""
        raise NotImplementedError

    # Shared

    @property
    def importance_(self) -> dict[str, float]:
        """Importance of each column of the table; all zero if the model uses none."""
        check_is_fitted(self, "columns_")
        summed = dict.fromkeys(self.columns_.names, 0.0)
        if self._encodes:
            for origin, value in zip(self.encoder_.origin_, self._importances, strict=True):
                if origin in summed:
                    summed[origin] += max(0.0, float(value))
        total = sum(summed.values())
        return {name: value / total if total > 0 else 0.0 for name, value in summed.items()}

    @property
    def feature_importances_(self) -> np.ndarray:
        """The same as an array, in the order of the table's columns."""
        return np.array(list(self.importance_.values()))

    def _take(self, X: Any, y: Any, sample_weight: Any) -> tuple[Any, np.ndarray, np.ndarray | None]:
        """Look at what came: columns, target, weights; leave out rows without weight."""
        if isinstance(X, Encoded):
            table: Any = X
            self.columns_ = X.encoder.columns_
        else:
            table = to_frame(X)
            self.columns_ = Columns.of(X, table)
        remember_columns(self, self.columns_)
        series = as_series(y)
        _same_length(len(table), len(series))
        weight = None
        if sample_weight is not None:
            weight = _weights(sample_weight, len(table))
            if not np.all(weight > 0):
                kept = np.flatnonzero(weight > 0)
                table, series, weight = _rows(table, kept), series.iloc[kept].reset_index(drop=True), weight[kept]
        return table, self._learn_target(series), weight

    def _encode_to_learn(self, table: Any, target: np.ndarray, weight: np.ndarray | None) -> Rows:
        if isinstance(table, Encoded):
            self.encoder_ = table.encoder
            return Rows(table.matrix, target, weight)
        if not self._encodes:
            return Rows(np.zeros((len(table), 1)), target, weight)
        self.encoder_ = TableEncoder(task=self._task, random_state=self._seed())
        return Rows(self.encoder_.fit_transform(table, target), target, weight)

    def _validation_rows(self, validation: tuple[Any, ...]) -> Rows | None:
        """Encode the caller's validation rows; those of classes never learned cannot be scored and are left out."""
        X, y, *rest = validation
        target, kept = self._known_target(as_series(y))
        matrix = X.matrix if isinstance(X, Encoded) else self._matrix(self.columns_.select(X, type(self).__name__))
        _same_length(len(matrix), len(y))
        if not len(kept):
            return None
        weight = _weights(rest[0], len(matrix))[kept] if rest and rest[0] is not None else None
        return Rows(matrix[kept], target[kept], weight)

    def _set_aside(self, target: np.ndarray) -> Split:
        return holdout(self._task, target, getattr(self, "validation_fraction", 0.1), self._seed())

    def _matrix(self, table: Any) -> np.ndarray:
        if isinstance(table, Encoded):
            return table.matrix
        if not self._encodes:
            return np.zeros((len(table), 1))
        matrix: np.ndarray = self.encoder_.transform(table)
        return matrix

    def _outputs(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "columns_")
        table = X if isinstance(X, Encoded) else self.columns_.select(X, type(self).__name__)
        return self._predict_rows(self._matrix(table))

    def _seed(self) -> int:
        """Return the seed as a number: vendors know no other."""
        return 0 if self.random_state is None else int(self.random_state)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags


class TableClassifier(ClassifierMixin):
    """Makes a `TableEstimator` one for classes: numbers them, and turns probabilities into labels.

    Attributes
    ----------
    classes_ : ndarray
        The labels in order; columns of ``predict_proba`` follow it.
    """

    @property
    def _task(self) -> Task:
        return Task.BINARY if len(self.classes_) == 2 else Task.MULTICLASS

    def _learn_target(self, series: pd.Series[Any]) -> np.ndarray:
        labels = _labels(series)
        try:
            self.classes_, codes = np.unique(labels, return_inverse=True)
        except TypeError:
            kinds = sorted({type(label).__name__ for label in labels})
            raise InvalidInput(
                f"Unknown label type: the target mixes {' and '.join(kinds)}.", remedy="Make all labels text."
            ) from None
        if len(self.classes_) < 2:
            raise InvalidInput(
                f"The target has one class only ({self.classes_.tolist()[0]!r}): there is nothing to learn.",
                remedy="Bring rows of another class.",
            )
        return np.asarray(codes, dtype=np.int64)

    def _known_target(self, series: pd.Series[Any]) -> tuple[np.ndarray, np.ndarray]:
        place = {label: number for number, label in enumerate(self.classes_.tolist())}
        codes = np.array([place.get(label, -1) for label in _labels(series).tolist()], dtype=np.int64)
        return codes, np.flatnonzero(codes >= 0)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class for each row."""
        outputs: np.ndarray = self._outputs(X)
        return outputs

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each row."""
        outputs = self._outputs(X)
        labels: np.ndarray = self.classes_[np.argmax(outputs, axis=1)]
        return labels


class TableRegressor(RegressorMixin):
    """Makes a `TableEstimator` one for numbers."""

    @property
    def _task(self) -> Task:
        return Task.REGRESSION

    def _learn_target(self, series: pd.Series[Any]) -> np.ndarray:
        try:
            target = np.asarray(pd.to_numeric(series), dtype=np.float64)
        except (TypeError, ValueError):
            raise InvalidInput("The target must be numeric for a regression.", remedy="Use a classifier.") from None
        if np.isnan(target).any():
            raise InvalidInput("Input y contains NaN: the target has missing values.", remedy="Leave those rows out.")
        if not np.all(np.isfinite(target)):
            raise InvalidInput("Input y contains infinity: the target must be finite.", remedy="Leave those rows out.")
        return target

    def _known_target(self, series: pd.Series[Any]) -> tuple[np.ndarray, np.ndarray]:
        target = np.asarray(pd.to_numeric(series), dtype=np.float64)
        return target, np.flatnonzero(np.isfinite(target))

    def predict(self, X: Any) -> np.ndarray:
        """Return the value of each row."""
        outputs: np.ndarray = self._outputs(X)
        return outputs


def _labels(series: pd.Series[Any]) -> np.ndarray:
    if series.isna().any():
        raise InvalidInput("Input y contains NaN: the target has missing values.", remedy="Leave those rows out.")
    if isinstance(series.dtype, pd.api.extensions.ExtensionDtype):
        values = np.asarray(series.tolist())
        values = values.astype(object) if values.dtype.kind in "US" else values
    else:
        values = series.to_numpy()
        if values.dtype == object and len(values) and not isinstance(values[0], str):
            tight = np.asarray(values.tolist())  # numbers that came as objects
            values = tight if tight.dtype.kind in "biuf" else values
    if values.dtype.kind == "f" and not np.all(np.isfinite(values)):
        raise InvalidInput("Input y contains infinity: classes must be finite.", remedy="Leave those rows out.")
    if values.dtype.kind in "fiub":
        check_classification_targets(values)
    return values


def _same_length(rows: int, targets: int) -> None:
    if rows != targets:
        raise InvalidInput(f"The table has {rows} rows, but the target has {targets}: inconsistent numbers of samples.")


def _weights(sample_weight: Any, rows: int) -> np.ndarray:
    weight: np.ndarray = _check_sample_weight(
        sample_weight, np.empty((rows, 1)), dtype=np.float64, ensure_non_negative=True
    )
    return weight


def _rows(table: Any, rows: np.ndarray) -> Any:
    return table.take(rows) if isinstance(table, Encoded) else table.iloc[rows]


def _part(weight: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if weight is None else weight[rows]
