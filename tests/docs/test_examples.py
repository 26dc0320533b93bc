"""What the pages show runs as it stands: Python blocks, sessions with their answers, and commands."""

import doctest
import shlex
import shutil
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from modelyard.cli.main import app
from modelyard.samples import sample
from tests.docs.pages import DOCS, ROOT, blocks, hurried, pages_that_run

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def run_python(block, names, page):
    code = "\n" * (block.line - 1) + hurried(block.text)  # so that a traceback names the line of the page
    exec(compile(code, str(page), "exec"), names)


def run_session(block, names, page):
    test = doctest.DocTestParser().get_doctest(hurried(block.text), names, page.name, str(page), block.line - 1)
    said = []
    runner = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False)
    failed = runner.run(test, out=said.append, clear_globs=False).failed
    names.update(test.globs)
    assert not failed, "".join(said)


def run_commands(block, names, page):
    """Run the commands that end by themselves."""
    for line in block.text.splitlines():
        program, *arguments = shlex.split(line, comments=True) or [""]
        if program == "modelyard" and arguments[0] != "up":
            result = CliRunner().invoke(app, arguments)
            assert result.exit_code == 0, f"{page.name}: {line}: {result.output} {result.exception!r}"


RUN = {"python": run_python, "pycon": run_session, "sh": run_commands}


@pytest.fixture
def desk(template, tmp_path, monkeypatch):
    """A reader's folder: a workspace with the sample, a run and a model in it, and a file."""
    shutil.copytree(template, tmp_path / "modelyard-workspace")
    shutil.copy(sample("flights").path, tmp_path / "flights.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.timeout(400)  # a page may hold several trainings
@pytest.mark.parametrize("page", pages_that_run(), ids=lambda path: str(path.relative_to(DOCS)))
def test_page_runs(page, desk):
    names = {"__name__": "page"}
    try:
        for block in blocks(page):
            RUN.get(block.language, lambda *_: None)(block, names, page)
    finally:
        if "yard" in names:
            names["yard"].close()


@pytest.mark.parametrize("script", sorted(ROOT.glob("examples/*.py")), ids=lambda path: path.name)
def test_example_runs(script, desk):
    run = subprocess.run([sys.executable, str(script)], cwd=desk, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout
