"""kill -9 of the worker takes its jobs with it: the next worker lands every record once."""

import os
import signal
import threading
from collections import Counter

import pytest
from websockets.sync.client import connect

from modelyard.core.workspace.worker_process import WorkerProcess
from tests.services import brokers
from tests.streams.contract import numbered
from tests.streams.test_devices import endpoint, sent  # noqa: F401  (a fixture)
from tests.streams.test_landing import column
from tests.waiting import until
from tests.workspaces import Shared


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    shared = Shared(tmp_path_factory.mktemp("killed") / "yard")
    yield shared
    shared.close()


@pytest.fixture(scope="module")
def yard(shared):
    return shared.yard


def test_what_a_killed_worker_followed_is_there_once(shared, yard, endpoint):  # noqa: F811
    kafka, rows = brokers.kafka(), 4_000
    yard.sources.add("kafka", "kafka", brokers=kafka.address)
    yard.sources.add("devices", "devices")
    kafka.send("plant", numbered(0, 500))
    options = {"batch_rows": 100, "batch_age": "0.05s", "seal_age": "0.2s"}
    yard.streams.start("kafka", "plant", start="earliest", **options)
    yard.streams.start("devices", "gate", **options)
    sender = threading.Thread(target=lambda: [kafka.send("plant", numbered(i, i + 250)) for i in range(500, rows, 250)])
    with connect(f"{endpoint}/gate?ack=1") as device:
        until(lambda: yard.streams.get("plant").landed > 2 and yard.streams.get("gate").state == "running", 60)
        sender.start()
        sent(device, numbered(0, 1_000))(1_000)
        until(lambda: yard.streams.get("gate").rows)
        os.kill(shared.worker.process.pid, signal.SIGKILL)
        shared.worker.stop()
        sent(device, numbered(1_000, 2_000))(2_000)  # nobody follows, and nothing is lost
    sender.join()
    assert yard.streams.get("gate").rows < 2_000
    shared.worker = WorkerProcess(shared.settings)
    for name, expected in (("plant", rows), ("gate", 2_000)):
        until(lambda name=name, expected=expected: yard.streams.get(name).rows == expected, 90)
        stopped = yard.streams.stop(name)
        assert (stopped.state, stopped.waiting_rows, stopped.gaps, stopped.rejected) == ("stopped", 0, 0, 0)
        assert column(yard, name) == Counter(range(expected))
