import json
import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from modelyard.core.jobs.leases import living_workers, recover
from modelyard.core.jobs.store import JobStore
from tests.waiting import until


class WorkerProcess:
    """A real worker, as `modelyard up` starts it."""

    def __init__(self, database_url, folder, *, environment=None, **setup):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "modelyard.core.jobs.worker"],
            stdin=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
        line = {"database": database_url, "location": {"root": str(folder)}, "logs": str(folder / "logs"), **setup}
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        self.process.stdin.flush()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self):
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        return self.process.wait(30)


@pytest.fixture
def store(database):
    return JobStore(database)


@pytest.fixture
def submit(store):
    def submit(name, weight="light", **params):
        target = f"tests.jobs.tasks:{name}"
        options = {key: params.pop(key) for key in ("unique_key", "session", "hidden", "memory_limit") if key in params}
        return store.submit(name, target, params, title=name, actor="tester", weight=weight, **options)

    return submit


@pytest.fixture
def start_worker(store, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.getcwd(), prepend=os.pathsep)
    started = []

    def start(**setup):
        worker = WorkerProcess(store.database.url, tmp_path, **setup)
        started.append(worker)
        until(lambda: living_workers(store, session=setup.get("session")))
        return worker

    yield start
    for worker in started:
        worker.stop()
    recover(store)
