"""LightGBM."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
from lightgbm.basic import _ConfigAliases
from lightgbm.callback import EarlyStopException

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.base import Rows, TableClassifier, TableRegressor
from modelyard.core.ml_engine.boosting.base import Booster, Watch
from modelyard.core.ml_engine.task import Task


class _LightGBM(Booster):
    """Shared by classifier and regressor; parameters are LightGBM's own."""

    def __init__(
        self,
        *,
        n_estimators: int = 1000,
        learning_rate: float = 0.05,
        num_leaves: int = 31,
        max_depth: int = -1,
        min_child_samples: int | None = None,
        subsample: float = 0.9,
        subsample_freq: int = 1,
        colsample_bytree: float = 0.8,
        reg_lambda: float = 1.0,
        reg_alpha: float = 0.0,
        extra_trees: bool = False,
        early_stopping_rounds: int | None = 50,
        validation_fraction: float = 0.1,
        random_state: int | None = 0,
        n_jobs: int | None = None,
        device: str = "cpu",
        **params: Any,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.max_depth = max_depth
        self.min_child_samples = min_child_samples
        self.subsample = subsample
        self.subsample_freq = subsample_freq
        self.colsample_bytree = colsample_bytree
        self.reg_lambda = reg_lambda
        self.reg_alpha = reg_alpha
        self.extra_trees = extra_trees
        self.early_stopping_rounds = early_stopping_rounds
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.device = device
        self._extra = params

    def _vendor_params(self, rows: int, columns: int) -> dict[str, Any]:
        objective: dict[str, Any] = {"objective": "regression", "metric": "rmse"}
        if self._task is Task.BINARY:
            objective = {"objective": "binary", "metric": "binary_logloss"}
        elif self._task is Task.MULTICLASS:
            objective = {"objective": "multiclass", "metric": "multi_logloss", "num_class": len(self.classes_)}
        # said here, as LightGBM would time both ways and not choose the same each time
        by_rows = rows > 20_000 and columns < 500
        return {
            **objective,
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "max_depth": self.max_depth,
            "min_child_samples": self.min_child_samples or int(np.clip(rows // 20, 1, 20)),
            "subsample": self.subsample,
            "subsample_freq": self.subsample_freq,
            "colsample_bytree": self.colsample_bytree,
            "reg_lambda": self.reg_lambda,
            "reg_alpha": self.reg_alpha,
            "extra_trees": self.extra_trees,
            "seed": self._seed(),
            "num_threads": self.n_jobs or 0,
            "device_type": self.device,
            "deterministic": True,
            "force_row_wise": by_rows,
            "force_col_wise": not by_rows,
            "verbosity": -1,
            **self._checked_extra(),
        }

    def _checked_extra(self) -> dict[str, Any]:
        """LightGBM ignores what it does not know; we refuse it."""
        known = {name for names in _ConfigAliases._get_all_param_aliases().values() for name in names}
        known |= set(_ConfigAliases._get_all_param_aliases())
        unknown = sorted(set(self._extra) - known)
        if unknown:
            raise InvalidInput(f"LightGBM has no parameter {unknown[0]!r}.")
        return self._extra

    def _train(self, train: Rows, valid: Rows | None, watch: Watch) -> Any:
        params = self._vendor_params(*train.matrix.shape)
        codes = self.encoder_.categorical_features_
        try:
            data = lgb.Dataset(train.matrix, train.y, weight=train.weight, categorical_feature=codes, params=params)
            rest = [] if valid is None else [data.create_valid(valid.matrix, valid.y, weight=valid.weight)]
            names = ["valid"] * len(rest)
            booster = lgb.train(
                params, data, watch.total, valid_sets=rest, valid_names=names, callbacks=[_callback(watch)]
            )
        except lgb.basic.LightGBMError as error:
            raise InvalidInput(f"LightGBM refuses: {error}") from error
        kept = watch.end()
        return lgb.Booster(model_str=booster.model_to_string(num_iteration=kept))

    def _raw(self, matrix: np.ndarray) -> np.ndarray:
        return np.asarray(self.booster_.predict(matrix, num_threads=self.n_jobs or 0))

    def _gain(self) -> np.ndarray:
        return np.asarray(self.booster_.feature_importance("gain"))

    def _to_bytes(self, booster: Any) -> bytes:
        return str(booster.model_to_string()).encode()

    def _from_bytes(self, data: bytes) -> Any:
        return lgb.Booster(model_str=data.decode())


def _callback(watch: Watch) -> Any:
    def after(env: Any) -> None:
        scores = {name: float(value) for _, name, value, *_ in env.evaluation_result_list or []}
        if watch.after(scores):
            raise EarlyStopException(watch.rounds - 1, env.evaluation_result_list)

    return after


class LightGBMClassifier(TableClassifier, _LightGBM):
    """Classes by LightGBM, on tables as they are.

    Parameters
    ----------
    n_estimators : int, default 1000
        Most boosting rounds.
    learning_rate, num_leaves, max_depth, subsample, subsample_freq, colsample_bytree, reg_lambda, reg_alpha
        LightGBM's own.
    extra_trees : bool, default False
        LightGBM's own: random thresholds.
    min_child_samples : int, optional
        LightGBM's own; 20 if not given, and fewer on tables below 400 rows.
    early_stopping_rounds : int or None, default 50
        Rounds without a better score on the validation rows after which to stop.
    validation_fraction : float, default 0.1
        Share of the rows set aside for that, if the caller brings no validation rows.
    random_state : int or None, default 0
        Seed; None is 0.
    n_jobs : int, optional
        Threads; all cores if not given.
    device : str, default 'cpu'
        Or ``gpu``, where LightGBM was built for one.
    **params
        Any other parameter of LightGBM.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"color": ["red", "blue"] * 30, "size": range(60)})
    >>> model = LightGBMClassifier(n_estimators=20, n_jobs=1).fit(table, ["warm", "cold"] * 30)
    >>> model.predict(pd.DataFrame({"size": [3], "color": ["blue"]})).tolist()
    ['cold']
    """


class LightGBMRegressor(TableRegressor, _LightGBM):
    """Numbers by LightGBM, on tables as they are; parameters as in `LightGBMClassifier`."""
