"""The estimators as data, and a package that is light until it is used."""

from __future__ import annotations

import inspect
import subprocess
import sys

import numpy as np
import pytest

import modelyard.core.ml_engine as engine
from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.ml_engine.registry import ESTIMATORS, estimator_spec
from modelyard.core.ml_engine.specs import ParamSpec
from modelyard.core.ml_engine.task import Task


@pytest.mark.parametrize("name", ESTIMATORS.names())
@pytest.mark.parametrize("task", list(Task))
def test_a_spec_makes_what_it_says(name: str, task: Task) -> None:
    spec = estimator_spec(name)
    assert spec.name == name
    params = spec.default_params(task, 5_000, 30)
    made = spec.make(task, params, random_state=5, n_jobs=2)
    assert made.get_params().items() >= {**params, "random_state": 5, "n_jobs": 2}.items()
    assert hasattr(made, "predict_proba") is task.is_classification
    assert spec.rounds_parameter is None or spec.rounds_parameter in made.get_params()


@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_every_value_of_the_search_space_works(name: str) -> None:
    spec = estimator_spec(name)
    X = np.random.default_rng(0).normal(size=(60, 3))
    for end in ("low", "high"):
        params = {
            param.name: param.choices[0 if end == "low" else -1] if param.choices else getattr(param, end)
            for param in spec.search_space
        }
        assert set(params) <= set(inspect.signature(type(spec.make(Task.BINARY)).__init__).parameters)
        rounds = {spec.rounds_parameter: 3} if spec.rounds_parameter else {}
        spec.make(Task.BINARY, {**params, **rounds}).fit(X, X[:, 0] > 0)


@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_costs_grow(name: str) -> None:
    spec = estimator_spec(name)
    small, large, classes = spec.cost(1_000, 10), spec.cost(100_000, 50), spec.cost(100_000, 50, 10)
    assert 0 < small <= large <= classes
    assert name == "dummy" or small < large < classes


def test_unknown_names_and_bad_specs() -> None:
    with pytest.raises(NotFound, match=r"There is no estimator 'lightgmb'\. Possible: lightgbm"):
        estimator_spec("lightgmb")
    with pytest.raises(InvalidInput, match="low <= high"):
        ParamSpec("x", "float", 2.0, 1.0)
    with pytest.raises(InvalidInput, match="needs choices"):
        ParamSpec("x", "categorical")
    with pytest.raises(InvalidInput, match="no kind of parameter 'real'"):
        ParamSpec("x", "real", 0.0, 1.0)


def test_every_export_exists() -> None:
    for name in engine.__all__:
        assert getattr(engine, name) is not None
    assert set(engine.__all__) <= set(dir(engine))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        engine.nothing  # noqa: B018


def test_listing_imports_no_library() -> None:
    program = (
        "import sys; from modelyard.core.ml_engine import ESTIMATORS; names = [entry.summary for entry in ESTIMATORS];"
        "print(sorted({'pandas', 'numpy', 'sklearn', 'xgboost', 'lightgbm', 'catboost', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
