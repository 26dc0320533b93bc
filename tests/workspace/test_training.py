"""Training, recorded: in jobs, on the leaderboard, in MLflow."""

import pytest

from modelyard.core.common.errors import Conflict, InvalidInput, JobCancelled, NotFound
from tests.waiting import until


def test_a_finished_run_tells_everything(ready):
    info = ready.experiments.runs().items[0]
    run = ready.experiments.run(info.id)
    assert (info.state, info.task, info.metric) == ("succeeded", "binary", "roc_auc")
    assert info.n_trials == len(run.trials()) >= 3
    assert info.created_by == "ada"
    assert info.dataset.version_hash == ready.datasets.get("flights").version.hash
    assert info.facts["rows_used"] + info.facts["rows_dropped"] == 6000
    board = run.leaderboard()
    scores = [row.trial.score for row in board.rows]
    assert scores == sorted(scores, reverse=True)
    assert {row.trial.estimator for row in board.rows if row.baseline} == {"dummy", "linear"}
    assert board.rows[0].trial.score > 0.6
    assert sum(run.best.importance().values()) == pytest.approx(1)
    assert any("have no target" in warning for warning in run.warnings)
    assert ready.experiments.list().items[0].name == "flights: late"


def test_the_same_seed_and_trials_give_the_same_models(ready, tmp_path):
    (tmp_path / "small.csv").write_text("x,z,y\n" + "".join(f"{n % 7},{n % 5},{n % 7 + n % 3}\n" for n in range(300)))
    small = ready.datasets.import_file(tmp_path / "small.csv")
    first, second = (
        ready.experiments.automl(
            small, "y", None, task="regression", n_trials=4, estimators=["xgboost"], random_state=3
        ).result(timeout=120)
        for _ in range(2)
    )
    assert [trial.params for trial in first.trials()] == [trial.params for trial in second.trials()]
    assert [trial.score for trial in first.trials()] == [trial.score for trial in second.trials()]
    rows = small.to_pandas(50)
    assert first.best.predict(rows).equals(second.best.predict(rows))


def test_cancelling_keeps_what_was_finished(ready):
    run = ready.experiments.automl("flights", "late", "10min", estimators=["catboost"])
    until(lambda: len(run.leaderboard().rows) >= 2, 60)
    run.cancel()
    with pytest.raises(JobCancelled, match="Cancelled by ada"):
        run.result(timeout=5)
    assert run.state == "cancelled"
    assert not any(trial.state == "running" for trial in run.trials())
    assert len(run.leaderboard().rows) >= 2
    model = run.best.register("kept")
    assert len(model.predict(ready.datasets.get("flights").to_pandas(3))) == 3


def test_a_run_says_what_happens_as_it_happens(ready):
    heard = []
    run = ready.experiments.automl("flights", "late", None, n_trials=2, estimators=[])
    run.result(timeout=60, on_event=heard.append)
    kinds = [event.kind for event in heard]
    assert kinds.index("run") < kinds.index("planned") < kinds.index("trial")
    assert [event.payload["state"] for event in heard if event.kind == "trial"] == ["running", "finished"] * 2
    assert any("Trial 2" in event.payload["text"] for event in heard if event.kind == "log")
    assert "Trial 1" in ready.jobs.log(run.info.job_id)


def test_columns_are_left_out_by_role_and_by_choice(ready):
    ready.datasets.get("flights").set_roles({"tailnum": "ignore"})
    run = ready.experiments.automl("flights", "late", None, n_trials=2, estimators=[], exclude=["flight"])
    run.result(timeout=60)
    assert {"tailnum", "flight", "late"}.isdisjoint(run.best.importance())


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"target": "lat"}, NotFound, "There is no column 'lat'. Possible: late"),
        ({"target": "late", "time_budget": "1s"}, InvalidInput, "A time budget of 1 s is too short to train a model."),
        ({"target": "late", "time_budget": "soon"}, InvalidInput, "The time budget 'soon' cannot be read."),
        ({"target": "late", "time_budget": None}, InvalidInput, "There is no limit."),
        ({"target": "late", "estimators": ["oracle"]}, NotFound, "There is no estimator 'oracle'"),
        ({"target": "late", "exclude": ["what"]}, NotFound, "There is no column 'what'"),
        ({"target": "late", "structure": "space:x"}, InvalidInput, "The structure 'space:x' cannot be read."),
    ],
)
def test_bad_input_is_refused_before_anything_starts(ready, options, error, words):
    jobs, runs = ready.jobs.list(hidden=True).total, ready.experiments.runs().total
    with pytest.raises(error) as caught:
        ready.experiments.automl("flights", **options)
    assert words in str(caught.value)
    assert (ready.jobs.list(hidden=True).total, ready.experiments.runs().total) == (jobs, runs)


def test_a_target_with_one_class_is_refused(ready, tmp_path):
    (tmp_path / "one.csv").write_text("a,b\n" + "".join(f"{n},same\n" for n in range(50)))
    one = ready.datasets.import_file(tmp_path / "one.csv")
    with pytest.raises(InvalidInput, match="The target 'b' has one value only: there is nothing to learn"):
        ready.experiments.automl(one, "b")


def test_an_experiment_asks_one_question(ready):
    with pytest.raises(Conflict, match="Give the new experiment another name"):
        ready.experiments.automl("flights", "origin", "5s", name="flights: late")


@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:sqlalchemy.exc.SADeprecationWarning")  # MLflow's own
def test_mlflow_shows_the_same(ready):
    """MLflow's own client, pointed at the workspace, finds experiment, run, trials, model, version and alias."""
    import mlflow

    client = mlflow.MlflowClient(ready.settings.mlflow_url)
    experiment = client.get_experiment_by_name("flights: late")
    found = client.search_runs([experiment.experiment_id], max_results=100)
    children = [run for run in found if "mlflow.parentRunId" in run.data.tags]
    run = ready.experiments.run(ready.experiments.runs().items[0].id)
    assert (len(found), len(children)) == (1 + len(run.trials()), len(run.trials()))
    ours = {trial.id: trial.score for trial in run.trials()}
    theirs = {each.data.tags["modelyard.trial_id"]: each.data.metrics["roc_auc"] for each in children}
    assert theirs == pytest.approx(ours)
    version = client.get_model_version_by_alias("flights-late", "champion")
    assert str(version.version) == "1"
