"""The search for a Python and for uv, on machines made of small executables."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MINOR = sys.version_info.minor


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with a shell and nothing else, and a checkout that has the scripts."""
    for tool in ("sh", "dirname", "rm"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    shutil.copytree(ROOT / "scripts", tmp_path / "checkout" / "scripts")
    return tmp_path


def run(machine: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(machine / "checkout" / "scripts" / script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(machine / "bin"), "HOME": str(machine / "home")},
    )


def test_a_fit_python_on_the_path_is_taken(machine: Path) -> None:
    executable(machine / "bin" / "python3", f'exec {sys.executable} "$@"')
    assert run(machine, "find-python").stdout.strip() == sys.executable


def test_pyenv_has_one_where_the_path_is_too_old_and_shims_refuse(machine: Path) -> None:
    executable(machine / "bin" / "python3", "exit 1")  # older: fails the version check
    executable(machine / "bin" / f"python3.{MINOR}", "echo 'pyenv: command not found' >&2; exit 127")
    executable(machine / "home" / ".pyenv" / "versions" / "3.11.9" / "bin" / "python", "exit 1")
    executable(machine / "home" / f".pyenv/versions/3.{MINOR}.0/bin/python", f'exec {sys.executable} "$@"')
    assert run(machine, "find-python").stdout.strip() == sys.executable


def test_uv_has_one_where_nobody_else_does(machine: Path) -> None:
    managed = machine / f"home/.local/share/uv/python/cpython-3.{MINOR}.4-linux-x86_64-gnu/bin/python3"
    executable(managed, f'exec {sys.executable} "$@"')
    assert run(machine, "find-python").stdout.strip() == sys.executable


def test_no_fit_python_is_said_by_the_exit_code(machine: Path) -> None:
    executable(machine / "bin" / "python3", "exit 1")
    result = run(machine, "find-python")
    assert (result.returncode, result.stdout) == (1, "")


def test_a_uv_that_runs_is_taken(machine: Path) -> None:
    uv = executable(machine / "bin" / "uv", "echo uv 0.9")
    assert run(machine, "find-uv", "python3").stdout.strip() == str(uv)


def test_a_broken_shim_is_passed_over_and_the_own_uv_used(machine: Path) -> None:
    executable(machine / "bin" / "uv", "echo 'pyenv: uv: command not found' >&2; exit 127")
    own = executable(machine / "checkout" / ".uv" / "bin" / "uv", "echo uv 0.9")
    assert run(machine, "find-uv", "python3").stdout.strip() == str(own)


def test_a_missing_uv_is_installed_by_venv_or_else_by_pip(machine: Path) -> None:
    # Debian's python3 without python3-venv: making an environment fails, pip works.
    executable(
        machine / "bin" / "python3",
        'case "$*" in *venv*) exit 1;; *"--target"*)\n'
        f'{shutil.which("mkdir")} -p "{machine}/checkout/.uv/bin"\n'
        f'printf "#!/bin/sh\\necho uv 0.9\\n" > "{machine}/checkout/.uv/bin/uv"\n'
        f'{shutil.which("chmod")} 755 "{machine}/checkout/.uv/bin/uv";; esac',
    )
    result = run(machine, "find-uv", "python3")
    assert result.stdout.strip() == str(machine / "checkout" / ".uv" / "bin" / "uv"), result.stderr


def test_a_python_that_cannot_install_uv_is_told_what_is_missing(machine: Path) -> None:
    executable(machine / "bin" / "python3", "exit 1")
    result = run(machine, "find-uv", "python3")
    assert result.returncode == 1
    assert "python3-venv" in result.stderr
