import pytest

import modelyard as my
from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.worker_process import WorkerProcess
from modelyard.core.workspace.workspace import Workspace


class Yard:
    """A workspace with a shared worker, as `modelyard up` has it."""

    def __init__(self, settings):
        self.settings = settings
        self.yard = Workspace(settings, actor=my.Actor("ada"), worker="shared")
        self.worker = WorkerProcess(settings)

    def close(self):
        self.worker.stop()
        self.yard.close()


@pytest.fixture(scope="module")
def shared(postgres, tmp_path_factory):
    """A workspace whose database is PostgreSQL, said by its file of settings alone."""
    root = tmp_path_factory.mktemp("postgres") / "yard"
    root.mkdir()
    (root / "modelyard.toml").write_text(f'[storage]\ndatabase = "{postgres.url(postgres.create())}"\n')
    shared = Yard(Settings.at(root))
    yield shared
    shared.close()
