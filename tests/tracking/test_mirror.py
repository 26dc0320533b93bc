import json
import subprocess
import sys

import pytest

from modelyard.core.common.errors import Unavailable
from modelyard.core.tracking.mirror_queries import MAX_ATTEMPTS
from tests.databases import on_each_database
from tests.tracking.conftest import BANK, SIGNATURE


@pytest.fixture
def model_key(artifacts, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    return artifacts.put_folder(folder).key


@pytest.fixture
def client(mirror):
    from mlflow import MlflowClient

    return MlflowClient(mirror.mlflow_url, mirror.mlflow_url)


def runs_of(client, kind):
    experiments = [each.experiment_id for each in client.search_experiments()]
    return client.search_runs(experiments, f"tags.`modelyard.{kind}_id` LIKE '%'", order_by=["start_time"])


@on_each_database
def test_a_finished_run_is_mirrored_with_all_that_is_known(lab, mirror, client):
    job_id = lab.job()
    run = lab.run(job_id=job_id)
    lab.clock.move(1)
    first = lab.trial(run, 0, 0.5, kind="baseline", estimator="dummy", folds=[0.5, 0.5])
    second = lab.trial(
        run,
        1,
        0.75,
        score_std=0.05,
        folds=[0.7, 0.8],
        metrics={"accuracy": 0.9},
        fit_seconds=2.5,
        predict_ms_per_row=0.1,
    )
    failed = lab.tracker.fail_trial(lab.trial(run, 2).id, {"code": "error", "what": "It burst."})
    lab.tracker.update_run(run.id, rows_used=90, warnings=["Few rows."])
    lab.end_job(job_id, "succeeded", ended_at=lab.clock.now())
    assert mirror.pending() == 5
    assert mirror.run_until_idle() == 5
    assert (mirror.pending(), mirror.failures()) == (0, {})

    (parent,) = runs_of(client, "run")
    trials = {each.data.tags["modelyard.trial_id"]: each for each in runs_of(client, "trial")}
    assert set(trials) == {first.id, second.id, failed.id}
    assert {each.data.tags["mlflow.parentRunId"] for each in trials.values()} == {parent.info.run_id}
    assert client.get_experiment(parent.info.experiment_id).name == "bank: deposit"

    assert (parent.info.status, parent.info.run_name) == ("FINISHED", "bank: deposit 1")
    assert parent.info.end_time == lab.clock.now().timestamp() * 1000
    assert parent.data.params == {"random_state": "0", "budget_s": "60"}
    assert parent.data.metrics == {"best_roc_auc": 0.75}
    tags = parent.data.tags
    assert (tags["modelyard.dataset_version"], tags["modelyard.dataset_hash"]) == ("7", "ab" * 32)
    assert (tags["modelyard.rows_used"], tags["modelyard.warnings"], tags["mlflow.user"]) == ("90", "Few rows.", "ada")
    assert parent.inputs.dataset_inputs[0].dataset.name == "bank/7"

    mirrored = trials[second.id]
    assert (mirrored.info.status, mirrored.info.run_name) == ("FINISHED", "1 Lightgbm")
    assert mirrored.data.params == {"learning_rate": "0.1", "max_depth": "None"}
    assert mirrored.data.metrics == {
        "roc_auc": 0.75,
        "roc_auc_std": 0.05,
        "roc_auc_fold": 0.8,
        "accuracy": 0.9,
        "fit_seconds": 2.5,
        "predict_ms_per_row": 0.1,
    }
    folds = client.get_metric_history(mirrored.info.run_id, "roc_auc_fold")
    assert sorted((each.step, each.value) for each in folds) == [(0, 0.7), (1, 0.8)]
    assert (mirrored.data.tags["modelyard.random_state"], mirrored.data.tags["modelyard.kind"]) == ("0", "search")
    assert trials[failed.id].info.status == "FAILED"
    assert trials[failed.id].data.tags["modelyard.error"] == "It burst."


@on_each_database
def test_a_run_is_followed_from_the_queue_to_its_end(lab, mirror, client):
    job_id = lab.job("queued")
    run = lab.run(job_id=job_id)
    seen = []
    for state in ("queued", "running", "cancelled"):
        lab.end_job(job_id, state, ended_at=lab.clock.now() if state == "cancelled" else None)
        mirror.run_until_idle()
        (parent,) = runs_of(client, "run")
        seen.append((parent.info.status, parent.info.end_time is not None))
        if state == "running":
            lab.trial(run, 0)
            assert mirror.pending() == 0  # a trial is mirrored when it has ended
    assert seen == [("SCHEDULED", False), ("RUNNING", False), ("KILLED", True)]
    assert [each.info.status for each in runs_of(client, "trial")] == ["KILLED"]
    assert mirror.run_until_idle() == 0


@on_each_database
def test_what_a_lost_job_left_running_is_settled(lab, mirror, client):
    job_id = lab.job()
    run = lab.run(job_id=job_id)
    trial = lab.trial(run, 0)
    mirror.run_until_idle()
    lab.clock.move(60)
    lab.end_job(job_id, "lost", ended_at=lab.clock.now())
    assert mirror.pending() == 2
    seen = lab.tracker.trial(trial.id)
    mirror.run_until_idle()
    assert lab.tracker.trial(trial.id) == seen
    assert (seen.state, seen.ended_at) == ("stopped", lab.clock.now())
    assert [each.info.status for each in runs_of(client, "trial") + runs_of(client, "run")] == ["KILLED", "KILLED"]
    assert mirror.pending() == 0


@on_each_database
def test_the_best_score_is_followed(lab, mirror, client):
    run = lab.run()
    for number, score in enumerate([0.5, 0.4, 0.9]):
        lab.clock.move(1)
        lab.trial(run, number, score)
        mirror.run_until_idle()
    (parent,) = runs_of(client, "run")
    history = client.get_metric_history(parent.info.run_id, "best_roc_auc")
    assert [(each.step, each.value) for each in history] == [(0, 0.5), (2, 0.9)]


@on_each_database
def test_versions_and_aliases_follow_the_registry(lab, mirror, client, model_key):
    trial = lab.trial(lab.run(), 0, 0.9, model_key=model_key)

    def register(**options):
        return lab.tracker.register("bank", trial.id, signature=SIGNATURE, actor="ada", **options)

    def aliases():
        mirror.run_until_idle()
        return {alias: str(number) for alias, number in client.get_registered_model("bank").aliases.items()}

    first = register(alias="champion", description="First")
    assert aliases() == {"champion": "1"}
    register()
    lab.tracker.set_alias("bank", "champion", 2, actor="grace")
    lab.tracker.set_alias("bank", "challenger", 1, actor="grace")
    assert aliases() == {"champion": "2", "challenger": "1"}
    lab.tracker.delete_alias("bank", "challenger", actor="grace")
    lab.tracker.describe_model("bank", "Who deposits?", actor="ada")
    assert aliases() == {"champion": "2"}
    assert client.get_registered_model("bank").description == "Who deposits?"
    version = client.get_model_version("bank", "1")
    assert (version.description, version.tags["modelyard.version_id"]) == ("First", first.id)
    assert client.get_run(version.run_id).data.tags["modelyard.trial_id"] == trial.id
    assert len(client.search_model_versions("name = 'bank'")) == 2
    assert (mirror.pending(), mirror.failures()) == (0, {})


@on_each_database
def test_what_cannot_be_written_holds_up_nothing_else(lab, open_mirror, client, model_key):
    missing = lab.trial(lab.run(), 0, 0.9, model_key="ab" * 32 + ".zip")
    good = lab.trial(lab.run(), 0, 0.9, model_key=model_key)
    bad = lab.tracker.register("bad", missing.id, signature={}, actor="ada", alias="champion")
    lab.tracker.register("good", good.id, signature={}, actor="ada", alias="champion")
    for attempt in range(MAX_ATTEMPTS):
        with open_mirror() as mirror:
            mirror.run_until_idle(batch=1)
            assert mirror.pending() == (2 if attempt < MAX_ATTEMPTS - 1 else 0)
    assert client.get_model_version_by_alias("good", "champion").version == 1
    assert "is missing" in mirror.failures()[bad.id]
    assert "champion points to is not in MLflow yet" in mirror.failures()[bad.model_id]
    mirror.retry()
    assert mirror.pending() == 2


@on_each_database
def test_one_process_writes_at_a_time(lab, open_mirror):
    lab.experiment()
    first, second = open_mirror(), open_mirror()
    first.step()
    with pytest.raises(Unavailable, match="Another process is writing to MLflow"):
        second.step()
    assert second.pending() == 0
    first.close()
    assert second.step() == 0


@on_each_database
def test_an_experiment_that_mlflow_has_itself(lab, mirror, client):
    lab.run("Default")
    mirror.run_until_idle()
    (parent,) = runs_of(client, "run")
    assert parent.info.experiment_id == "0"
    assert client.get_experiment("0").tags["modelyard.target"] == "deposit"


@on_each_database
def test_a_change_while_it_is_written_stays_pending(lab, mirror, client, monkeypatch):
    run = lab.run()
    mirror.run_until_idle()
    lab.tracker.update_run(run.id, folds=5)
    log_batch = type(client).log_batch

    def change_meanwhile(*args, **kwargs):
        monkeypatch.undo()
        lab.tracker.update_run(run.id, folds=6)
        return log_batch(*args, **kwargs)

    monkeypatch.setattr(type(client), "log_batch", change_meanwhile)
    assert mirror.step() == 1
    assert (mirror.pending(), runs_of(client, "run")[0].data.tags["modelyard.folds"]) == (1, "5")
    mirror.run_until_idle()
    assert (mirror.pending(), runs_of(client, "run")[0].data.tags["modelyard.folds"]) == (0, "6")


def test_killed_after_any_step_it_still_writes_everything_once(lab, model_key, empty_mlflow, tmp_path):
    job_id = lab.job()
    run = lab.run(job_id=job_id)
    trial = lab.trial(run, 0, 0.75, score_std=0.05, folds=[0.7, 0.8], metrics={"accuracy": 0.9}, model_key=model_key)
    lab.trial(run, 1)
    lab.end_job(job_id, "lost", ended_at=lab.clock.now())
    lab.tracker.register("bank", trial.id, signature=SIGNATURE, actor="ada", alias="champion")
    lab.database.close()
    (tmp_path / "origin").mkdir()
    for name in ("modelyard.db", "artifacts"):
        (tmp_path / name).rename(tmp_path / "origin" / name)

    done = subprocess.run(
        [sys.executable, "-m", "tests.tracking.killed_mirror", tmp_path / "origin", tmp_path / "scratch", empty_mlflow],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result = json.loads(done.stdout.splitlines()[-1])
    expected = result["expected"]
    assert (expected.pop("left"), expected.pop("models"), expected.pop("temporary")) == ([0, {}], 1, "mver")
    assert sorted(key.split()[0] for key in expected) == [
        "experiment",
        "experiment",
        "model",
        "run",
        "run",
        "run",
        "version",
    ]
    assert set(expected.values()) == {1}
    assert result["different"] == {}
    assert result["kills"] > 20


@on_each_database
def test_values_that_are_too_long_for_mlflow_are_cut(lab, mirror, client):
    long = [f"column {number}" for number in range(3000)]
    run = lab.tracker.start_run(
        lab.experiment().id, dataset=BANK, spec={"excluded": long, **dict.fromkeys(long[:150], 1)}, actor="ada"
    )
    lab.tracker.update_run(run.id, metric="rmse", greater_is_better=False, warnings=long, dropped=long)
    lab.tracker.finish_trial(
        lab.tracker.start_trial(run.id, 0, "x" * 50, {"p" * 20: "v" * 9000}, "search", title="t" * 300).id, score=1.0
    )
    mirror.run_until_idle()
    assert (mirror.pending(), mirror.failures()) == (0, {})
    (parent,) = runs_of(client, "run")
    assert len(parent.data.params) == 151
    assert parent.data.params["excluded"].startswith("column 0, column 1")
