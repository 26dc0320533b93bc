"""The short form of the benchmark: eight writers beside readers, and no locked database."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "many_writers.py"


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
def test_nobody_meets_a_locked_database(backend, empty_database_url):
    where = [] if backend == "sqlite" else ["--database", empty_database_url]
    seconds = "10" if backend == "sqlite" else "4"
    done = subprocess.run(
        [sys.executable, BENCHMARK, "--seconds", seconds, *where], capture_output=True, text=True, timeout=170
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "refused: 0;" in done.stdout
