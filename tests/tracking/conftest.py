import shutil
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from modelyard.core.common.clock import ManualClock
from modelyard.core.jobs.store import JobStore
from modelyard.core.jobs.tables import jobs
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.storage.database import sqlite_url
from modelyard.core.tracking import DatasetRef, Tracker
from modelyard.core.tracking.mirror import Mirror

BANK = DatasetRef(id="ds_1", name="bank", version_id="dsv_7", version_number=7, version_hash="ab" * 32)
MODEL_LOADER = "modelyard.core.ml_engine.persistence:load_model"
SIGNATURE = {"columns": [{"name": "age", "kind": "integer"}], "target": "deposit", "classes": ["no", "yes"]}


class Lab:
    """A tracker, and short ways to put things on record."""

    def __init__(self, database, clock):
        self.database, self.clock = database, clock
        self.tracker, self.jobs = Tracker(database, clock), JobStore(database, clock)

    def experiment(self, name="bank: deposit", target="deposit", dataset=BANK):
        return self.tracker.experiment(
            name, dataset_id=dataset.id, dataset_name=dataset.name, target=target, actor="ada"
        )

    def job(self, state="running", **values):
        job = self.jobs.submit("train", "nowhere:nothing", {}, title="Train", actor="ada")
        self.end_job(job.id, state, **values)
        return job.id

    def end_job(self, job_id, state, **values):
        with self.database.write() as connection:
            connection.execute(update(jobs).where(jobs.c.id == job_id).values(state=state, **values))

    def run(self, experiment="bank: deposit", *, metric="roc_auc", greater_is_better=True, **options):
        run = self.tracker.start_run(
            self.experiment(experiment).id,
            dataset=BANK,
            spec={"random_state": 0, "budget_s": 60},
            actor="ada",
            **options,
        )
        if metric is None:
            return run
        return self.tracker.update_run(run.id, task="binary", metric=metric, greater_is_better=greater_is_better)

    def trial(self, run, number, score=None, *, kind="search", estimator="lightgbm", folds=(), **values):
        trial = self.tracker.start_trial(
            run.id, number, estimator, {"learning_rate": 0.1, "max_depth": None}, kind, title=estimator.title()
        )
        if score is None:
            return trial
        return self.tracker.finish_trial(trial.id, score=score, fold_scores=folds, **values)

    def register(self, name="bank-deposit", **options):
        run = self.run()
        trial = self.trial(
            run, 0, 0.9, model_key="cd" * 32 + ".zip", metrics={"accuracy": 0.8}, importance={"age": 1.0}
        )
        return self.tracker.register(name, trial.id, signature=SIGNATURE, actor="ada", **options)


@pytest.fixture
def lab(database):
    return Lab(database, ManualClock(datetime(2026, 11, 1, tzinfo=UTC)))


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory):
    """An MLflow database with its tables, which take seconds to make; copied for each test."""
    from modelyard.core.tracking.mlflow_client import open_client

    folder = tmp_path_factory.mktemp("mlflow")
    open_client(sqlite_url(folder / "mlflow.db"), folder / "mlflow-artifacts")
    return folder / "mlflow.db"


@pytest.fixture
def artifacts(tmp_path):
    return ArtifactStore(tmp_path / "artifacts")


@pytest.fixture
def open_mirror(lab, artifacts, tmp_path, empty_mlflow):
    shutil.copy(empty_mlflow, tmp_path / "mlflow.db")
    opened = []

    def make():
        url = sqlite_url(tmp_path / "mlflow.db")
        opened.append(Mirror(lab.database, artifacts, url, tmp_path / "mlflow-artifacts", model_loader=MODEL_LOADER))
        return opened[-1]

    yield make
    for mirror in opened:
        mirror.close()


@pytest.fixture
def mirror(open_mirror):
    return open_mirror()
