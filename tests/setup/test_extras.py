"""Every extra installs alone, and the README says what each brings and why."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", (ROOT / "README.md").read_text(), flags=re.MULTILINE))

CONFLICTS = {
    "timeseries": "statsforecast",  # caps pandas below 3 and works on it; the override in tool.uv does not travel
    "all": "statsforecast",
}
"""What the ordinary resolver refuses, and because of which package. The README says so."""


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
    wanted = [*PROJECT["dependencies"]]
    todo = [extra]
    while todo:
        for line in EXTRAS[todo.pop()]:
            todo += Requirement(line).extras if Requirement(line).name == "modelyard" else []
            wanted += [line] if Requirement(line).name != "modelyard" else []
    (tmp_path / "wanted.in").write_text("\n".join(wanted))
    result = compiled(uv, "wanted.in", cwd=tmp_path)
    if extra in CONFLICTS:
        assert result.returncode != 0, f"{extra} resolves now: strike it off CONFLICTS and the README"
        assert CONFLICTS[extra] in result.stderr
    else:
        assert result.returncode == 0, result.stderr
