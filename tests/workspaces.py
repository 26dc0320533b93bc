"""Real workspaces for tests: an empty one with a worker, and one in which everything has happened already."""

import shutil

import pytest
from filelock import FileLock

import modelyard as my
from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.worker_process import WorkerProcess
from modelyard.core.workspace.workspace import Workspace
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


def fill(root):
    """Bring the sample in, train, register, and wait for the copy in MLflow."""
    shared = Shared(root)
    try:
        flights = shared.yard.datasets.sample("flights")
        options = {"n_trials": 4, "estimators": ["lightgbm"], "random_state": 3}
        run = shared.yard.experiments.automl(flights, "late", "60s", **options).result(timeout=120)
        run.best.register("flights-late", alias="champion", description="From the template.")
        until(lambda: not shared.yard.jobs.list(kinds=["mirror"], hidden=True, states=["running", "queued"]).total, 90)
    finally:
        shared.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A workspace with the bundled sample, a finished run and a registered model: made once for all test processes."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if base.name.startswith("popen") else base  # pytest-xdist gives each process a folder
    root = folder / "template" / "yard"
    with FileLock(folder / "template.lock"):
        if not root.exists():
            shutil.rmtree(folder / "making", ignore_errors=True)
            fill(folder / "making" / "yard")
            (folder / "making").rename(folder / "template")
    return root


@pytest.fixture
def ready(template, tmp_path):
    """The template, copied for one test and opened; no worker runs yet."""
    shutil.copytree(template, tmp_path / "yard")
    with Workspace(Settings.at(tmp_path / "yard"), actor=my.Actor("ada")) as yard:
        yield yard


@pytest.fixture(scope="module")
def yard(tmp_path_factory):
    """An empty workspace with a worker, for the tests of one module."""
    shared = Shared(tmp_path_factory.mktemp("module") / "yard")
    yield shared.yard
    shared.close()
