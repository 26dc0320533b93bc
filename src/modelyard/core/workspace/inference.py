"""Stored models at work; only where predictions are made is this imported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modelyard.core.ml_engine.persistence import load_model
from modelyard.core.ml_engine.signature import Signature
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.workspace.predictions import Prediction

MODELS_IN_MEMORY = 8


def load(artifacts: ArtifactStore, model_key: str) -> tuple[Any, Signature]:
    """Return a stored model and its signature; checked against its hash when it is first unpacked.

    Raises
    ------
    NotFound, Integrity
        If it is gone, or is not what was stored.
    """
    return _load(artifacts.unpack(model_key))


@lru_cache(MODELS_IN_MEMORY)
def _load(folder: Path) -> tuple[Any, Signature]:
    signature = Signature.from_json(json.loads((folder / "signature.json").read_text()))
    return load_model(folder), signature


def predict_frame(model: Any, signature: Signature, rows: Any, *, probabilities: bool = False) -> pd.DataFrame:
    """Return predictions, one row each.

    Parameters
    ----------
    rows : DataFrame or list of dict
        With the columns of the signature, in any order; others are ignored.
    probabilities : bool
        Whether to add a column for each class.

    Returns
    -------
    DataFrame
        With a column ``prediction``, and ``probability of <class>`` for each class.
    """
    frame = signature.coerce(rows)
    if not probabilities or not hasattr(model, "classes_"):
        return pd.DataFrame({"prediction": model.predict(frame)}, index=frame.index)
    shares = model.predict_proba(frame)
    found = pd.DataFrame({"prediction": model.classes_[np.argmax(shares, axis=1)]}, index=frame.index)
    for position, name in enumerate(model.classes_):
        found[f"probability of {name}"] = shares[:, position]
    return found


def predict_row(model: Any, signature: Signature, row: Mapping[str, Any]) -> Prediction:
    """Return what the model says of one row; columns that are left out count as missing."""
    full = {column.name: row.get(column.name) for column in signature.columns}
    frame = signature.coerce([full])
    if not signature.task.is_classification:
        return Prediction(float(model.predict(frame)[0]))
    shares = model.predict_proba(frame)[0]
    order = np.argsort(-shares, kind="stable")
    classes = [_plain(each) for each in model.classes_]
    return Prediction(classes[order[0]], {str(classes[place]): float(shares[place]) for place in order})


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
