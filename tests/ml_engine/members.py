"""Every estimator there is, small enough for a test."""

from __future__ import annotations

from typing import Any

from modelyard.core.ml_engine.registry import ESTIMATORS, estimator_spec
from modelyard.core.ml_engine.task import Task

NAMES = ESTIMATORS.names()
ROUNDS = 12


def make(name: str, task: Task | str, **params: Any) -> Any:
    """Return an unfitted member with few rounds and one thread."""
    spec = estimator_spec(name)
    if spec.rounds_parameter:
        params = {spec.rounds_parameter: ROUNDS, "learning_rate": 0.3, **params}
    return spec.make(task, params, random_state=3, n_jobs=1)
