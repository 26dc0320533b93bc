"""Models as files: exact, checked, and never a way in."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer

from modelyard.core.common.errors import Integrity, InvalidInput, NotAllowed, NotFound
from modelyard.core.ml_engine.baseline import BaselineRegressor
from modelyard.core.ml_engine.ensemble import FoldBag
from modelyard.core.ml_engine.persistence import (
    ALLOWED_LOADERS,
    ALLOWED_TYPES,
    MANIFEST_FILE,
    MODEL_FILE,
    load_model,
    read_manifest,
    save_model,
)
from tests.ml_engine.members import make
from tests.ml_engine.tables import messy, target


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save_model(BaselineRegressor().fit([[1], [2]], [3.0, 5.0]), tmp_path, {"run": "run_1"})
    return tmp_path


def forge(folder: Path, data: bytes) -> None:
    """Put other bytes in place of the model, with the hash that goes with them."""
    (folder / MODEL_FILE).write_bytes(data)
    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    manifest["files"][MODEL_FILE]["sha256"] = hashlib.sha256(data).hexdigest()
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest))


def rewrite(data: bytes, change: Any) -> bytes:
    """Return a skops file with another schema."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "schema.json":
                schema = json.loads(content)
                change(schema)
                content = json.dumps(schema).encode()
            new.writestr(name, content)
    return out.getvalue()


class Burglar:
    """Runs code when it is unpickled, or brought to life by skops."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path(self.path),))

    def __setstate__(self, state: dict[str, Any]) -> None:
        Path(state["path"]).touch()


def test_the_manifest_says_what_is_inside(saved: Path) -> None:
    manifest = read_manifest(saved)
    assert manifest["format"] == 1
    assert manifest["estimator"] == "modelyard.core.ml_engine.baseline.BaselineRegressor"
    assert manifest["info"] == {"run": "run_1"}
    assert manifest["versions"]["scikit-learn"]
    assert sorted(path.name for path in saved.iterdir()) == [MANIFEST_FILE, MODEL_FILE]


def test_a_bag_of_fold_models(tmp_path: Path) -> None:
    table = messy()
    y = target(table, "multiclass")
    bag = FoldBag([make(name, "multiclass").fit(table, y) for name in ("linear", "lightgbm", "catboost")])
    save_model(bag, tmp_path)
    back = load_model(tmp_path)
    assert np.array_equal(back.predict_proba(table), bag.predict_proba(table))
    assert back.importance_ == bag.importance_


def test_a_pickle_never_runs(saved: Path) -> None:
    forge(saved, pickle.dumps(Burglar(saved / "open")))
    with pytest.raises(Integrity, match="no model of this package"):
        load_model(saved)
    assert not (saved / "open").exists()


def test_a_foreign_type_never_comes_to_life(saved: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(Burglar, "__reduce__")
        data = skops.io.dumps(Burglar(saved / "open"))
    forge(saved, data)
    with pytest.raises(NotAllowed, match=r"test_persistence\.Burglar"):
        load_model(saved)
    assert not (saved / "open").exists()


@pytest.mark.parametrize("payload", [FunctionTransformer(np.exp), FunctionTransformer(), {"f": np.exp}, str.upper])
def test_functions_are_not_allowed_either(saved: Path, payload: Any) -> None:
    forge(saved, skops.io.dumps(payload))
    with pytest.raises(NotAllowed, match="not allowed"):
        load_model(saved)


def test_a_file_cannot_widen_the_list(saved: Path) -> None:
    def trust_all(schema: dict[str, Any]) -> None:
        schema["trusted"] = ["os.system"]
        schema["content"]["extra"] = {
            "__loader__": "FunctionNode",
            "__module__": "os",
            "__class__": "system",
            "content": {},
        }

    forge(saved, rewrite((saved / MODEL_FILE).read_bytes(), trust_all))
    with pytest.raises(NotAllowed, match=r"os\.system"):
        load_model(saved)


def test_an_allowed_type_through_another_loader_is_refused(saved: Path) -> None:
    def change(schema: dict[str, Any]) -> None:
        schema["__loader__"] = "MethodNode"

    forge(saved, rewrite((saved / MODEL_FILE).read_bytes(), change))
    with pytest.raises(NotAllowed, match="BaselineRegressor by MethodNode"):
        load_model(saved)


def test_the_list_holds_no_way_to_call_a_function() -> None:
    assert not any(
        name.startswith(("os.", "subprocess.", "builtins.eval", "builtins.getattr")) for name in ALLOWED_TYPES
    )
    assert ALLOWED_LOADERS.isdisjoint({"FunctionNode", "MethodNode", "PartialNode", "OperatorFuncNode", "ReduceNode"})


def test_changed_bytes_are_noticed(saved: Path) -> None:
    data = bytearray((saved / MODEL_FILE).read_bytes())
    data[len(data) // 2] ^= 1
    (saved / MODEL_FILE).write_bytes(bytes(data))
    with pytest.raises(Integrity, match="not the one that was written"):
        load_model(saved)


def test_what_is_missing_or_unreadable(saved: Path) -> None:
    with pytest.raises(NotFound, match="no model here"):
        load_model(saved / "nowhere")
    (saved / MODEL_FILE).unlink()
    with pytest.raises(Integrity, match="missing"):
        load_model(saved)
    (saved / MANIFEST_FILE).write_text("{")
    with pytest.raises(Integrity, match="manifest cannot be read"):
        load_model(saved)


def test_a_later_format_is_said(saved: Path) -> None:
    (saved / MANIFEST_FILE).write_text(json.dumps({"format": 99}))
    with pytest.raises(InvalidInput, match=r"format 99; this version reads up to 1.*Upgrade"):
        load_model(saved)


def test_a_foreign_estimator_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"FunctionTransformer cannot be saved: it holds .*numpy"):
        save_model(FunctionTransformer(np.exp), tmp_path)
    with pytest.raises(InvalidInput, match="cannot be saved"):
        save_model(LogisticRegression, tmp_path)
    with pytest.raises(InvalidInput, match="cannot be saved"):
        save_model(open, tmp_path)
    assert list(tmp_path.iterdir()) == []
