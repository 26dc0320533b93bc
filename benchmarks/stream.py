"""From a stream to a dataset version on disk, beside the bare client's loop that writes Parquet.

Records are JSON objects of about 100 bytes. Kafka is librdkafka's own mock cluster, filled before (it keeps some 50,000
small records a partition and has four partitions); the WebSocket server sends frames that were made before, as fast as
they are taken. Ours is the whole way: a job that a worker starts, its batches, their commits, and the version at the
end. Printed are records per second of wall time, CPU seconds of the process that receives, and its peak memory.

The bars: 100,000 records a second from Kafka, 50,000 over WebSocket with one record a frame, 500,000 with 100 a frame.

    python benchmarks/stream.py --records 1000000
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.services.brokers import Kafka

from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.worker_process import WorkerProcess
from modelyard.core.workspace.workspace import Workspace

BATCH = 100_000
PARTITIONS, KEPT = 4, 45_000
BARS = {"kafka": 100_000, "websocket, 1 a frame": 50_000, "websocket, 100 a frame": 500_000}


def record(i: int) -> bytes:
    return b'{"id":%d,"city":"Ulm","height":%d.25,"at":"2026-01-01T00:00:00Z","pad":"xxxxxxxxxxxxxxxxxxxxxxxx"}' % (
        i,
        i % 40,
    )


class Sender:
    """A WebSocket server that sends records to the first who connects, then is silent."""

    def __init__(self, records: int, each: int) -> None:
        from websockets.sync.server import serve

        self._records, self._each = records, each
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        server = serve(self._handle, "127.0.0.1", self.port, compression=None, ping_interval=None)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def _handle(self, connection: Any) -> None:
        for start in range(0, self._records, 10_000):
            connection.socket.sendall(b"".join(self._frames(start)))
        threading.Event().wait()

    def _frames(self, start: int) -> Iterator[bytes]:
        for i in range(start, min(start + 10_000, self._records), self._each):
            one = b"[" + b",".join(map(record, range(i, i + self._each))) + b"]" if self._each > 1 else record(i)
            yield (
                struct.pack("!BB", 0x81, len(one)) if len(one) < 126 else struct.pack("!BBH", 0x81, 126, len(one))
            ) + one


def bare(kind: str, where: str, records: int) -> int:
    """Receive with the bare client, and write Parquet in batches."""
    writer: pq.ParquetWriter | None = None
    total, waiting = 0, []

    def write() -> None:
        nonlocal writer, total, waiting
        text = b"\n".join(b'{"r":%b}' % each if each[:1] == b"[" else each for each in waiting)
        table = pj.read_json(pa.BufferReader(text), pj.ReadOptions(use_threads=False, block_size=len(text) + 1))
        if table.column_names == ["r"]:
            table = pa.Table.from_struct_array(table.column(0).combine_chunks().flatten())
        writer = writer or pq.ParquetWriter("bare.parquet", table.schema, compression="zstd")
        writer.write_table(table)
        total += table.num_rows
        waiting = []

    each = 100 if kind.endswith("100 a frame") else 1
    for some in _bare_kafka(where) if kind == "kafka" else _bare_websocket(where):
        waiting += some
        if len(waiting) * each >= BATCH or total + len(waiting) * each >= records:
            write()
        if total >= records:
            break
    assert writer is not None
    writer.close()
    return total


def _bare_kafka(where: str) -> Iterator[list[bytes]]:
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": where, "group.id": "bare"})
    consumer.assign([TopicPartition("bench", number, 0) for number in range(PARTITIONS)])
    while True:
        yield [message.value() for message in consumer.consume(5_000, 1.0)]


def _bare_websocket(where: str) -> Iterator[list[bytes]]:
    from websockets.sync.client import connect

    with connect(where, compression=None, max_size=None) as connection:
        while True:
            yield [connection.recv(decode=False)]


def ours(kind: str, where: str, records: int, folder: Path) -> dict[str, float]:
    """Follow the stream in a workspace, and return what it took until the version was there."""
    settings = Settings.at(folder / "yard")
    with Workspace(settings, worker="shared") as yard:
        worker = WorkerProcess(settings)
        try:
            yard.datasets.sample("flights")  # the worker is warm then
            params = {"brokers": where} if kind == "kafka" else {"url": where}
            yard.sources.add("bus", kind.split(",")[0], **params)
            start = time.perf_counter()
            job = yard.streams.start(
                "bus", "bench" if kind == "kafka" else "", dataset="bench", start="earliest", batch_age="0.5s"
            ).job_id
            used: dict[str, float] = {"cpu": 0.0}
            while (found := yard.streams.get("bench")).rows < records:
                _look(worker, used)
                assert found.state in ("running", "waiting"), yard.jobs.get(str(job)).message
                time.sleep(0.02)
            landed = time.perf_counter() - start
            stopping = threading.Thread(target=yard.streams.stop, args=("bench",))
            stopping.start()
            while stopping.is_alive():
                _look(worker, used)
                time.sleep(0.02)
            used["seconds"], used["landed"] = time.perf_counter() - start, landed
            used["rows"] = yard.datasets.get("bench").version.rows
            used["memory"] = (yard.jobs.get(str(job)).peak_memory or 0) >> 20
            return used
        finally:
            worker.stop()


def _look(worker: WorkerProcess, used: dict[str, float]) -> None:
    """Note the CPU time of the one process of a job."""
    try:
        servers = psutil.Process(worker.process.pid).children()
        jobs = [each for server in servers if "forkserver" in " ".join(server.cmdline()) for each in server.children()]
        used["cpu"] = max([used["cpu"], *(each.cpu_times().user + each.cpu_times().system for each in jobs)])
    except psutil.Error:
        return


def child(kind: str, where: str, records: int) -> None:
    """Do it the bare way in this process, and print what it took."""
    start = time.perf_counter()
    rows = bare(kind, where, records)
    used = resource.getrusage(resource.RUSAGE_SELF)
    facts = {
        "seconds": time.perf_counter() - start,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss >> 10,
    }
    print(json.dumps({**facts, "rows": rows}))


def measured(kind: str, where: str, records: int, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", json.dumps([kind, where, records])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def both(kind: str, records: int) -> tuple[dict[str, float], dict[str, float]]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        if kind == "kafka":
            broker = Kafka()
            broker.send("bench", [record(i) for i in range(records)])
            try:
                return ours(kind, broker.address, records, folder), measured(kind, broker.address, records, folder)
            finally:
                broker.kill()
        each = 100 if kind.endswith("100 a frame") else 1
        found = ours(kind, served(records, each), records, folder)
        return found, measured(kind, served(records, each), records, folder)


def served(records: int, each: int) -> str:
    """Start a sender in a process of its own, and return its address."""
    command = [sys.executable, __file__, "--sender", json.dumps([records, each])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    SENDERS.append(process)
    assert process.stdout is not None
    return process.stdout.readline().strip()


SENDERS: list[subprocess.Popen[str]] = []


def main(records: int) -> None:
    missed = []
    for kind, bar in BARS.items():
        count = PARTITIONS * KEPT if kind == "kafka" else records if kind.endswith("1 a frame") else records * 2
        mine, theirs = both(kind, count)
        assert mine["rows"] == theirs["rows"] == count, (mine, theirs)
        rate = count / mine["landed"]
        missed += [kind] if rate < bar else []
        print(
            f"{kind:24} {count:9,} records | "
            f"ours {rate:9,.0f}/s on disk, {count / mine['seconds']:9,.0f}/s to the version, "
            f"{mine['cpu']:5.1f} s CPU ({count / mine['cpu']:9,.0f}/s), {mine['memory']:4.0f} MB | "
            f"bare {count / theirs['seconds']:9,.0f}/s, "
            f"{theirs['cpu']:5.1f} s CPU, {theirs['memory']:4.0f} MB | load {os.getloadavg()[0]:.0f}",
            flush=True,
        )
    for process in SENDERS:
        process.kill()
    if missed:
        sys.exit(f"Under the bar: {', '.join(missed)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--child")
    parser.add_argument("--sender")
    given = parser.parse_args()
    if given.child:
        child(*json.loads(given.child))
    elif given.sender:
        print(f"ws://127.0.0.1:{Sender(*json.loads(given.sender)).port}/", flush=True)
        sys.stdin.read()
    else:
        main(given.records)
