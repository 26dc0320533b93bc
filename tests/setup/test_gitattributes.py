"""Git LFS takes datasets and model artifacts, and nothing that a clone needs to run or to test."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lfs(paths: list[str], folder: Path) -> set[str]:
    run = subprocess.run(
        ["git", "check-attr", "-z", "--stdin", "filter"],
        input="\0".join(paths),
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    fields = run.stdout.split("\0")[:-1]
    return {path for path, _, value in zip(fields[::3], fields[1::3], fields[2::3], strict=True) if value == "lfs"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    shutil.copy(ROOT / ".gitattributes", tmp_path)
    return tmp_path


def test_datasets_and_artifacts_go_to_lfs(repository: Path) -> None:
    paths = ["data/a.parquet", "data/deep/er/b.csv", "artifacts/m.cbm", "artifacts/x/m.ubj", "artifacts/m.skops"]
    assert lfs(paths, repository) == set(paths)


def test_sources_samples_tests_and_pictures_do_not(repository: Path) -> None:
    paths = [
        "src/modelyard/samples/flights.csv",
        "src/modelyard/data/x.parquet",
        "src/modelyard/artifacts/x.skops",
        "tests/data/x.parquet",
        "docs/images/home.png",
        "README.md",
        "examples/flights.ipynb",
    ]
    assert lfs(paths, repository) == set()


def test_no_tracked_file_needs_lfs() -> None:
    listing = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=False, cwd=ROOT)
    if listing.returncode != 0:
        pytest.skip("this is not a git checkout")
    tracked = listing.stdout.split("\0")[:-1]
    assert lfs(tracked, ROOT) == set()
