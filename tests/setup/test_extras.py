"""Every extra installs alone, and the README says what each brings and why."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from tests.conftest import require_or_skip

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", (ROOT / "README.md").read_text(), flags=re.MULTILINE))

CONFLICTS = {
    "timeseries": "statsforecast",  # caps pandas below 3 and works on it; the override in tool.uv does not travel
    "all": "statsforecast",
}
"""What the ordinary resolver refuses, and because of which package. The README says so."""

CUDA = ("deep", "all")
"""What brings gigabytes of CUDA on Linux: installed only where MODELYARD_REQUIRE names ``cuda``."""

OURS = {
    "workbench": "modelyard.web",
    "postgresql": "modelyard.core.data_sources.postgresql",
    "objects": "modelyard.core.storage.remote",
    "sources": "modelyard.core.data_sources.registry",
    "scale": "modelyard.core.jobs.dask_executor",
    "all": "modelyard.web",
}
"""The module of ours that an extra opens."""

IMPORT_ALL = """
import importlib, sys
from importlib.metadata import distribution, packages_distributions

brought = {}
for module, names in packages_distributions().items():
    for name in names:
        brought.setdefault(name.lower().replace("_", "-"), []).append(module)
for name in sys.argv[2:]:
    distribution(name)
    for module in brought.get(name.lower().replace("_", "-"), ()):  # some are a program without a module
        if module.isidentifier() and not module.startswith("_"):
            importlib.import_module(module)
importlib.import_module(sys.argv[1])
"""
"""Imports all that the named packages bring, and a module of ours."""


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_readme_names_what_an_extra_brings_and_why(extra):
    packages, reason = ROWS[extra].split(" | ")
    named = set(re.findall(r"[\w.-]+", packages.replace("`", "")))
    for line in EXTRAS[extra]:
        wanted = Requirement(line)
        if wanted.name != "modelyard":
            assert wanted.name in named, f"{wanted.name} is not in the row of {extra}"
        elif extra != "all":  # its row says: every other one
            assert wanted.extras <= named
    assert len(reason.split()) > 2


@pytest.fixture(scope="module")
def uv():
    find = [str(ROOT / "scripts" / "find-uv"), sys.executable]
    return subprocess.run(find, capture_output=True, text=True, check=True).stdout.strip()


def wanted_by(extra):
    """Return the requirements of an extra, with those of the extras that it names."""
    found = []
    for line in EXTRAS[extra]:
        required = Requirement(line)
        if required.name == "modelyard":
            found += [each for name in sorted(required.extras) for each in wanted_by(name)]
        else:
            found.append(line)
    return found


def compiled(uv, *arguments, cwd):
    command = [uv, "pip", "compile", "--quiet", "--python-version", "3.12", "--universal", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.nightly
@pytest.mark.timeout(600)
@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_resolves_as_the_locks_are_made(uv, extra):
    result = compiled(uv, "pyproject.toml", "--extra", extra, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    assert f"\n{Requirement(EXTRAS[extra][-1]).name}==" in result.stdout or extra == "all"


@pytest.mark.nightly
@pytest.mark.timeout(600)
@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_resolves_for_a_stranger(uv, extra, tmp_path):
    """Without our overrides: what `pip install modelyard[extra]` would do."""
    wanted = [*PROJECT["dependencies"], *wanted_by(extra)]
    (tmp_path / "wanted.in").write_text("\n".join(wanted))
    result = compiled(uv, "wanted.in", cwd=tmp_path)
    if extra in CONFLICTS:
        assert result.returncode != 0, f"{extra} resolves now: strike it off CONFLICTS and the README"
        assert CONFLICTS[extra] in result.stderr
    else:
        assert result.returncode == 0, result.stderr


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_installs_alone_and_brings_what_it_promises(uv, extra, tmp_path):
    """In an environment with nothing else, in the versions of the locks where they have one."""
    if extra in CUDA:
        require_or_skip("cuda", f"the extra {extra!r} brings gigabytes of CUDA")
    python = tmp_path / "env" / "bin" / "python"
    told = ROOT if extra in CONFLICTS else tmp_path  # where uv looks for our overrides
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "env"],
        [uv, "pip", "install", "--quiet", "--python", python, "-c", ROOT / "locks" / "test.txt", f"{ROOT}[{extra}]"],
        [
            python,
            "-c",
            IMPORT_ALL,
            OURS.get(extra, "modelyard"),
            *(Requirement(line).name for line in wanted_by(extra)),
        ],
    ):
        done = subprocess.run(command, cwd=told, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
