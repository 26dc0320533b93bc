"""The lock files: complete, hashed, free of hosts and paths, without CUDA, and in step with pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = ["run", "test"]


@cache
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@cache
def entries(lock: str) -> list[Requirement]:
    text = (ROOT / "locks" / f"{lock}.txt").read_text().replace("\\\n", " ")
    return [Requirement(re.sub(r"\s--hash=\S+", "", line)) for line in text.splitlines() if line and line[0] != "#"]


@cache
def versions(lock: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entry in entries(lock):
        found.setdefault(canonicalize_name(entry.name), set()).add(str(entry.specifier).removeprefix("=="))
    return found


def declared(extra: str | None) -> list[Requirement]:
    lines = project()["project"]["dependencies"]
    if extra is not None:
        lines = lines + project()["project"]["optional-dependencies"][extra]
    return [entry for entry in map(Requirement, lines) if entry.name != "modelyard"]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_host_and_no_path(lock: str) -> None:
    for line in (ROOT / "locks" / f"{lock}.txt").read_text().splitlines():
        assert not re.search(r"://|file:|\s@|--(extra-)?index|--find-links|#|/", line), line


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_pinned_and_hashed(lock: str) -> None:
    text = (ROOT / "locks" / f"{lock}.txt").read_text().replace("\\\n", " ")
    for line in text.splitlines():
        assert re.match(r"^[A-Za-z0-9._-]+(\[[^]]*\])?==\S+", line), line
        assert "--hash=sha256:" in line, line


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_brings_no_torch_and_no_cuda(lock: str) -> None:
    for entry in entries(lock):
        if entry.name.startswith(("nvidia-", "torch", "triton", "cuda")):
            assert entry.marker is not None
            assert not entry.marker.evaluate(), entry


def test_the_workbench_has_the_versions_that_are_tested() -> None:
    for name, pins in versions("run").items():
        assert pins <= versions("test")[name], name


@pytest.mark.parametrize(
    ("lock", "extra"), [("run", None), ("run", "workbench"), ("test", "workbench"), ("test", "dev")]
)
def test_lock_satisfies_what_is_declared(lock: str, extra: str | None) -> None:
    for requirement in declared(extra):
        pins = versions(lock).get(canonicalize_name(requirement.name))
        assert pins, f"{requirement} is not in locks/{lock}.txt: run make lock"
        assert all(requirement.specifier.contains(Version(pin)) for pin in pins), f"{requirement} against {pins}"


def test_every_dependency_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    section = text[text.index("\ndependencies = [") : text.index("[dependency-groups]")]
    lines = [line.strip() for line in section.splitlines() if line.strip().startswith('"') and "modelyard[" not in line]
    assert len(lines) > 30
    for line in lines:
        assert re.search(r'",\s+# \S', line), f"no reason: {line}"


def test_the_core_installs_without_a_front_door() -> None:
    names = {requirement.name for requirement in declared(None)}
    assert not names & {"panel", "fastapi", "uvicorn", "torch", "dask"}
    assert {"xgboost", "lightgbm", "catboost", "mlflow"} <= names


def test_all_is_every_extra_for_users() -> None:
    extras = project()["project"]["optional-dependencies"]
    named = set(Requirement(extras["all"][0]).extras)
    assert named == set(extras) - {"docs", "dev", "all"}
