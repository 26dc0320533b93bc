"""CPU seconds and memory of importing a CSV file, beside what DuckDB and Arrow take for the same file to Parquet.

    python benchmarks/import_csv.py [--rows 2000000] [--packed] [--bar 1.5]

Each way runs in a process of its own. Exits with 1 if importing costs more CPU than the bar times DuckDB's bare COPY
(to zstd Parquet, as ours), or more than 512 MB of memory.
"""

import argparse
import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

MEMORY_BAR_MB = 512
WAYS = {
    "modelyard": """
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.storage.artifacts import ArtifactStore
from pathlib import Path
print(ingest_file(source, ArtifactStore(Path(target))).rows)
""",
    "DuckDB COPY, zstd": """
import duckdb
con = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
con.execute(f"COPY (FROM read_csv('{source}')) TO '{target}.parquet' (FORMAT parquet, COMPRESSION zstd)")
""",
    "DuckDB COPY, snappy": """
import duckdb
con = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
con.execute(f"COPY (FROM read_csv('{source}')) TO '{target}.parquet' (FORMAT parquet)")
""",
    "Arrow CSV to Parquet, zstd": """
import pyarrow.csv as pc, pyarrow.parquet as pq
with pc.open_csv(source) as reader, pq.ParquetWriter(target + ".parquet", reader.schema, compression="zstd") as writer:
    for batch in reader:
        writer.write_batch(batch)
""",
}


def make(path: Path, rows: int) -> None:
    """Write an event table: ids, moments, days, categories, texts, numbers with gaps, truth values."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as pc

    rng = np.random.default_rng(0)
    names = [f"city {i}" for i in range(2000)]
    with path.open("wb") as sink:
        for start in range(0, rows, 250_000):
            n = min(250_000, rows - start)
            moments = np.datetime64("2024-01-01", "s") + rng.integers(0, 6e7, n).astype("timedelta64[s]")
            gaps = rng.random(n) < 0.1
            columns = {
                "event_id": pa.array(np.arange(start, start + n)),
                "at": pa.array(moments),
                "day": pa.array(moments.astype("datetime64[D]")),
                "user": pa.array((rng.random(n) ** 3 * 5e6).astype(np.int64)),
                "city": pa.array(names).take(pa.array(rng.integers(0, 2000, n))),
                "device": pa.array(["android", "iphone", "desktop", "tv"]).take(pa.array(rng.integers(0, 4, n))),
                "note": pa.array([f"order {i} of {j}" for i, j in rng.integers(0, 10**6, (n, 2))]),
                "paid": pa.array(rng.random(n) < 0.5),
                **{f"amount_{k}": pa.array(np.round(np.exp(rng.normal(3, 1, n)), 2), mask=gaps) for k in range(4)},
                **{f"score_{k}": pa.array(rng.normal(size=n)) for k in range(4)},
                **{f"count_{k}": pa.array(rng.poisson(20, n), mask=gaps) for k in range(4)},
            }
            options = pc.WriteOptions(include_header=start == 0)
            pc.write_csv(pa.table(columns), sink, options)


def measure(code: str, source: Path, target: Path) -> tuple[float, float, float]:
    """Return CPU seconds, wall seconds and peak megabytes of a process that runs `code`."""
    import time

    program = f"source, target = {str(source)!r}, {str(target)!r}\n{code}"
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {code}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--packed", action="store_true", help="pack the file by gzip first")
    parser.add_argument("--bar", type=float, default=1.5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "events.csv"
        make(source, options.rows)
        if options.packed:
            packed = source.with_suffix(".csv.gz")
            with source.open("rb") as plain, gzip.open(packed, "wb", 1) as out:
                while piece := plain.read(1 << 20):
                    out.write(piece)
            source = packed
        print(f"{options.rows:,} rows, {source.stat().st_size / 1e6:.0f} MB; load {os.getloadavg()[0]:.1f}")
        found = {name: measure(code, source, Path(folder) / f"out{i}") for i, (name, code) in enumerate(WAYS.items())}
    for name, (cpu, wall, memory) in found.items():
        print(f"{name:30}{cpu:8.2f} s CPU{wall:8.2f} s{memory:8.0f} MB")
    ratio = found["modelyard"][0] / found["DuckDB COPY, zstd"][0]
    memory = found["modelyard"][2]
    print(f"ratio {ratio:.2f} (bar {options.bar}), {memory:.0f} MB (bar {MEMORY_BAR_MB})")
    return int(ratio > options.bar or memory > MEMORY_BAR_MB)


if __name__ == "__main__":
    sys.exit(main())
