"""The main job on PostgreSQL: import, train, register, predict, and the copy in MLflow's own schema."""

import subprocess

import psycopg
import pytest

import modelyard as my
from tests.waiting import until


@pytest.fixture(scope="module")
def trained(shared):
    yard = shared.yard
    flights = yard.datasets.sample("flights")
    run = yard.experiments.automl(flights, "late", "15s", n_trials=3, estimators=["lightgbm"]).result(timeout=100)
    run.best.register("flights-late", alias="champion")
    return run


def test_it_trains_and_predicts(shared, trained):
    yard = shared.yard
    assert yard.database.backend == "postgresql"
    assert not (shared.settings.root / "modelyard.db").exists()
    assert trained.state == "succeeded"
    model = yard.models.get("flights-late@champion")
    assert len(model.predict(yard.datasets.get("flights").to_pandas(5))) == 5
    assert yard.jobs.list(states=["running"]).total == 0
    events = yard.jobs.events(job_id=trained.info.job_id)
    assert [event.id for event in events] == sorted(event.id for event in events)


def test_mlflow_has_the_same_in_a_schema_of_its_own(shared, trained):
    from modelyard.core.tracking.mirror import Mirror
    from modelyard.core.tracking.mlflow_client import open_client

    yard, settings = shared.yard, shared.settings
    until(lambda: not yard.jobs.list(kinds=["mirror"], hidden=True, states=["running", "queued"]).total, 120)
    with Mirror(
        yard.database, yard.artifacts, settings.mlflow_url, settings.mlflow_artifacts, model_loader=""
    ) as mirror:
        assert (mirror.pending(), mirror.failures()) == (0, {})
    client = open_client(settings.mlflow_url, settings.mlflow_artifacts)
    assert client.get_model_version_by_alias("flights-late", "champion").tags["modelyard.run_id"] == trained.id
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as connection:
        rows = connection.execute("SELECT table_schema, count(*) FROM information_schema.tables GROUP BY 1").fetchall()
    tables = {schema: count for schema, count in rows if not schema.startswith(("pg_", "information"))}
    assert set(tables) == {"public", "mlflow"}
    assert tables["mlflow"] > 30


def test_no_process_shows_the_password(shared, postgres):
    listed = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert "modelyard.core.jobs.worker" in listed
    assert postgres.password not in listed


def test_a_restart_of_the_server_is_no_error_for_who_asks_later(shared, postgres, trained):
    postgres.kill()
    with pytest.raises(my.ModelyardError, match="does not answer"):
        shared.yard.jobs.list()
    postgres.start()
    assert shared.yard.jobs.list().total >= 2
    assert shared.yard.experiments.run(trained.id).leaderboard().rows
