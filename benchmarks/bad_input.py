"""Tables that are too large, too dull or too wide: they are imported in bounded memory, or end with a clear error.

    python benchmarks/bad_input.py [--size 1e9] [--limit 1GB]

A large CSV file is imported, profiled and trained on in a workspace whose jobs may use `--limit` of memory; the other
tables are imported and profiled in a process for each step. Exits with 1 if an import needs more than 512 MB (for a
job: beyond what its process holds before it begins, the libraries that all jobs share), if the training ends without a
model and without saying that memory was short, or if the workspace does not work afterwards.

Other bad input and bad places are tested, each with the words that it ends with:

- a full disk: `tests/storage/test_failures.py`, `tests/storage/test_artifacts.py`, `tests/datasets/test_hard_input.py`,
  `tests/workspace/test_backup.py`
- a read-only folder: the first three; a read-only database: `tests/storage/test_failures.py`
- a workspace made by a newer version: `tests/storage/test_failures.py`, `tests/workspace/test_doctor.py`
- a damaged database file: `tests/storage/test_failures.py`, `tests/workspace/test_doctor.py`
- a killed migration: `tests/storage/test_failures.py`
- files that are not what they say: `tests/datasets/test_lying_files.py`; texts with NUL: `tests/storage/test_nul.py`
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import modelyard as my
from modelyard.core.common.errors import JobFailed
from modelyard.core.jobs.types import Job
from modelyard.core.workspace.workspace import Workspace

IMPORT_BAR_MB = 512
BLOCK_ROWS = 20_000
WIDTH = 5000
START = """import json
from pathlib import Path
from modelyard.core.storage.artifacts import ArtifactStore
"""
STEPS = {
    "import": """
from modelyard.core.datasets.ingest import ingest_file
found = ingest_file(source, ArtifactStore(folder / "parts"))
(folder / "found.json").write_text(json.dumps([[p.key for p in found.parts], [c.to_json() for c in found.columns]]))
print(f"{found.rows:,} rows x {len(found.columns):,} columns")
""",
    "profile": """
from modelyard.core.datasets.profile import compute_profile
from modelyard.core.datasets.quality.assess import Version, assess
from modelyard.core.datasets.types import ColumnInfo
parts, columns = json.loads((folder / "found.json").read_text())
store = ArtifactStore(folder / "parts")
profile = compute_profile([store.path(key) for key in parts], [ColumnInfo.from_json(each) for each in columns])
columns = tuple(ColumnInfo.from_json(each) for each in columns)
quality = assess(Version(tuple(store.path(key) for key in parts), columns, profile))
print(f"{len(quality.findings):,} findings")
""",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report."""

    table: str
    step: str
    seconds: float
    cpu: float | None
    megabytes: float
    came_of_it: str
    failed: bool = False

    def show(self) -> None:
        """Print it."""
        cpu = "" if self.cpu is None else f"{self.cpu:.1f}"
        print(
            f"{self.table:<18} {self.step:<9} {self.seconds:7.1f} {cpu:>7} {self.megabytes:6.0f}  {self.came_of_it}"
            + ("  MISSED" if self.failed else ""),
            flush=True,
        )


def large(size: int) -> Iterator[str]:
    """Yield 20 columns of numbers, words, texts, dates and gaps, of about so many bytes."""
    rng = random.Random(1)
    numbers = [f"x{i}" for i in range(9)]
    yield ",".join(["id", "day", "at", "city", "device", "flag", "note", "count", "gaps", "price", *numbers, "late"])
    yield "\n"
    block = [
        f",2026-{1 + i % 12:02d}-{1 + i % 28:02d},2026-03-{1 + i % 28:02d} {i % 24:02d}:{i % 60:02d}:07,"
        f"city {rng.randrange(2000)},{rng.choice(('phone', 'desktop', 'tv'))},{rng.choice(('true', 'false'))},"
        f"order {rng.randrange(10**6)} of {rng.randrange(10**6)},{rng.randrange(900)},"
        f"{'' if rng.random() < 0.3 else rng.randrange(99)},{rng.random() * 1e4:.2f},"
        f"{','.join(f'{rng.gauss(0, 1):.6f}' for _ in numbers)},{rng.choice(('yes', 'no'))}\n"
        for i in range(BLOCK_ROWS)
    ]
    written = number = 0
    while written < size:
        text = "".join(f"{number + i}{rest}" for i, rest in enumerate(block))
        number, written = number + BLOCK_ROWS, written + len(text)
        yield text


def constant(rows: int) -> Iterator[str]:
    """Yield 40 columns of the same text."""
    yield ",".join(f"c{i}" for i in range(40)) + "\n"
    yield from islice(cycle([",".join(["always the same"] * 40) + "\n"]), rows)


def wide(rows: int) -> Iterator[str]:
    """Yield 5,000 columns of numbers and words; after 500 rows they come again."""
    rng = random.Random(2)
    yield ",".join(f"x{i}" for i in range(WIDTH)) + "\n"
    lines = [
        ",".join(
            f"{rng.random():.4f}" if i % 2 else str(rng.randrange(999)) if i % 3 else f"w{rng.randrange(9)}"
            for i in range(WIDTH)
        )
        + "\n"
        for _ in range(500)
    ]
    yield from islice(cycle(lines), rows)


def in_a_process(table: str, step: str, folder: Path, source: Path) -> Line:
    """Run a step in a fresh process."""
    code = f"{START}folder, source = Path({str(folder)!r}), Path({str(source)!r})\n{STEPS[step]}"
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.read().strip()
    _, status, usage = os.wait4(process.pid, 0)
    seconds, cpu, megabytes = time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    failed = status != 0 or (step == "import" and megabytes > IMPORT_BAR_MB)
    return Line(table, step, seconds, cpu, megabytes, said if status == 0 else f"ended with {status}", failed)


def in_a_workspace(table: str, folder: Path, source: Path, limit: str) -> Iterator[Line]:
    """Import, profile and train in jobs under a limit, and see whether the workspace works afterwards."""
    os.environ["MODELYARD_MEMORY_LIMIT"] = limit
    with my.open(folder / "yard") as yard:
        yard.datasets.sample("flights")  # from now on the worker is warm
        nothing = _wait(yard, yard.submit("nothing", "operator:not_", {}, title="Nothing").id)
        yield _line(nothing, table, "start", "held by a job's process before it begins")
        job = _wait(yard, yard.datasets.import_file(source, name="large", wait=False).id)
        beyond = ((job.peak_memory or 0) - (nothing.peak_memory or 0)) / 1e6
        came = f"with its profile, {beyond:.0f} MB beyond the start; {job.message}"
        yield _line(job, table, "import", came, failed=job.state != "succeeded" or beyond > IMPORT_BAR_MB)
        if job.state == "succeeded":
            run = yard.experiments.automl("large", "late", "30s", n_trials=2)
            with suppress(JobFailed):
                run.result()
            job = yard.jobs.get(run.info.job_id or "")
            said = job.state == "succeeded" or "of memory" in job.message
            yield _line(job, table, "training", job.message, failed=not said)
        works = yard.datasets.sample("flights").info.latest is not None and yard.doctor().healthy
        print(f"afterwards the workspace {'works' if works else 'FAILS'}", flush=True)
        if not works:
            raise SystemExit(1)


def _wait(yard: Workspace, job_id: str) -> Job:
    return yard.job_store.wait(job_id, timeout=1800)


def _line(job: Job, table: str, step: str, came_of_it: str, *, failed: bool = False) -> Line:
    assert job.ended_at is not None
    assert job.started_at is not None
    seconds = (job.ended_at - job.started_at).total_seconds()
    return Line(table, step, seconds, None, (job.peak_memory or 0) / 1e6, came_of_it, failed)


def measured(size: int, limit: str) -> Iterator[Line]:
    """Yield the lines of all tables, one table on the disk at a time."""
    tables: dict[str, tuple[Iterator[str], tuple[str, ...]]] = {
        f"large, {size / 1e6:,.0f} MB": (large(size), ()),
        "40 constants": (constant(100_000), ("import", "profile")),
        "wide, 2,000 rows": (wide(2_000), ("import", "profile")),
        "wide, 20,000 rows": (wide(20_000), ("import",)),
    }
    for table, (lines, steps) in tables.items():
        with tempfile.TemporaryDirectory() as place:
            folder, source = Path(place), Path(place) / "table.csv"
            with source.open("w") as file:
                file.writelines(lines)
            if steps:
                yield from (in_a_process(table, step, folder, source) for step in steps)
            else:
                yield from in_a_workspace(table, folder, source, limit)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=float, default=1e9, help="bytes of the large file")
    parser.add_argument("--limit", default="1GB", help="memory that a job may use")
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}; jobs may use {options.limit}")
    print(f"{'table':<18} {'step':<9} {'s':>7} {'CPU s':>7} {'MB':>6}  what came of it")
    failed = False
    for line in measured(int(options.size), options.limit):
        line.show()
        failed = failed or line.failed
    print(f"bar: no import needs more than {IMPORT_BAR_MB} MB: {'MISSED' if failed else 'held'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
