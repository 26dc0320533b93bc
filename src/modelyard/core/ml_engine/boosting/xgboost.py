"""XGBoost."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import xgboost as xgb

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.base import Rows, TableClassifier, TableRegressor
from modelyard.core.ml_engine.boosting.base import Booster, Watch
from modelyard.core.ml_engine.task import Task


class _Callback(xgb.callback.TrainingCallback):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.watch = watch

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        return self.watch.after({name: float(history[-1]) for name, history in evals_log.get("valid", {}).items()})


class _XGBoost(Booster):
    """Shared by classifier and regressor; parameters are XGBoost's own."""

    def __init__(
        self,
        *,
        n_estimators: int = 1000,
        learning_rate: float = 0.05,
        max_depth: int = 6,
        min_child_weight: float = 1.0,
        subsample: float = 0.9,
        colsample_bytree: float = 0.8,
        reg_lambda: float = 1.0,
        reg_alpha: float = 0.0,
        max_bin: int = 256,
        early_stopping_rounds: int | None = 50,
        validation_fraction: float = 0.1,
        random_state: int | None = 0,
        n_jobs: int | None = None,
        device: str = "cpu",
        **params: Any,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.min_child_weight = min_child_weight
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.reg_lambda = reg_lambda
        self.reg_alpha = reg_alpha
        self.max_bin = max_bin
        self.early_stopping_rounds = early_stopping_rounds
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.device = device
        self._extra = params

    def _vendor_params(self) -> dict[str, Any]:
        objective: dict[str, Any] = {"objective": "reg:squarederror", "eval_metric": "rmse"}
        if self._task is Task.BINARY:
            objective = {"objective": "binary:logistic", "eval_metric": "logloss"}
        elif self._task is Task.MULTICLASS:
            objective = {"objective": "multi:softprob", "eval_metric": "mlogloss", "num_class": len(self.classes_)}
        return {
            **objective,
            "learning_rate": self.learning_rate,
            "max_depth": self.max_depth,
            "min_child_weight": self.min_child_weight,
            "subsample": self.subsample,
            "colsample_bytree": self.colsample_bytree,
            "reg_lambda": self.reg_lambda,
            "reg_alpha": self.reg_alpha,
            "max_bin": self.max_bin,
            "tree_method": "hist",
            "seed": self._seed(),
            "nthread": self.n_jobs or 0,
            "device": self.device,
            "verbosity": 1,
            **self._extra,
        }

    def _train(self, train: Rows, valid: Rows | None, watch: Watch) -> Any:
        params = self._vendor_params()
        data = self._quantiles(train, params)
        evals = [] if valid is None else [(self._quantiles(valid, params, ref=data), "valid")]
        with warnings.catch_warnings(record=True) as said:  # XGBoost only warns of a parameter it does not know
            warnings.simplefilter("always")
            booster = _vendor_errors(
                lambda: xgb.train(
                    params, data, watch.total, evals=evals, callbacks=[_Callback(watch)], verbose_eval=False
                )
            )
        unused = [str(warning.message) for warning in said if "are not used" in str(warning.message)]
        if unused:
            raise InvalidInput(f"XGBoost does not use: {unused[0].partition('Parameters:')[2].strip()}")
        kept = watch.end()
        return booster[:kept] if 0 < kept < booster.num_boosted_rounds() else booster

    def _quantiles(self, rows: Rows, params: dict[str, Any], ref: Any = None) -> Any:
        codes = set(self.encoder_.categorical_features_)
        return _vendor_errors(
            lambda: xgb.QuantileDMatrix(
                rows.matrix,
                rows.y,
                weight=rows.weight,
                feature_types=["c" if place in codes else "q" for place in range(rows.matrix.shape[1])],
                enable_categorical=True,
                max_bin=params["max_bin"],
                nthread=self.n_jobs or 0,
                ref=ref,
            )
        )

    def _raw(self, matrix: np.ndarray) -> np.ndarray:
        return np.asarray(self.booster_.inplace_predict(matrix))

    def _gain(self) -> np.ndarray:
        gain = self.booster_.get_score(importance_type="total_gain")
        return np.array([gain.get(f"f{place}", 0.0) for place in range(len(self.encoder_.origin_))])

    def _to_bytes(self, booster: Any) -> bytes:
        return bytes(booster.save_raw("ubj"))

    def _from_bytes(self, data: bytes) -> Any:
        booster = xgb.Booster({"nthread": self.n_jobs or 0})
        booster.load_model(bytearray(data))
        return booster


def _vendor_errors(call: Any) -> Any:
    try:
        return call()
    except xgb.core.XGBoostError as error:
        raise InvalidInput(f"XGBoost refuses: {str(error).splitlines()[-1]}", details=str(error)) from error


class XGBoostClassifier(TableClassifier, _XGBoost):
    """Classes by XGBoost, on tables as they are.

    Parameters
    ----------
    n_estimators : int, default 1000
        Most boosting rounds.
    learning_rate, max_depth, min_child_weight, subsample, colsample_bytree, reg_lambda, reg_alpha, max_bin
        XGBoost's own.
    early_stopping_rounds : int or None, default 50
        Rounds without a better score on the validation rows after which to stop.
    validation_fraction : float, default 0.1
        Share of the rows set aside for that, if the caller brings no validation rows.
    random_state : int or None, default 0
        Seed; None is 0.
    n_jobs : int, optional
        Threads; all cores if not given.
    device : str, default 'cpu'
        Or ``cuda``.
    **params
        Any other parameter of XGBoost.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"color": ["red", "blue"] * 30, "size": range(60)})
    >>> model = XGBoostClassifier(n_estimators=5, n_jobs=1).fit(table, ["warm", "cold"] * 30)
    >>> model.predict(pd.DataFrame({"size": [3], "color": ["blue"]})).tolist()
    ['cold']
    >>> max(model.importance_, key=model.importance_.get)
    'color'
    """


class XGBoostRegressor(TableRegressor, _XGBoost):
    """Numbers by XGBoost, on tables as they are; parameters as in `XGBoostClassifier`."""
