import pytest
from bokeh.document import Document

from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.workspace import Workspace
from modelyard.ui.app import configure
from modelyard.ui.live import Live
from modelyard.ui.session import Session
from tests.workspaces import ready, template  # noqa: F401  (a workspace with a sample, a run and a model)


@pytest.fixture(scope="session", autouse=True)
def panel():
    configure()


@pytest.fixture
def empty(tmp_path):
    """A workspace in which nothing has happened, and in which no job will start."""
    with Workspace(Settings.at(tmp_path / "empty"), worker="shared") as yard:
        yield yard


@pytest.fixture
def session(request):
    """Makes sessions of a workspace, as an open page has one."""
    made, readers = [], []

    def make(yard):
        readers.append(Live(yard.jobs, interval=0.02))
        one = Session(yard, readers[-1], Document())
        one.visited = []
        one.go = one.visited.append
        made.append(one)
        return one

    yield make
    for one in made:
        one.close()
    for reader in readers:
        reader.close()  # a connection that is still in use when the workspace closes would never be closed
