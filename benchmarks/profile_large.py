"""Time and memory of the profile of 10 million rows and 20 columns; and beside it of all checks, and of relations.

    python benchmarks/profile_large.py [--rows 10000000]
    python benchmarks/profile_large.py --rows 16000000 --memory 128MB   # files of more than ten times that

Exits with 1 if the profile takes more than 60 s on two cores, or more than 2 GB of memory.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

SECONDS_BAR = 60
MEMORY_BAR_MB = 2048
ROWS_PER_FILE = 1_000_000
HEAD = "import json\nfrom pathlib import Path\n"
PROGRAM = """
import pyarrow.parquet as pq
from modelyard.core.datasets.kinds import Facts, suggest
from modelyard.core.datasets.profile import compute_profile
paths = sorted(Path(folder).glob("*.parquet"))
schema = pq.read_schema(paths[0])
fields = [(field.name, str(field.type)) for field in schema]
columns = suggest(fields, {name: Facts(100_000, 100_000, 1000, 10.0, 1.0) for name, _ in fields})
profile = compute_profile(paths, columns)
assert profile.rows == rows and len(profile.columns) == 20, profile
Path(folder, "profile.json").write_text(json.dumps([profile.to_json(), [column.to_json() for column in columns]]))
"""
OPEN = """
from modelyard.core.datasets.profile_relating import compute_relations
from modelyard.core.datasets.profile_types import Profile
from modelyard.core.datasets.quality.assess import Version, assess
from modelyard.core.datasets.types import ColumnInfo
found, columns = json.loads(Path(folder, "profile.json").read_text())
columns = tuple(ColumnInfo.from_json(column) for column in columns)
version = Version(tuple(sorted(Path(folder).glob("*.parquet"))), columns, Profile.from_json(found))
"""
ALSO = {
    "checks": "assert assess(version).checks",
    "relations": "assert compute_relations(version, target='flag').target",
    "sql": """
from types import SimpleNamespace
from modelyard.core.datasets.queries import run
from modelyard.core.datasets.sandbox import View
events = View("events", SimpleNamespace(columns=columns), version.paths)
for sql in (
    'SELECT "user", count(*), avg(price_0), max("at") FROM events GROUP BY "user" ORDER BY 2 DESC',
    "SELECT count(*) FROM (SELECT DISTINCT large FROM events)",
    "SELECT event_id, words_100000, real_0 FROM events ORDER BY words_100000, real_0",
):
    assert run(sql, [events], seconds=600).table.num_rows
""",
}


def make(path: Path, rows: int, start: int) -> None:
    """Write one part of an event table with 20 columns of every kind."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(start)
    gaps = rng.random(rows) < 0.1
    moments = np.datetime64("2024-01-01", "us") + rng.integers(0, 60 * 10**12, rows).astype("timedelta64[us]")
    words = {n: pa.array([f"value {i}" for i in range(n)]) for n in (4, 50, 2000, 100_000)}
    columns = {
        "event_id": pa.array(np.arange(start, start + rows)),
        "at": pa.array(moments),
        "day": pa.array(moments.astype("datetime64[D]")),
        "user": pa.array((rng.random(rows) ** 3 * 5e6).astype(np.int32)),
        "flag": pa.array(rng.random(rows) < 0.2),
        **{f"words_{n}": words[n].take(pa.array((n * rng.random(rows) ** 2).astype(np.int32))) for n in words},
        "constant": pa.array(["v1"]).take(pa.array(np.zeros(rows, np.int8))),
        **{f"real_{k}": pa.array(rng.normal(size=rows), mask=gaps if k % 2 else None) for k in range(5)},
        **{f"price_{k}": pa.array(np.round(np.exp(rng.normal(3, 1, rows)), 2)) for k in range(3)},
        "visits": pa.array(rng.poisson(20, rows).astype(np.int16), mask=gaps),
        "large": pa.array(rng.integers(0, 2**60, rows)),
    }
    pq.write_table(pa.table(columns), path, compression="zstd", row_group_size=131_072)


def run(program: str) -> tuple[float, float, float]:
    """Return the seconds, the seconds of CPU and the megabytes of a process."""
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", program])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(1)
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--memory", help="what one query may use before it spills to disk")
    options = parser.parse_args()
    rows = options.rows
    if options.memory:
        os.environ["MODELYARD_QUERY_MEMORY"] = options.memory
    with tempfile.TemporaryDirectory() as folder:
        with ProcessPoolExecutor(1, get_context("spawn")) as other:  # a child's peak counts what its parent used
            for start in range(0, rows, ROWS_PER_FILE):
                file = Path(folder) / f"part-{start:012}.parquet"
                other.submit(make, file, min(ROWS_PER_FILE, rows - start), start).result()
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) >> 20
        print(f"{rows:,} rows, {size:,} MB of Parquet; load {os.getloadavg()[0]:.1f}", flush=True)
        given = f"{HEAD}folder, rows = {folder!r}, {rows}\n"
        wall, cpu, memory = run(given + PROGRAM)
        for name, line in ALSO.items():
            seconds, used, peak = run(given + OPEN + line)
            print(f"{name}: {seconds:.1f} s, {used:.1f} s of CPU, {peak:.0f} MB", flush=True)
    # On a busy machine the wall clock measures the others: half of the CPU seconds is what two free cores would take.
    bars = f"bars: {SECONDS_BAR} s on two cores, {MEMORY_BAR_MB} MB"
    print(f"profile: {wall:.1f} s, {cpu:.1f} s of CPU, {memory:.0f} MB ({bars})")
    return int(min(wall, cpu / 2) > SECONDS_BAR or memory > MEMORY_BAR_MB)


if __name__ == "__main__":
    sys.exit(main())
