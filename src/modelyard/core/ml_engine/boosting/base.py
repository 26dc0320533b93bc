"""What the boosters share: early stopping, the monitor, vendor parameters, and the model as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.base import Monitor, Rows, TableEstimator
from modelyard.core.ml_engine.task import Task

METRIC_NAMES = {
    "logloss": "log_loss",
    "mlogloss": "log_loss",
    "binary_logloss": "log_loss",
    "multi_logloss": "log_loss",
    "Logloss": "log_loss",
    "MultiClass": "log_loss",
    "RMSE": "rmse",
    "rmse": "rmse",
}
_HIGHER_IS_BETTER = frozenset(
    {"auc", "aucpr", "average_precision", "auc_mu", "map", "ndcg", "accuracy", "f1", "totalf1", "r2", "prauc"}
    | {"balancedaccuracy", "mcc", "kappa", "precision", "recall"}
)


class Watch:
    """Follows the rounds of one fit: hears scores, tells the monitor, decides when to stop.

    Early stopping is ours, so that it is the same with every vendor.

    Parameters
    ----------
    total : int
        Rounds planned.
    patience : int or None
        Rounds without a better score after which to stop; None for never.
    monitor : Monitor, optional
        Who else may stop the fit.
    """

    def __init__(self, total: int, patience: int | None, monitor: Monitor | None) -> None:
        self.total = total
        self.patience = patience
        self.monitor = monitor
        self.rounds = 0
        self.best_rounds = 0
        self.best_score: float | None = None
        self.stopped_by: str | None = None
        self._error: BaseException | None = None

    def after(self, scores: Mapping[str, float]) -> bool:
        """Take in the scores of one more round, the last of which counts; return True to stop."""
        self.rounds += 1
        if scores:
            name, score = list(scores.items())[-1]
            if self.best_score is None or _better(name, score, self.best_score):
                self.best_score, self.best_rounds = score, self.rounds
            if self.patience is not None and self.rounds - self.best_rounds >= self.patience:
                self.stopped_by = "early_stopping"
        if self.monitor is not None and self._ask(scores):
            self.stopped_by = "monitor"
        return self.stopped_by is not None

    def _ask(self, scores: Mapping[str, float]) -> bool:
        named = {METRIC_NAMES.get(name, name): value for name, value in scores.items()}
        try:
            return bool(self.monitor.iteration(self.rounds, self.total, named))  # type: ignore[union-attr]
        except BaseException as error:  # native code between us and the caller may swallow it: raised again in `end`
            self._error = error
            return True

    def end(self) -> int:
        """Return how many rounds to keep: the best ones where scores were heard and patience was asked for.

        Raises
        ------
        BaseException
            What the monitor raised.
        """
        if self._error is not None:
            raise self._error
        return self.best_rounds if self.best_score is not None and self.patience is not None else self.rounds


def _better(name: str, score: float, than: float) -> bool:
    if np.isnan(score):
        return False
    if np.isnan(than):
        return True
    plain = name.lower().partition(":")[0].partition("@")[0]
    return score > than if plain in _HIGHER_IS_BETTER else score < than


class Booster(TableEstimator):
    """Parent of the boosters.

    A subclass for a vendor provides ``_train(train, valid, watch)``, which returns the vendor's model cut to
    ``watch.end()`` rounds; ``_raw(matrix)``, the vendor's prediction; ``_to_bytes`` and ``_from_bytes``.

    Attributes
    ----------
    booster_ : object
        The vendor's own fitted model.
    n_rounds_ : int
        Boosting rounds in it.
    validation_score_ : float or None
        The best score on the validation rows, by the vendor's metric.
    stopped_by_ : {'early_stopping', 'monitor', None}
        Why it ended before the last round.
    """

    rounds_parameter: ClassVar[str] = "n_estimators"
    early_stopping_rounds: int | None
    validation_fraction: float
    n_jobs: int | None
    device: str
    _extra: dict[str, Any]

    # Parameters that we do not list reach the vendor

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return all parameters, the vendor's own included."""
        return {**super().get_params(deep), **self._extra}

    def set_params(self, **params: Any) -> Self:
        """Set parameters; those that we do not list go to the vendor."""
        listed = set(self._get_param_names())
        super().set_params(**{name: value for name, value in params.items() if name in listed})
        self._extra = {**self._extra, **{name: value for name, value in params.items() if name not in listed}}
        return self

    def refit_params(self) -> dict[str, Any]:
        """Return parameters with which a clone would learn as many rounds on all rows."""
        return {self.rounds_parameter: max(1, self.n_rounds_), "early_stopping_rounds": None}

    # What a vendor provides

    def _train(self, train: Rows, valid: Rows | None, watch: Watch) -> Any:
        raise NotImplementedError

    def _raw(self, matrix: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _to_bytes(self, booster: Any) -> bytes:
        raise NotImplementedError

    def _from_bytes(self, data: bytes) -> Any:
        raise NotImplementedError

    # Shared

    def _wants_holdout(self) -> bool:
        return self.early_stopping_rounds is not None

    def _fit_rows(self, train: Rows, valid: Rows | None, monitor: Monitor | None) -> None:
        total = int(getattr(self, self.rounds_parameter))
        if total < 1:
            raise InvalidInput(f"{self.rounds_parameter} must be at least 1, not {total}.")
        watch = Watch(total, self.early_stopping_rounds, monitor)
        self._prior = _prior(self._task, train, self._n_outputs)
        # a vendor may refuse a matrix in which nothing varies: the prior is then all there is to say
        self.booster_: Any = self._train(train, valid, watch) if _varies(train.matrix) else None
        self.n_rounds_ = watch.end()
        self.validation_score_ = watch.best_score
        self.stopped_by_ = watch.stopped_by

    @property
    def _n_outputs(self) -> int:
        return len(self.classes_) if self._task.is_classification else 1

    def _predict_rows(self, matrix: np.ndarray) -> np.ndarray:
        if self.booster_ is None:
            return np.repeat(self._prior, len(matrix), axis=0)
        raw = np.asarray(self._raw(matrix), dtype=np.float64)
        if self._task is Task.BINARY and raw.ndim == 1:
            return np.column_stack([1.0 - raw, raw])
        # vendors compute in 32 bits: the sum is one but for the last digits
        return raw / raw.sum(axis=1, keepdims=True) if self._task.is_classification else raw

    def _column_importances(self) -> np.ndarray:
        if self.booster_ is None:
            return np.zeros(len(self.encoder_.origin_))
        return self._gain()

    def _gain(self) -> np.ndarray:
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        if state.get("booster_") is not None:
            state["booster_"] = self._to_bytes(state["booster_"])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        data = self.__dict__.get("booster_")
        if isinstance(data, bytes | bytearray):
            self.booster_ = self._from_bytes(bytes(data))


def _varies(matrix: np.ndarray) -> bool:
    first = matrix[:1]
    same = (matrix == first) | (np.isnan(matrix) & np.isnan(first))
    return not bool(same.all())


def _prior(task: Task, train: Rows, n_outputs: int) -> np.ndarray:
    """Return what is predicted when nothing is known: class shares, or the mean, as one row."""
    weight = np.ones(len(train.y)) if train.weight is None else train.weight
    if task is Task.REGRESSION:
        return np.array([np.average(train.y, weights=weight)])
    return (np.bincount(train.y, weights=weight, minlength=n_outputs) / weight.sum())[None, :]
