"""scikit-learn's own checks, over every estimator and transformer of the engine."""

from __future__ import annotations

from typing import Any

from sklearn.utils.estimator_checks import parametrize_with_checks

from modelyard.core.ml_engine.preprocessing import LinearView, TableEncoder
from modelyard.core.ml_engine.task import Task
from tests.ml_engine.members import NAMES, make

ALL = [make(name, task) for name in NAMES if name != "lightgbm_extra_trees" for task in (Task.BINARY, Task.REGRESSION)]


WEIGHTS = "check_sample_weight_equivalence_on_dense_data"
REASONS = {
    "Linear": "the quantiles and medians that scale the columns are taken of rows, not of weights",
    "LightGBM": "thresholds are quantiles of rows, least rows in a leaf count rows, and rows are sampled",
    "XGBoost": "thresholds are quantiles of rows, and rows are sampled",
    "CatBoost": "thresholds are quantiles of rows, and rows are sampled",
}


def expected_failures(estimator: Any) -> dict[str, str]:
    """Return the checks that an estimator does not pass, each with its reason."""
    name = type(estimator).__name__.removesuffix("Classifier").removesuffix("Regressor")
    return {WEIGHTS: REASONS[name]} if name in REASONS else {}


@parametrize_with_checks([*ALL, TableEncoder(), LinearView()], expected_failed_checks=expected_failures)
def test_scikit_learn_check(estimator: Any, check: Any) -> None:
    check(estimator)
