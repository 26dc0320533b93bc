"""The estimators that there are, known by name without importing any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.core.common.registry import Entry, Registry

if TYPE_CHECKING:
    from modelyard.core.ml_engine.specs import EstimatorSpec

_SPECS = "modelyard.core.ml_engine.specs"

ESTIMATORS = Registry("estimator", group="modelyard.estimators")
"""Each member's implementation is an `EstimatorSpec`."""

for _entry in (
    Entry("dummy", "Predicts the share of each class, or the mean: the line to beat.", f"{_SPECS}:DUMMY"),
    Entry("linear", "Logistic or ridge regression on scaled numbers and one-hot categories.", f"{_SPECS}:LINEAR"),
    Entry("lightgbm", "Gradient boosting with leaf-wise trees: fast and accurate.", f"{_SPECS}:LIGHTGBM", "lightgbm"),
    Entry(
        "lightgbm_extra_trees",
        "LightGBM with random thresholds and few columns a tree: less overfitting on small tables.",
        f"{_SPECS}:LIGHTGBM_EXTRA_TREES",
        "lightgbm",
    ),
    Entry("xgboost", "Gradient boosting with level-wise trees.", f"{_SPECS}:XGBOOST", "xgboost"),
    Entry(
        "catboost",
        "Gradient boosting with symmetric trees: strong on categories, slower to train.",
        f"{_SPECS}:CATBOOST",
        "catboost",
    ),
):
    ESTIMATORS.add(_entry)


def estimator_spec(name: str) -> EstimatorSpec:
    """Return the spec of the estimator called `name`.

    Raises
    ------
    NotFound
        If there is none; the existing names are said.
    MissingExtra
        If its library is not installed.

    Examples
    --------
    >>> estimator_spec("lightgbm").title
    'LightGBM'
    """
    spec: EstimatorSpec = ESTIMATORS.get(name).load()
    return spec
