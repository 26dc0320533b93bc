"""The short form of the benchmark: ten times kill -9 amid work, then everything is looked at."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "kill_anything.py"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_nothing_is_lost_or_doubled_or_left_running(backend, request):
    where = []
    if backend == "postgresql":
        request.getfixturevalue("postgres")  # skips where there is none; the benchmark starts its own, to kill it
        where = ["--postgresql"]
    done = subprocess.run(
        [sys.executable, BENCHMARK, "--kills", "5", "--seed", "7", "--pause", "1.5", *where],
        capture_output=True,
        text=True,
        timeout=580,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 kills" in done.stdout
