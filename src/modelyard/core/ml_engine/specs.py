"""What a search may know of each estimator: defaults, parameters to vary, and what a fit costs. Data, no library."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.task import Task

if TYPE_CHECKING:
    from modelyard.core.ml_engine.base import TableEstimator

_ENGINE = "modelyard.core.ml_engine"


@dataclass(frozen=True, slots=True)
class ParamSpec:
    """One parameter that a search may vary.

    Parameters
    ----------
    name : str
        As the estimator's constructor calls it.
    kind : {'float', 'int', 'categorical'}
        How values are drawn.
    low, high : float, optional
        The range, both ends included; for numbers.
    log : bool, default False
        Whether to draw on a logarithmic scale.
    choices : tuple, default ()
        The values; for ``categorical``.
    """

    name: str
    kind: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        numeric = self.kind in ("float", "int")
        if not numeric and self.kind != "categorical":
            possible = ("float", "int", "categorical")
            raise InvalidInput(f"There is no kind of parameter {self.kind!r}.", possible=possible)
        if numeric and (self.low is None or self.high is None or self.low > self.high):
            raise InvalidInput(f"The parameter {self.name!r} needs low <= high.")
        if not numeric and not self.choices:
            raise InvalidInput(f"The parameter {self.name!r} needs choices.")


@dataclass(frozen=True, slots=True)
class EstimatorSpec:
    """What is known of an estimator before it is made.

    Parameters
    ----------
    name, title : str
        For programs and for people.
    classifier, regressor : str
        ``module:class``, imported by `make`.
    search_space : tuple of ParamSpec
        What a search may vary; empty if nothing.
    rounds_parameter : str, optional
        The parameter that counts boosting rounds, if there is one.
    fixed : mapping
        Parameters that make this a variant of its class.
    """

    name: str
    title: str
    classifier: str
    regressor: str
    search_space: tuple[ParamSpec, ...] = ()
    rounds_parameter: str | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    defaults: Callable[[Task, int, int], dict[str, Any]] = lambda task, n_rows, n_features: {}
    seconds: Callable[[int, int, int], float] = lambda n_rows, n_columns, n_classes: 0.01

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks it can do."""
        return tuple(Task)

    def make(
        self,
        task: Task | str,
        params: Mapping[str, Any] | None = None,
        *,
        random_state: int = 0,
        n_jobs: int | None = 1,
    ) -> TableEstimator:
        """Return an unfitted estimator.

        Parameters
        ----------
        task : Task or str
            What is to be learned.
        params : mapping, optional
            Over the spec's own; the vendor's names.
        random_state : int, default 0
            Seed.
        n_jobs : int, default 1
            Threads.
        """
        module, _, name = (self.classifier if Task(task).is_classification else self.regressor).partition(":")
        make = getattr(importlib.import_module(module), name)
        made: TableEstimator = make(random_state=random_state, n_jobs=n_jobs, **{**self.fixed, **(params or {})})
        return made

    def default_params(self, task: Task | str, n_rows: int, n_features: int) -> dict[str, Any]:
        """Return good parameters for a table of this size."""
        return {**self.fixed, **self.defaults(Task(task), n_rows, n_features)}

    def cost(self, n_rows: int, n_columns: int, n_classes: int = 1) -> float:
        """Return a rough guess of the seconds that a fit with `default_params` takes on one core.

        `n_columns` counts the columns after encoding; `n_classes` is 1 for a regression. Within a factor
        of two on half of the tables it was fitted to, of six on nine in ten: good enough to order what to try, not
        to promise an end.
        """
        return max(0.005, self.seconds(n_rows, n_columns, n_classes))


def _seconds(
    classes: float, least: float, each: float, rows: float, columns: float
) -> Callable[[int, int, int], float]:
    """Return a law of cost: powers of classes, rows and columns, fitted to fits of some forty real tables."""

    def seconds(n_rows: int, n_columns: int, n_classes: int) -> float:
        trees = n_classes if n_classes > 2 else 1  # one a round for each class, but one for two
        return float(trees**classes * (least + each * n_rows**rows * n_columns**columns))

    return seconds


def _rate(n_rows: int) -> float:
    """Small tables can afford small steps."""
    return 0.03 if n_rows < 20_000 else 0.06


def _patience(n_rows: int) -> int:
    return 100 if n_rows < 20_000 else 40


def _lightgbm_defaults(task: Task, n_rows: int, n_features: int) -> dict[str, Any]:
    return {
        "n_estimators": 2000,
        "learning_rate": _rate(n_rows),
        "num_leaves": 16 if n_rows < 5_000 else 31 if n_rows < 50_000 else 63,
        "colsample_bytree": 0.6 if n_features >= 10 else 0.9,
        "early_stopping_rounds": _patience(n_rows),
    }


def _extra_trees_defaults(task: Task, n_rows: int, n_features: int) -> dict[str, Any]:
    return {
        **_lightgbm_defaults(task, n_rows, n_features),
        "num_leaves": 16 if n_rows < 20_000 else 48,
        "reg_lambda": 0.5,
    }


def _xgboost_defaults(task: Task, n_rows: int, n_features: int) -> dict[str, Any]:
    return {
        "n_estimators": 2000,
        "learning_rate": _rate(n_rows) * 1.5,
        "max_depth": 5 if n_rows < 5_000 else 7,
        "min_child_weight": 2.0,
        "colsample_bytree": 0.6 if n_features >= 10 else 0.9,
        "early_stopping_rounds": _patience(n_rows),
    }


def _catboost_defaults(task: Task, n_rows: int, n_features: int) -> dict[str, Any]:
    return {
        "iterations": 2000,
        "learning_rate": 0.06 if n_rows < 20_000 else 0.12,
        "depth": 6 if n_rows < 20_000 else 7,
        "early_stopping_rounds": _patience(n_rows) // 2,
    }


_LEAST = ParamSpec("reg_lambda", "float", 1e-3, 30.0, log=True)

DUMMY = EstimatorSpec(
    "dummy",
    "Dummy",
    f"{_ENGINE}.baseline:BaselineClassifier",
    f"{_ENGINE}.baseline:BaselineRegressor",
)

LINEAR = EstimatorSpec(
    "linear",
    "Linear model",
    f"{_ENGINE}.linear:LinearClassifier",
    f"{_ENGINE}.linear:LinearRegressor",
    search_space=(
        ParamSpec("l2", "float", 1e-3, 1e3, log=True),
        ParamSpec("scale", "categorical", choices=("quantile", "standard")),
        ParamSpec("max_categories", "int", 10, 100, log=True),
    ),
    seconds=_seconds(0.74, 0.03, 2.2e-6, 0.8, 1.46),
)

LIGHTGBM = EstimatorSpec(
    "lightgbm",
    "LightGBM",
    f"{_ENGINE}.boosting.lightgbm:LightGBMClassifier",
    f"{_ENGINE}.boosting.lightgbm:LightGBMRegressor",
    search_space=(
        ParamSpec("learning_rate", "float", 0.01, 0.2, log=True),
        ParamSpec("num_leaves", "int", 6, 128, log=True),
        ParamSpec("min_child_samples", "int", 3, 100, log=True),
        ParamSpec("colsample_bytree", "float", 0.3, 1.0),
        ParamSpec("subsample", "float", 0.5, 1.0),
        _LEAST,
        ParamSpec("reg_alpha", "float", 1e-4, 3.0, log=True),
        ParamSpec("extra_trees", "categorical", choices=(False, True)),
    ),
    rounds_parameter="n_estimators",
    defaults=_lightgbm_defaults,
    seconds=_seconds(0.72, 0.15, 4.4e-5, 1.0, 0.47),
)

LIGHTGBM_EXTRA_TREES = EstimatorSpec(
    "lightgbm_extra_trees",
    "LightGBM, extra trees",
    LIGHTGBM.classifier,
    LIGHTGBM.regressor,
    search_space=tuple(param for param in LIGHTGBM.search_space if param.name != "extra_trees"),
    rounds_parameter="n_estimators",
    fixed={"extra_trees": True},
    defaults=_extra_trees_defaults,
    seconds=_seconds(0.82, 0.02, 3.7e-4, 0.87, 0.17),
)

XGBOOST = EstimatorSpec(
    "xgboost",
    "XGBoost",
    f"{_ENGINE}.boosting.xgboost:XGBoostClassifier",
    f"{_ENGINE}.boosting.xgboost:XGBoostRegressor",
    search_space=(
        ParamSpec("learning_rate", "float", 0.01, 0.3, log=True),
        ParamSpec("max_depth", "int", 3, 10),
        ParamSpec("min_child_weight", "float", 0.5, 50.0, log=True),
        ParamSpec("colsample_bytree", "float", 0.3, 1.0),
        ParamSpec("subsample", "float", 0.5, 1.0),
        _LEAST,
        ParamSpec("reg_alpha", "float", 1e-4, 3.0, log=True),
    ),
    rounds_parameter="n_estimators",
    defaults=_xgboost_defaults,
    seconds=_seconds(0.5, 0.05, 1e-4, 0.85, 0.75),
)

CATBOOST = EstimatorSpec(
    "catboost",
    "CatBoost",
    f"{_ENGINE}.boosting.catboost:CatBoostClassifier",
    f"{_ENGINE}.boosting.catboost:CatBoostRegressor",
    search_space=(
        ParamSpec("learning_rate", "float", 0.02, 0.3, log=True),
        ParamSpec("depth", "int", 4, 8),
        ParamSpec("l2_leaf_reg", "float", 0.5, 30.0, log=True),
        ParamSpec("random_strength", "float", 0.1, 10.0, log=True),
    ),
    rounds_parameter="iterations",
    defaults=_catboost_defaults,
    seconds=_seconds(1.4, 0.05, 1.7e-4, 0.75, 0.98),
)
