"""Fitted estimators as files: no pickle, and nothing but types that we list ever comes to life.

A model is a folder of ``model.skops`` (structure as JSON, arrays in numpy's format, boosters as the vendor's
bytes) and ``manifest.json`` (versions, the hash of the first, and what the caller adds).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from modelyard.core.common.errors import Integrity, InvalidInput, NotAllowed, NotFound
from modelyard.core.common.types import Json

FORMAT = 1
MODEL_FILE = "model.skops"
MANIFEST_FILE = "manifest.json"
_LIBRARIES = ("modelyard", "numpy", "pandas", "scikit-learn", "skops", "xgboost", "lightgbm", "catboost")

_ENGINE = "modelyard.core.ml_engine"
OUR_TYPES = (
    f"{_ENGINE}.baseline.BaselineClassifier",
    f"{_ENGINE}.baseline.BaselineRegressor",
    f"{_ENGINE}.boosting.catboost.CatBoostClassifier",
    f"{_ENGINE}.boosting.catboost.CatBoostRegressor",
    f"{_ENGINE}.boosting.lightgbm.LightGBMClassifier",
    f"{_ENGINE}.boosting.lightgbm.LightGBMRegressor",
    f"{_ENGINE}.boosting.xgboost.XGBoostClassifier",
    f"{_ENGINE}.boosting.xgboost.XGBoostRegressor",
    f"{_ENGINE}.ensemble.FoldBag",
    f"{_ENGINE}.linear.LinearClassifier",
    f"{_ENGINE}.linear.LinearRegressor",
    f"{_ENGINE}.preprocessing.encoder.TableEncoder",
    f"{_ENGINE}.preprocessing.encoders.CategoryEncoder",
    f"{_ENGINE}.preprocessing.encoders.DateEncoder",
    f"{_ENGINE}.preprocessing.encoders.MeanEncoder",
    f"{_ENGINE}.preprocessing.encoders.NumberEncoder",
    f"{_ENGINE}.preprocessing.encoders.OrderedEncoder",
    f"{_ENGINE}.preprocessing.encoders.RepeatedTextEncoder",
    f"{_ENGINE}.preprocessing.encoders.TextEncoder",
    f"{_ENGINE}.preprocessing.linear_view.LinearView",
    f"{_ENGINE}.preprocessing.tables.Columns",
    f"{_ENGINE}.task.Task",
)
"""Our own types that a model may hold."""

_OTHER_TYPES = (
    "builtins.bool",
    "builtins.bytes",
    "builtins.dict",
    "builtins.float",
    "builtins.int",
    "builtins.list",
    "builtins.slice",
    "builtins.str",
    "builtins.tuple",
    "numpy.bool",
    "numpy.dtype",
    "numpy.float64",
    "numpy.int32",
    "numpy.int64",
    "numpy.ndarray",
    "numpy.random.mtrand.RandomState",
    "scipy.sparse._csr.csr_matrix",
    "sklearn.compose._column_transformer.ColumnTransformer",
    "sklearn.decomposition._truncated_svd.TruncatedSVD",
    "sklearn.feature_extraction.text.TfidfTransformer",
    "sklearn.feature_extraction.text.TfidfVectorizer",
    "sklearn.impute._base.MissingIndicator",
    "sklearn.impute._base.SimpleImputer",
    "sklearn.linear_model._logistic.LogisticRegression",
    "sklearn.linear_model._ridge.Ridge",
    "sklearn.pipeline.Pipeline",
    "sklearn.preprocessing._data.QuantileTransformer",
    "sklearn.preprocessing._data.StandardScaler",
    "sklearn.preprocessing._encoders.OneHotEncoder",
)
ALLOWED_TYPES = frozenset(OUR_TYPES) | frozenset(_OTHER_TYPES)
"""Every type that a model file may name. It is ours: nothing in a file can widen it."""

ALLOWED_LOADERS = frozenset(
    {"DictNode", "ListNode", "TupleNode", "JsonNode", "BytesNode", "SliceNode", "TypeNode", "NdArrayNode"}
    | {"DTypeNode", "RandomStateNode", "SparseMatrixNode", "ObjectNode", "CachedNode"}
)
"""What skops may do with them: build values, never call functions."""


def save_model(estimator: Any, folder: Path | str, info: Json | None = None) -> None:
    """Write a fitted estimator into a folder.

    Parameters
    ----------
    estimator : TableEstimator
        Fitted.
    folder : Path or str
        Made if it does not exist; a model in it is replaced.
    info : dict, optional
        JSON-ready facts to keep in the manifest.

    Raises
    ------
    InvalidInput
        If the estimator holds a type that `load_model` would refuse.

    Examples
    --------
    >>> import tempfile
    >>> from modelyard.core.ml_engine import BaselineRegressor
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(BaselineRegressor().fit([[1], [2]], [3.0, 5.0]), folder, {"name": "mean"})
    ...     load_model(folder).predict([[9]]).tolist()
    [4.0]
    """
    import skops.io

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        data: bytes = skops.io.dumps(estimator, compression=zipfile.ZIP_DEFLATED)
    except skops.io.exceptions.UnsupportedTypeException as error:
        raise InvalidInput(f"{type(estimator).__name__} cannot be saved: {error}") from error
    foreign = _foreign_types(data)
    if foreign:
        raise InvalidInput(
            f"{type(estimator).__name__} cannot be saved: it holds {', '.join(foreign)}.",
            remedy="Save an estimator of this package.",
        )
    manifest = {
        "format": FORMAT,
        "estimator": f"{type(estimator).__module__}.{type(estimator).__qualname__}",
        "versions": {name: _version(name) for name in _LIBRARIES},
        "files": {MODEL_FILE: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}},
        "info": info or {},
    }
    _write(folder / MODEL_FILE, data)
    _write(folder / MANIFEST_FILE, json.dumps(manifest, indent=2, sort_keys=True).encode())


def load_model(folder: Path | str) -> Any:
    """Return the estimator that `save_model` wrote.

    Raises
    ------
    NotFound
        If there is no model in the folder.
    Integrity
        If the file is not the one that was written, or cannot be read.
    NotAllowed
        If it names a type that no model of ours holds; nothing of it was run.
    InvalidInput
        If a later version wrote it.
    """
    import skops.io

    manifest = read_manifest(folder)
    try:
        data = (Path(folder) / MODEL_FILE).read_bytes()
        expected = manifest["files"][MODEL_FILE]["sha256"]
    except (OSError, KeyError, TypeError) as error:
        raise Integrity("The model's file is missing or not described.", where=str(folder)) from error
    if hashlib.sha256(data).hexdigest() != expected:
        raise Integrity(
            "The model's file is not the one that was written.", where=str(folder), remedy="Restore it from a backup."
        )
    foreign = _foreign_types(data, where=str(folder))
    if foreign:
        raise NotAllowed(
            f"The model names types that are not allowed: {', '.join(foreign)}.",
            where=str(folder),
            remedy="Load only models that were saved by this package.",
        )
    return skops.io.loads(data, trusted=sorted(ALLOWED_TYPES))


def read_manifest(folder: Path | str) -> Json:
    """Return what is known of a model without loading it.

    Raises
    ------
    NotFound
        If there is no model in the folder.
    Integrity, InvalidInput
        If the manifest cannot be read, or a later version wrote it.
    """
    path = Path(folder) / MANIFEST_FILE
    try:
        manifest: Json = json.loads(path.read_bytes())
        written = int(manifest["format"])
    except FileNotFoundError:
        raise NotFound("There is no model here.", where=str(folder)) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Integrity("The model's manifest cannot be read.", where=str(path)) from error
    if written > FORMAT:
        raise InvalidInput(
            f"The model has format {written}; this version reads up to {FORMAT}.",
            where=str(folder),
            remedy="Upgrade modelyard.",
        )
    return manifest


def _foreign_types(data: bytes, where: str = "model") -> list[str]:
    """Return what a file names beyond what is allowed: types, and ways of loading them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            schema = json.loads(archive.read("schema.json"))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Integrity("The model's file is no model of this package.", where=where) from error
    found: set[str] = set()
    todo = [schema]
    while todo:
        node = todo.pop()
        if isinstance(node, list):
            todo += node
        elif isinstance(node, dict):
            todo += node.values()
            if "__loader__" in node:
                found |= _named(node)
    return sorted(found)


def _named(node: Json) -> set[str]:
    loader, name = str(node["__loader__"]), f"{node.get('__module__')}.{node.get('__class__')}"
    if loader == "TypeNode" and not name.startswith(("builtins.", "numpy.")):  # a class in place of its instance
        return {f"{name} by {loader}"}
    return ({name} - ALLOWED_TYPES) | (set() if loader in ALLOWED_LOADERS else {f"{name} by {loader}"})


def _version(library: str) -> str | None:
    try:
        return version(library)
    except ModuleNotFoundError:  # PackageNotFoundError
        return None


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(data)
    os.replace(temporary, path)
