import subprocess
import sys

import pytest

from tests.docs.pages import ROOT
from tests.workspaces import template  # noqa: F401  (fixture)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the built site; the build fails at the first warning."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    build = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=170)
    assert build.returncode == 0, build.stderr  # with --quiet MkDocs would count no warning
    return folder
