import pandas as pd
import pytest

from modelyard.core.common.errors import NotAllowed
from modelyard.core.tracking.mlflow_model import LOADER, _load_pyfunc
from tests.tracking.conftest import SIGNATURE


@pytest.fixture
def frame():
    return pd.DataFrame({"age": range(40), "job": ["cook", "smith"] * 20})


@pytest.fixture
def estimator(frame):
    from modelyard.core.ml_engine import LinearClassifier

    return LinearClassifier().fit(frame, ["no", "yes"] * 20)


@pytest.fixture
def model_key(estimator, artifacts, tmp_path):
    from modelyard.core.ml_engine.persistence import save_model

    save_model(estimator, tmp_path / "model")
    return artifacts.put_folder(tmp_path / "model").key


def test_mlflow_loads_the_champion_and_it_predicts_as_ours_does(lab, mirror, model_key, estimator, frame, monkeypatch):
    trial = lab.trial(lab.run(), 0, 0.9, model_key=model_key)
    lab.tracker.register("bank", trial.id, signature=SIGNATURE, actor="ada", alias="champion")
    mirror.run_until_idle()
    assert mirror.failures() == {}

    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", mirror.mlflow_url)
    loaded = mlflow.pyfunc.load_model("models:/bank@champion")
    assert list(loaded.predict(frame)) == list(estimator.predict(frame))
    assert set(loaded.predict(frame)) == {"no", "yes"}
    saved = sorted(path.name for path in (mirror.artifact_root / "models").glob("*/**/*") if path.is_file())
    assert not [name for name in saved if name.endswith((".pkl", ".pickle"))]


def test_a_loader_that_is_not_ours_is_not_called(tmp_path):
    with pytest.raises(NotAllowed, match="asks to be loaded by 'os:system', which is not part of Modelyard"):
        _load_pyfunc(str(tmp_path), {LOADER: "os:system"})
