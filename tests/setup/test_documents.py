"""What README, ROADMAP and the examples say is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from tests.docs.pages import hurried

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/*.md")]


def test_the_script_of_the_readme_runs(tmp_path: Path) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len([line for line in script.splitlines() if line.strip()]) <= 10
    run = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "modelyard-workspace").is_dir()
    assert "prediction" in run.stdout


@pytest.mark.parametrize("notebook", sorted(ROOT.glob("examples/*.ipynb")), ids=lambda path: path.name)
def test_notebook_runs(notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter" / "runtime"))
    cells = nbformat.read(notebook, as_version=4)
    for cell in cells.cells:
        cell.source = hurried(cell.source)
    # Started with this very interpreter: a kernel spec of the user's may name another.
    client = NotebookClient(cells, timeout=150, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
    client.create_kernel_manager()
    client.km.kernel_spec.argv[0] = sys.executable
    client.execute()
    outputs = [output for cell in cells.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    assert any("text/html" in output.get("data", {}) for output in outputs), "nothing was rendered"


def test_there_is_a_notebook_without_stored_outputs() -> None:
    notebooks = sorted(ROOT.glob("examples/*.ipynb"))
    assert notebooks
    for path in notebooks:
        for cell in nbformat.read(path, as_version=4).cells:
            assert not cell.get("outputs"), path.name
            assert cell.get("execution_count") is None, path.name


def test_the_readme_lists_every_extra() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for extra in extras:
        assert f"`{extra}`" in README, extra


def test_the_readme_counts_the_packages_of_the_locks() -> None:
    for lock in ("run", "test"):
        names = set(re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "locks" / f"{lock}.txt").read_text(), flags=re.M))
        row = re.search(rf"\| `make {lock}`[^|]*\| (\d+) \|", README)
        assert row is not None
        assert int(row[1]) == len(names), f"locks/{lock}.txt has {len(names)} packages"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_files_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_make_lists_its_targets() -> None:
    run = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ})
    for target in ("run", "test", "check", "docs", "format", "bench", "lock", "clean"):
        assert re.search(rf"^{target}\s+\S", run.stdout, flags=re.M), target
