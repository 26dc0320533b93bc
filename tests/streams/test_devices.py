"""Devices that send over WebSocket: what was acknowledged lands once, whoever is killed."""

import asyncio
import json
import resource
import threading
import time
from collections import Counter

import pytest
import uvicorn
from fastapi import FastAPI
from websockets.sync.client import connect

from modelyard.core.common.errors import Conflict, InvalidInput
from modelyard.core.data_sources.registry import open_source
from modelyard.core.data_sources.streams import spool
from modelyard.core.data_sources.streams.spool import SpoolReader, SpoolWriter
from modelyard.core.workspace.receiving import spool_folder
from modelyard.deployment.api.guard import Guard
from modelyard.deployment.api.streams import create_stream_router
from tests.services.s3 import _free_ports
from tests.streams.contract import numbered, numbers
from tests.streams.test_landing import column, job_processes
from tests.waiting import until


@pytest.fixture(scope="module")
def endpoint(yard):
    """The address of the endpoint, behind the guard that the workbench has."""
    api = FastAPI()
    api.include_router(create_stream_router(yard))
    port = _free_ports(1)[0]
    server = uvicorn.Server(uvicorn.Config(Guard(api, port), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    until(lambda: server.started)
    yield f"ws://127.0.0.1:{port}/api/streams"
    server.should_exit = True
    thread.join(20)


def sent(connection, records):
    """Send records, and return when all of them were acknowledged."""
    for record in records:
        connection.send(record.decode())
    return lambda total: until(lambda: json.loads(connection.recv(20))["kept"] == total)


def test_what_was_acknowledged_lands_once(yard, endpoint):
    yard.sources.add("devices", "devices")
    yard.streams.start("devices", "hall/7", dataset="hall", batch_rows=200, batch_age="0.05s")
    with connect(f"{endpoint}/hall?ack=1") as device:
        sent(device, numbered(0, 500))(500)
        until(lambda: yard.streams.get("hall").rows > 100)
        for process in job_processes(yard):
            process.kill()
        sent(device, [b"oops", *numbered(500, 1_000)])(1_001)
    with connect(f"{endpoint}/hall") as device:
        for record in numbered(1_000, 1_200):
            device.send(record.decode())
    until(lambda: yard.streams.get("hall").rows == 1_200)
    stopped = yard.streams.stop("hall")
    assert (stopped.rejected, stopped.gaps) == (1, 0)
    assert column(yard, "hall") == Counter(range(1_200))
    with connect(f"{endpoint}/hall") as device, pytest.raises(Exception, match="was stopped"):
        device.recv(10)
    yard.streams.remove("hall")
    assert not (yard.root / "spool").exists() or not list((yard.root / "spool").rglob("*.spool"))


def test_who_may_not_send(yard, endpoint):
    with connect(f"{endpoint}/nothing") as device, pytest.raises(Exception, match="no stream 'nothing'"):
        device.recv(10)
    with pytest.raises(Exception, match=r"403|1008"):
        connect(f"{endpoint}/nothing", origin="http://evil.example").recv(10)
    with pytest.raises(InvalidInput, match="in a stream alone"):
        open_source("devices", {}).follow("any")


def test_two_streams_of_one_topic_have_all_records_each(yard):
    yard.sources.add("hub", "devices")
    for name in ("left", "right"):
        yard.streams.start("hub", "hub", dataset=name, batch_age="0.05s")
    with yard.streams.receiving("left") as left, yard.streams.receiving("right") as right:
        left.write(numbered(0, 10))
        right.write(numbered(10, 30))
        until(lambda: [yard.streams.get(name).rows for name in ("left", "right")] == [10, 20])
    for name in ("left", "right"):
        yard.streams.stop(name)
    assert column(yard, "left") == Counter(range(10))


def test_what_was_acknowledged_outlives_stop_and_remove(yard):
    yard.sources.add("late", "devices")
    info = yard.streams.start("late", "late", batch_age="0.05s")
    until(lambda: yard.streams.get("late").landed)
    yard.streams.stop("late")
    with SpoolWriter(spool_folder(yard, info)) as writer:
        with pytest.raises(Conflict, match="Another process receives"):
            yard.streams.remove("late")
        writer.write(numbered(0, 10))
    with pytest.raises(Conflict, match=r"received that have not landed\. Stop it again"):
        yard.streams.remove("late")
    assert yard.streams.stop("late").rows == 10
    assert column(yard, "late") == Counter(range(10))
    yard.streams.remove("late")
    assert not spool_folder(yard, info).exists()


def test_senders_go_when_they_are_gone_or_the_stream_is(yard, endpoint, monkeypatch):
    yard.sources.add("full", "devices")
    info = yard.streams.start("full", "full", batch_age="0.05s")
    until(lambda: yard.streams.get("full").landed)
    with connect(f"{endpoint}/full?ack=1") as gone:
        sent(gone, numbered(0, 1))(1)
        monkeypatch.setattr(spool, "MOST_BYTES", 0)
        gone.send("{}")
    until(lambda: free(yard, info))
    with connect(f"{endpoint}/full?ack=1") as waits, connect(f"{endpoint}/full?ack=1") as idle:
        waits.send("{}")
        yard.streams.stop("full")
        for device in (waits, idle):
            with pytest.raises(Exception, match="was stopped"):
                device.recv(10)
    until(lambda: free(yard, info))
    yard.streams.remove("full")


def free(yard, info):
    """Whether nobody receives for a stream."""
    try:
        SpoolWriter(spool_folder(yard, info)).close()
    except Conflict:
        return False
    return True


def test_the_order_of_files_is_that_of_writing_whatever_the_clock_says(tmp_path, monkeypatch):
    for i, now in enumerate((2_000, 1_000, 3_000)):
        monkeypatch.setattr(time, "time_ns", lambda now=now: now * 10**15)
        with SpoolWriter(tmp_path) as writer:
            writer.write(numbered(i, i + 1))
    reader = SpoolReader(tmp_path, None)
    assert [json.loads(reader.read(5)[0])["i"] for _ in range(3)] == [0, 1, 2]


def test_after_a_full_disk_the_next_records_are_read_as_they_are(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with SpoolWriter(tmp_path) as writer:
        writer.write(numbered(0, 3))
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))  # "File too large" stands for a full disk
        try:
            for _ in range(2):
                with pytest.raises(OSError, match="too large"):
                    writer.write(numbered(3, 10))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        writer.write(numbered(10, 13))
    reader, found = SpoolReader(tmp_path, None), []
    while some := reader.read(50):
        found += some
    assert numbers(found) == [0, 1, 2, 10, 11, 12]


def test_the_spool(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "SEGMENT_BYTES", 100)
    reader = SpoolReader(tmp_path, None)
    assert (reader.read(5), reader.behind()) == ([], 0)
    with SpoolWriter(tmp_path) as writer:
        writer.write(numbered(0, 3))
        with pytest.raises(Conflict, match="Another process"):
            SpoolWriter(tmp_path)
        first = reader.read(2)
        for i in range(3, 12):
            writer.write(numbered(i, i + 1))
        assert not writer.full
        monkeypatch.setattr(spool, "MOST_BYTES", 100)
        assert writer.full
    last = tmp_path / spool.segments(tmp_path)[-1]
    last.write_bytes(last.read_bytes() + b"\x50\x00\x00\x00torn")  # killed while it wrote
    with SpoolWriter(tmp_path) as writer:
        writer.write([b'{"i": 12}', b'{"i": 13, "long": "%s"}' % (b"x" * 5_000_000)])
    again = SpoolReader(tmp_path, reader.position)
    rest = []
    while some := again.read(4):
        rest += some
        again.drop()
    assert numbers(first + rest) == list(range(14))
    assert (again.behind(), len(spool.segments(tmp_path))) == (0, 1)
