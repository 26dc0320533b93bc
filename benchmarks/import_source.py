"""From a source to the parts of a dataset version, beside the bare driver's Arrow read and a Parquet write.

Each step runs in a process of its own; printed are its CPU seconds and peak memory, and the ratio. The bar is 1.5 times
the bare read and write, and 512 MB. The servers are those of the tests: PostgreSQL, MariaDB and SeaweedFS. CSV stands
beside pyarrow's reader, and DuckDB's own COPY to Parquet, which finds types from 20,000 rows or from all of them.

    python benchmarks/import_source.py --rows 1000000
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))

from modelyard.core.data_sources.registry import open_source
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.datasets.ingest_batches import ingest_batches
from modelyard.core.storage.artifacts import ArtifactStore

STEP = 50_000
COPIES = {"DuckDB, types from 20,000 rows": 20_480, "DuckDB, types from all rows": -1}
PASSWORD = "YARD_BENCH_PASSWORD"


def batches(rows: int) -> Iterator[pa.RecordBatch]:
    """Yield a table of 20 columns: 6 of whole numbers, 6 of numbers, 4 of text, 2 of times, a day and a flag."""
    random = np.random.default_rng(7)
    cities = np.array(["Ulm", "Köln", "Berlin", "Rostock", "Aachen"])
    for start in range(0, rows, STEP):
        n = min(STEP, rows - start)
        moments = np.datetime64("2026-01-01T00:00:00", "us") + random.integers(0, 10**13, n)
        columns: dict[str, Any] = {f"i{k}": random.integers(0, 10 ** (k + 2), n) for k in range(6)}
        columns |= {f"f{k}": random.normal(size=n) for k in range(6)}
        columns |= {f"city{k}": cities[random.integers(0, 5, n)] for k in range(3)}
        columns["code"] = [f"order-{number:08d}" for number in range(start, start + n)]
        columns |= {"at": moments, "then": moments[::-1].copy(), "flag": random.random(n) > 0.5}
        columns["day"] = pa.array(moments.astype("datetime64[D]"))
        yield pa.RecordBatch.from_pydict(columns)


def bare(kind: str, params: dict[str, Any], item: str) -> Iterator[pa.RecordBatch]:
    """Yield the rows as the driver alone gives them."""
    password = os.environ[PASSWORD]
    if kind == "postgresql":
        import adbc_driver_postgresql.dbapi as adbc
        from psycopg.conninfo import make_conninfo

        names = {"host": params["host"], "dbname": params["database"], "user": params["user"], "password": password}
        with adbc.connect(make_conninfo(**names)) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {item}")
            yield from cursor.fetch_record_batch()
    elif kind == "mysql":
        from urllib.parse import quote

        import connectorx as cx

        login = f"{params['user']}:{quote(password, safe='')}"
        url = f"mysql://{login}@{params['host']}:{params['port']}/{params['database']}"
        yield from cx.read_sql(url, f"SELECT * FROM {item}", return_type="arrow_stream", batch_size=65_536)
    elif kind == "files":
        yield from pacsv.open_csv(f"{params['path']}/{item}")
    else:
        import pyarrow.fs as pafs

        address = params["endpoint"].removeprefix("http://")
        keys = {"access_key": params["access_key"], "secret_key": password}
        files = pafs.S3FileSystem(endpoint_override=address, scheme="http", region="us-east-1", **keys)
        with files.open_input_file(f"{params['bucket']}/{item}") as file:
            yield from pq.ParquetFile(file).iter_batches(65_536)


def ours(kind: str, params: dict[str, Any], item: str, folder: Path) -> int:
    """Import it as a job does, to the parts of a version."""
    source, store = open_source(kind, params), ArtifactStore(folder)
    if (file := source.local_copy(item, folder)) is not None:
        return ingest_file(file, store).rows
    return ingest_batches(source.read(item), store, origin={}).rows


def copied(file: str, target: str, sample: int) -> int:
    """Have DuckDB alone turn CSV into Parquet."""
    import duckdb

    read = f"FROM read_csv('{file}', sample_size={sample})"
    done = duckdb.connect().execute(f"COPY ({read}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    (rows,) = done.fetchone() or (0,)
    return int(rows)


def written(kind: str, params: dict[str, Any], item: str, rows: int) -> None:
    """Make the table."""
    schema = next(batches(1)).schema
    if kind != "files":
        open_source(kind, params).write(item, batches(rows), schema)
        return
    with pacsv.CSVWriter(f"{params['path']}/{item}", schema) as writer:
        for batch in batches(rows):
            writer.write_batch(batch)


def child(way: str, kind: str, params: dict[str, Any], item: str) -> None:
    """Do one step and print what it cost."""
    with tempfile.TemporaryDirectory() as folder:
        if way == "ours":
            rows = ours(kind, params, item, Path(folder))
        elif way in COPIES:
            rows = copied(f"{params['path']}/{item}", f"{folder}/out.parquet", COPIES[way])
        else:
            source = bare(kind, params, item)
            first = next(source)
            with pq.ParquetWriter(f"{folder}/out.parquet", first.schema, compression="zstd") as writer:
                writer.write_batch(first)
                rows = first.num_rows
                for batch in source:
                    writer.write_batch(batch)
                    rows += batch.num_rows
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"rows": rows, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss >> 10}))


def places() -> Iterator[tuple[str, dict[str, Any], str, str]]:
    """Yield each source with its password and where the table is to be."""
    from tests.services import mariadb, postgres, s3

    pg = postgres.server()
    login = {"user": "yard", "password": f"env:{PASSWORD}"}
    yield "postgresql", {**login, "host": str(pg.folder), "database": pg.create()}, pg.password, "public/bench"
    my = mariadb.server()
    yield "mysql", {**login, "host": "127.0.0.1", "port": my.port, "database": my.create()}, my.password, "bench"
    lake = s3.server()
    keys = {"endpoint": lake.endpoint, "access_key": lake.key, "secret_key": f"env:{PASSWORD}"}
    yield "s3", {**keys, "bucket": lake.bucket()}, lake.secret, "bench.parquet"
    with tempfile.TemporaryDirectory() as folder:
        yield "files", {"path": folder}, "", "bench.csv"


def measured(way: str, kind: str, params: dict[str, Any], item: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", json.dumps([way, kind, params, item])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(rows: int) -> None:
    for kind, params, password, item in places():
        os.environ[PASSWORD] = password
        written(kind, params, item, rows)
        mine = measured("ours", kind, params, item)
        print(f"{kind:12} ours {mine['cpu']:5.1f} s CPU, {mine['memory']:4.0f} MB")
        for way in ["bare", *(COPIES if kind == "files" else ())]:
            beside = measured(way, kind, params, item.replace("/", ".") if kind == "postgresql" else item)
            assert mine["rows"] == beside["rows"] == rows
            print(
                f"  | {way:30} {beside['cpu']:5.1f} s, {beside['memory']:4.0f} MB | ratio "
                f"{mine['cpu'] / beside['cpu']:.2f} | load {os.getloadavg()[0]:.0f}",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--child")
    given = parser.parse_args()
    if given.child:
        child(*json.loads(given.child))
    else:
        main(given.rows)
