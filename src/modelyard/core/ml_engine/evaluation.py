"""How good predictions are: metrics by name, each with its direction."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn import metrics as sk

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.ml_engine.task import Task, as_series


@dataclass(frozen=True, slots=True)
class Outputs:
    """What an estimator says about some rows; made once, scored by any number of metrics.

    Parameters
    ----------
    prediction : ndarray of shape (n_rows,)
        Labels or values.
    probabilities : ndarray of shape (n_rows, n_classes), optional
        For a classifier, in the order of `classes`.
    classes : ndarray, optional
        The labels in order.
    """

    prediction: np.ndarray
    probabilities: np.ndarray | None = None
    classes: np.ndarray | None = None

    @classmethod
    def of(cls, estimator: Any, X: Any) -> Outputs:
        """Ask an estimator once."""
        if hasattr(estimator, "classes_"):
            return cls.from_probabilities(estimator.predict_proba(X), estimator.classes_)
        return cls(np.asarray(estimator.predict(X)))

    @classmethod
    def from_probabilities(cls, probabilities: np.ndarray, classes: Any) -> Outputs:
        """Take the most probable class of each row as the prediction."""
        labels = np.asarray(classes)
        return cls(labels[np.argmax(probabilities, axis=1)], probabilities, labels)


type _Function = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """One way to score.

    Parameters
    ----------
    name, title : str
        For programs and for people.
    tasks : tuple of Task
        What it can score.
    greater_is_better : bool
        The direction.
    needs_probability : bool
        Whether it scores probabilities, not labels.
    """

    name: str
    title: str
    tasks: tuple[Task, ...]
    greater_is_better: bool
    needs_probability: bool
    _function: _Function = field(repr=False)

    def loss(self, score: float) -> float:
        """Return a score as something to make small; NaN is the worst.

        Examples
        --------
        >>> metric("accuracy").loss(0.75), metric("rmse").loss(2.0)
        (-0.75, 2.0)
        """
        if math.isnan(score):
            return math.inf
        return -score if self.greater_is_better else score

    def better(self, score: float, than: float) -> bool:
        """Tell whether one score beats another."""
        return self.loss(score) < self.loss(than)


_CLASSES = (Task.BINARY, Task.MULTICLASS)
_NUMBERS = (Task.REGRESSION,)


def _roc_auc(y: np.ndarray, p: np.ndarray) -> float:
    """Return the area over the classes that are there: a fold may lack some."""
    if p.shape[1] == 2:
        return float(sk.roc_auc_score(y, p[:, 1])) if len(np.unique(y)) == 2 else math.nan
    areas = [sk.roc_auc_score(y == code, p[:, code]) for code in np.unique(y) if 0 < np.sum(y == code) < len(y)]
    return float(np.mean(areas)) if areas else math.nan


def _average_precision(y: np.ndarray, p: np.ndarray) -> float:
    return float(sk.average_precision_score(y == 1, p[:, 1])) if np.any(y == 1) else math.nan


def _log_loss(y: np.ndarray, p: np.ndarray) -> float:
    """Return the mean of -log of the probability of what came true, kept finite."""
    sure = np.finfo(np.float64).eps
    p = np.clip(np.asarray(p, dtype=np.float64), sure, 1.0)
    p = p / p.sum(axis=1, keepdims=True)
    return float(-np.mean(np.log(p[np.arange(len(y)), y])))


def _brier(y: np.ndarray, p: np.ndarray) -> float:
    return float(np.mean((p[:, 1] - (y == 1)) ** 2))


def _balanced_accuracy(y: np.ndarray, predicted: np.ndarray) -> float:
    return float(np.mean([np.mean(predicted[y == code] == code) for code in np.unique(y)]))


def _macro_f1(y: np.ndarray, predicted: np.ndarray) -> float:
    return float(sk.f1_score(y, predicted, average="macro", labels=np.unique(y), zero_division=0.0))


def _positive(function: Callable[..., float]) -> _Function:
    return lambda y, predicted: float(function(y == 1, predicted == 1, zero_division=0.0))


def _mcc(y: np.ndarray, predicted: np.ndarray) -> float:
    return float(sk.matthews_corrcoef(y, predicted)) if len(np.unique(y)) > 1 else math.nan


def _r2(y: np.ndarray, predicted: np.ndarray) -> float:
    return float(sk.r2_score(y, predicted)) if len(y) > 1 and np.ptp(y) > 0 else math.nan


def _mape(y: np.ndarray, predicted: np.ndarray) -> float:
    """Leave rows with a true value of zero out: no percentage of it exists."""
    known = y != 0
    return float(np.mean(np.abs((y[known] - predicted[known]) / y[known]))) if known.any() else math.nan


METRICS: tuple[Metric, ...] = (
    Metric("roc_auc", "ROC AUC", _CLASSES, True, True, _roc_auc),
    Metric("log_loss", "Log loss", _CLASSES, False, True, _log_loss),
    Metric("accuracy", "Accuracy", _CLASSES, True, False, lambda y, p: float(np.mean(y == p))),
    Metric("balanced_accuracy", "Balanced accuracy", _CLASSES, True, False, _balanced_accuracy),
    Metric("average_precision", "Average precision", (Task.BINARY,), True, True, _average_precision),
    Metric("brier", "Brier score", (Task.BINARY,), False, True, _brier),
    Metric("f1", "F1", (Task.BINARY,), True, False, _positive(sk.f1_score)),
    Metric("precision", "Precision", (Task.BINARY,), True, False, _positive(sk.precision_score)),
    Metric("recall", "Recall", (Task.BINARY,), True, False, _positive(sk.recall_score)),
    Metric("f1_macro", "F1, mean over classes", (Task.MULTICLASS,), True, False, _macro_f1),
    Metric("mcc", "Matthews correlation", _CLASSES, True, False, _mcc),
    Metric("rmse", "RMSE", _NUMBERS, False, False, lambda y, p: float(np.sqrt(np.mean((y - p) ** 2)))),
    Metric("mae", "Mean absolute error", _NUMBERS, False, False, lambda y, p: float(np.mean(np.abs(y - p)))),
    Metric("median_ae", "Median absolute error", _NUMBERS, False, False, lambda y, p: float(np.median(np.abs(y - p)))),
    Metric("mape", "Mean absolute percentage error", _NUMBERS, False, False, _mape),
    Metric("r2", "R²", _NUMBERS, True, False, _r2),
)
_BY_NAME = {one.name: one for one in METRICS}
_DEFAULT = {Task.BINARY: "roc_auc", Task.MULTICLASS: "log_loss", Task.REGRESSION: "rmse"}


def metric(name: str) -> Metric:
    """Return the metric called `name`, or raise `NotFound` with the names there are."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise NotFound.named("metric", name, _BY_NAME) from None


def metrics_for(task: Task | str) -> tuple[Metric, ...]:
    """Return the metrics that can score a task."""
    return tuple(one for one in METRICS if Task(task) in one.tasks)


def default_metric(task: Task | str) -> Metric:
    """Return what a task is judged by unless someone chooses: ROC AUC, log loss or RMSE.

    Examples
    --------
    >>> default_metric("regression").name
    'rmse'
    """
    return _BY_NAME[_DEFAULT[Task(task)]]


def score(metric_or_name: Metric | str, y_true: Any, outputs: Outputs | np.ndarray, classes: Any = None) -> float:
    """Score predictions.

    Parameters
    ----------
    metric_or_name : Metric or str
        The metric.
    y_true : array-like
        Labels or values.
    outputs : Outputs or ndarray
        Predictions; an array of two dimensions holds probabilities, another labels or values.
    classes : array-like, optional
        The labels in the order of the probabilities' columns.

    Returns
    -------
    float
        NaN where the rows do not allow the metric, for instance ROC AUC on rows of one class.

    Raises
    ------
    InvalidInput
        If the metric needs probabilities and there are none, or lengths differ.

    Examples
    --------
    >>> score("accuracy", ["a", "b", "b"], np.array(["a", "b", "a"])).__round__(3)
    0.667
    """
    chosen = metric(metric_or_name) if isinstance(metric_or_name, str) else metric_or_name
    if not isinstance(outputs, Outputs):
        array = np.asarray(outputs)
        outputs = Outputs.from_probabilities(array, classes) if array.ndim == 2 else Outputs(array)
    if chosen.tasks == _NUMBERS:
        truth = np.asarray(as_series(y_true), dtype=np.float64)
        _same_length(truth, outputs.prediction)
        return chosen._function(truth, np.asarray(outputs.prediction, dtype=np.float64))
    codes, predicted, known = _coded(y_true, outputs, classes)
    if chosen.needs_probability:
        if outputs.probabilities is None:
            raise InvalidInput(f"The metric {chosen.name!r} needs probabilities.", possible=_without_probability())
        return chosen._function(codes[known], np.asarray(outputs.probabilities)[known])
    return chosen._function(codes, predicted)


def all_scores(task: Task | str, y_true: Any, outputs: Outputs) -> dict[str, float]:
    """Score predictions by every metric of the task that they allow.

    Returns
    -------
    dict of str to float
        By name of the metric, in the order of `METRICS`.
    """
    usable = [one for one in metrics_for(task) if outputs.probabilities is not None or not one.needs_probability]
    return {one.name: score(one, y_true, outputs) for one in usable}


def _coded(y_true: Any, outputs: Outputs, classes: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return truth and prediction as class numbers, and the rows whose true class has a probability."""
    truth = as_series(y_true).tolist()
    _same_length(truth, outputs.prediction)
    labels = outputs.classes if outputs.classes is not None else classes
    predicted = outputs.prediction.tolist()
    if labels is None:
        labels = sorted({*truth, *predicted}, key=lambda label: (str(type(label)), label))
    place: Mapping[Any, int] = {label: number for number, label in enumerate(np.asarray(labels).tolist())}
    codes = np.array([place.get(label, len(place)) for label in truth], dtype=np.int64)
    return codes, np.array([place[label] for label in predicted], dtype=np.int64), codes < len(place)


def _same_length(truth: Any, predicted: Any) -> None:
    if len(truth) != len(predicted):
        raise InvalidInput(f"There are {len(truth)} true values, but {len(predicted)} predictions.")


def _without_probability() -> list[str]:
    return [one.name for one in METRICS if not one.needs_probability and one.tasks != _NUMBERS]
