"""A small disk of its own, to be filled without harm."""

import os
import subprocess

import pytest

from tests.conftest import require_or_skip

SIZE = 16 << 20


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of 16 MB; mounting one takes root."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    if not mounted:
        require_or_skip("mount", "a small disk cannot be mounted (it takes root and the right to mount)")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def read_only(tmp_path):
    """A folder that cannot be written to; for root, who may write anywhere, a read-only mount."""
    folder = tmp_path / "fixed"
    folder.mkdir()
    if os.geteuid() != 0:
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)
        return
    command = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        require_or_skip("mount", "a read-only disk cannot be mounted")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
