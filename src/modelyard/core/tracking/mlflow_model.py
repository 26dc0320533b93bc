"""Loads a model of ours where MLflow asks for one; named as the loader module of what the mirror writes."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from modelyard.core.common.errors import NotAllowed

LOADER = "loader"
"""Key of the model's configuration: ``package.module:function`` that loads a folder written by the engine."""

_OURS = "modelyard."


class LoadedModel:
    """What `mlflow.pyfunc.load_model` wraps.

    Parameters
    ----------
    estimator : object
        With a ``predict`` method that takes a table.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Return predictions for a table; `params` is part of MLflow's interface and unused."""
        return self.estimator.predict(model_input)


def _load_pyfunc(path: str, model_config: dict[str, Any]) -> LoadedModel:
    """Load a model; called by MLflow.

    The engine that wrote the model is named in the configuration, since this package does not know it. A name outside
    our own package is refused: it comes from a file.
    """
    target = str(model_config[LOADER])
    if not target.startswith(_OURS):
        raise NotAllowed(f"The model at {path!r} asks to be loaded by {target!r}, which is not part of Modelyard.")
    module, _, function = target.partition(":")
    return LoadedModel(getattr(importlib.import_module(module), function)(Path(path)))
