"""Registered models at work."""

import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest

from modelyard.core.common.errors import Conflict, Integrity, InvalidInput, NotFound


def test_a_model_knows_where_it_comes_from(ready):
    model = ready.models.get("flights-late@champion")
    assert (model.name, model.version, model.aliases) == ("flights-late", 1, ("champion",))
    assert model.info.dataset.version_id == ready.datasets.get("flights").version.id
    assert model.info.run_id == ready.experiments.runs().items[0].id
    assert model.scores["roc_auc"] == pytest.approx(model.info.score)
    assert next(iter(model.importance().values())) == max(model.importance().values())
    assert "late" not in [column.name for column in model.signature.columns]


def test_aliases_move(ready):
    run = ready.experiments.run(ready.experiments.runs().items[0].id)
    second = run.best.register("flights-late")
    assert second.version == 2
    assert ready.models.set_alias("flights-late", "champion", 2).version == 2
    assert ready.models.get("flights-late@champion").version == 2
    assert ready.models.get("flights-late/1").aliases == ()
    ready.models.delete_alias("flights-late", "champion")
    with pytest.raises(NotFound, match="has no alias 'champion'"):
        ready.models.get("flights-late@champion")
    assert ready.models.versions("flights-late").total == 2


def test_rows_and_one_row(ready):
    model = ready.models.get("flights-late")
    rows = ready.datasets.get("flights").to_pandas(20)
    found = model.predict(rows[rows.columns[::-1]], probabilities=True)
    assert list(found.columns) == ["prediction", "probability of no", "probability of yes"]
    assert found.filter(like="probability").sum(axis=1).to_numpy() == pytest.approx(1)
    one = model.predict_one(rows.iloc[0].to_dict())
    assert one.value == found.prediction.iloc[0]
    assert sum(one.probabilities.values()) == pytest.approx(1)
    by_job = ready.models.predict_row("flights-late", {"carrier": "UA", "distance": "937"}).result(timeout=60)
    assert by_job == model.predict_one({"carrier": "UA", "distance": "937"})


def test_what_a_row_cannot_hold_is_said(ready):
    model = ready.models.get("flights-late")
    with pytest.raises(InvalidInput, match="distance"):
        model.predict_one({"distance": "far"})
    with pytest.raises(InvalidInput, match="carrier"):
        model.predict(pd.DataFrame({"distance": [1.0]}))


def test_a_file_comes_back_with_predictions(ready, flights_file, tmp_path):
    path = ready.models.predict_file("flights-late@champion", flights_file, tmp_path / "out.csv")
    frame = pd.read_csv(path)
    assert len(frame) == 6000
    assert set(frame.prediction) <= {"yes", "no"}
    assert frame["probability of yes"].between(0, 1).all()
    assert frame.carrier.equals(pd.read_csv(flights_file).carrier)
    dataset = ready.datasets.get("flights")
    other = ready.models.predict_file("flights-late", dataset, tmp_path / "out.parquet")
    assert pq.read_table(other)["prediction"].to_pylist() == frame.prediction.tolist()


def test_a_received_file_is_predicted(ready, flights_file):
    with ready.datasets.uploads.receive("new.csv") as (upload_id, file):
        file.write(b"\n".join(flights_file.read_bytes().splitlines()[:11]))
    handle = ready.models.predict_upload("flights-late", upload_id)
    assert len(pd.read_csv(handle.result(timeout=60))) == 10
    assert ready.models.prediction_file(handle.id).suffix == ".csv"


def test_a_file_without_the_columns_is_refused(ready, tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(InvalidInput, match="carrier"):
        ready.models.predict_file("flights-late", tmp_path / "other.csv", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_trial_without_a_model_cannot_be_registered(ready):
    run = ready.experiments.run(ready.experiments.runs().items[0].id)
    trial = ready.tracker.start_trial(run.id, 99, "linear", {}, "search")
    ready.tracker.finish_trial(trial.id, score=0.1)
    with pytest.raises(Conflict, match="has no stored model"):
        run.candidate(99).register("x")


@pytest.mark.parametrize("ref", ["flights", "flights-late/9", "flights-late@hero"])
def test_a_model_that_is_not_there(ready, ref):
    with pytest.raises(NotFound, match="flights-late"):
        ready.models.get(ref)


def test_a_changed_model_file_is_not_loaded(ready):
    version = ready.models.get("flights-late").info
    path = ready.artifacts.path(version.model_key)
    path.write_bytes(path.read_bytes() + b"x")
    shutil.rmtree(ready.artifacts.root / "unpacked")
    with pytest.raises(Integrity, match="was changed after it was written"):
        ready.models.get("flights-late").predict(pd.DataFrame({"distance": [1.0]}))
    with pytest.raises(Integrity, match="was changed after it was written"):
        ready.models.predict_row("flights-late", {}).result(timeout=60)
