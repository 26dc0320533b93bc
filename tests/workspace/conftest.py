import shutil

import pytest

import modelyard as my
from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.worker_process import WorkerProcess
from modelyard.core.workspace.workspace import Workspace
from modelyard.samples import sample
from tests.waiting import until


class Shared:
    """A workspace with a worker of its own, as `modelyard up` would have it."""

    def __init__(self, root):
        self.settings = Settings.at(root)
        self.yard = Workspace(self.settings, actor=my.Actor("ada"), worker="shared")
        self.worker = WorkerProcess(self.settings)

    def close(self):
        self.worker.stop()
        self.yard.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A workspace with the bundled sample, one finished run and one registered model: made once, copied per test."""
    shared = Shared(tmp_path_factory.mktemp("template") / "yard")
    flights = shared.yard.datasets.sample("flights")
    run = shared.yard.experiments.automl(
        flights, "late", None, n_trials=6, estimators=["lightgbm"], random_state=3
    ).result(timeout=120)
    run.best.register("flights-late", alias="champion", description="From the template.")
    until(lambda: shared.yard.jobs.list(kinds=["mirror"], hidden=True, states=["running", "queued"]).total == 0, 90)
    shared.close()
    return shared.settings.root


@pytest.fixture
def ready(template, tmp_path):
    """That workspace, opened; no worker runs yet."""
    shutil.copytree(template, tmp_path / "yard")
    with Workspace(Settings.at(tmp_path / "yard"), actor=my.Actor("ada")) as yard:
        yield yard


@pytest.fixture(scope="module")
def yard(tmp_path_factory):
    """An empty workspace with a worker, for the tests of one module."""
    shared = Shared(tmp_path_factory.mktemp("module") / "yard")
    yield shared.yard
    shared.close()


@pytest.fixture
def flights_file():
    return sample("flights").path
