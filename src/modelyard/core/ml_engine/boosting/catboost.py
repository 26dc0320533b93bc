"""CatBoost."""

from __future__ import annotations

from typing import Any

import catboost
import numpy as np
import pandas as pd

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.base import Rows, TableClassifier, TableRegressor
from modelyard.core.ml_engine.boosting.base import Booster, Watch
from modelyard.core.ml_engine.task import Task


class _Callback:
    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def after_iteration(self, info: Any) -> bool:
        histories = (info.metrics or {}).get("validation", {})
        stop = self.watch.after({name: float(history[-1]) for name, history in histories.items()})
        return not stop


class _CatBoost(Booster):
    """Shared by classifier and regressor; parameters are CatBoost's own."""

    rounds_parameter = "iterations"

    def __init__(
        self,
        *,
        iterations: int = 1000,
        learning_rate: float = 0.08,
        depth: int = 6,
        l2_leaf_reg: float = 3.0,
        random_strength: float = 1.0,
        one_hot_max_size: int = 255,
        early_stopping_rounds: int | None = 50,
        validation_fraction: float = 0.1,
        random_state: int | None = 0,
        n_jobs: int | None = None,
        device: str = "cpu",
        **params: Any,
    ) -> None:
        self.iterations = iterations
        self.learning_rate = learning_rate
        self.depth = depth
        self.l2_leaf_reg = l2_leaf_reg
        self.random_strength = random_strength
        self.one_hot_max_size = one_hot_max_size
        self.early_stopping_rounds = early_stopping_rounds
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.device = device
        self._extra = params

    def _vendor_params(self) -> dict[str, Any]:
        if self.device != "cpu":  # CatBoost calls nobody back from a GPU, so nobody could stop it
            raise InvalidInput(f"CatBoost runs on the device 'cpu' here, not on {self.device!r}.", possible=["cpu"])
        objective: dict[str, Any] = {"loss_function": "RMSE", "allow_const_label": True}
        if self._task is Task.BINARY:
            objective = {"loss_function": "Logloss"}
        elif self._task is Task.MULTICLASS:
            objective = {"loss_function": "MultiClass", "classes_count": len(self.classes_)}
        return {
            **objective,
            "iterations": self.iterations,
            "learning_rate": self.learning_rate,
            "depth": self.depth,
            "l2_leaf_reg": self.l2_leaf_reg,
            "random_strength": self.random_strength,
            "one_hot_max_size": self.one_hot_max_size,
            "random_seed": self._seed(),
            "thread_count": self.n_jobs or -1,
            "logging_level": "Silent",
            "allow_writing_files": False,
            "use_best_model": False,
            **self._extra,
        }

    def _train(self, train: Rows, valid: Rows | None, watch: Watch) -> Any:
        try:
            model = catboost.CatBoost(self._vendor_params())
            model.fit(
                self._pool(train.matrix, train),
                eval_set=None if valid is None else self._pool(valid.matrix, valid),
                callbacks=[_Callback(watch)],
            )
        except catboost.CatBoostError as error:
            raise InvalidInput(f"CatBoost refuses: {str(error).partition(': ')[2] or error}") from error
        kept = watch.end()
        if 0 < kept < model.tree_count_:
            model.shrink(kept)
        return model

    def _pool(self, matrix: np.ndarray, rows: Rows | None = None) -> Any:
        """Return CatBoost's table: codes must be whole numbers there, so missing is -1."""
        codes = self.encoder_.categorical_features_
        data: Any = np.ascontiguousarray(matrix, dtype=np.float32)
        if codes:
            columns: dict[int, np.ndarray] = dict(enumerate(data.T))
            columns |= {place: np.nan_to_num(matrix[:, place], nan=-1.0).astype(np.int32) for place in codes}
            data = pd.DataFrame(columns)
        label, weight = (None, None) if rows is None else (rows.y, rows.weight)
        return catboost.Pool(data, label, cat_features=codes or None, weight=weight, thread_count=self.n_jobs or -1)

    def _raw(self, matrix: np.ndarray) -> np.ndarray:
        kind = "Probability" if self._task.is_classification else "RawFormulaVal"
        return np.asarray(
            self.booster_.predict(self._pool(matrix), prediction_type=kind, thread_count=self.n_jobs or -1)
        )

    def _gain(self) -> np.ndarray:
        return np.asarray(self.booster_.get_feature_importance(type="PredictionValuesChange"))

    def _to_bytes(self, booster: Any) -> bytes:
        return bytes(booster._serialize_model())

    def _from_bytes(self, data: bytes) -> Any:
        model = catboost.CatBoost()
        model.load_model(blob=data)
        return model


class CatBoostClassifier(TableClassifier, _CatBoost):
    """Classes by CatBoost, on tables as they are.

    Parameters
    ----------
    iterations : int, default 1000
        Most boosting rounds.
    learning_rate, depth, l2_leaf_reg, random_strength
        CatBoost's own.
    one_hot_max_size : int, default 255
        CatBoost's own. Columns with many categories arrive as means of the target already; CatBoost's own
        statistics of the rest score no better and take up to twenty times as long with several classes.
    early_stopping_rounds : int or None, default 50
        Rounds without a better score on the validation rows after which to stop.
    validation_fraction : float, default 0.1
        Share of the rows set aside for that, if the caller brings no validation rows.
    random_state : int or None, default 0
        Seed; None is 0.
    n_jobs : int, optional
        Threads; all cores if not given.
    device : str, default 'cpu'
        Only ``cpu``.
    **params
        Any other parameter of CatBoost.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"color": ["red", "blue"] * 30, "size": range(60)})
    >>> model = CatBoostClassifier(iterations=20, n_jobs=1).fit(table, ["warm", "cold"] * 30)
    >>> model.predict(pd.DataFrame({"size": [3], "color": ["blue"]})).tolist()
    ['cold']
    """


class CatBoostRegressor(TableRegressor, _CatBoost):
    """Numbers by CatBoost, on tables as they are; parameters as in `CatBoostClassifier`."""
