"""Estimators for tables, alone: no store, no job, no tracking.

    from modelyard.core.ml_engine import XGBoostClassifier

Importing this package imports no library; each name brings its own when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "BaselineClassifier": "baseline",
    "BaselineRegressor": "baseline",
    "CatBoostClassifier": "boosting.catboost",
    "CatBoostRegressor": "boosting.catboost",
    "ESTIMATORS": "registry",
    "Encoded": "preprocessing",
    "EstimatorSpec": "specs",
    "LightGBMClassifier": "boosting.lightgbm",
    "LightGBMRegressor": "boosting.lightgbm",
    "LinearClassifier": "linear",
    "LinearRegressor": "linear",
    "METRICS": "evaluation",
    "Metric": "evaluation",
    "Monitor": "base",
    "Outputs": "evaluation",
    "ParamSpec": "specs",
    "Signature": "signature",
    "Structure": "validation",
    "TableEncoder": "preprocessing",
    "Task": "task",
    "XGBoostClassifier": "boosting.xgboost",
    "XGBoostRegressor": "boosting.xgboost",
    "all_scores": "evaluation",
    "check_target": "task",
    "default_metric": "evaluation",
    "estimator_spec": "registry",
    "folds": "validation",
    "holdout": "validation",
    "infer_task": "task",
    "load_model": "persistence",
    "metric": "evaluation",
    "metrics_for": "evaluation",
    "save_model": "persistence",
    "score": "evaluation",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
