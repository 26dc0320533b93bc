"""A database that is away for a moment costs nothing; what was split by it is made whole."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import delete

from modelyard.core.common.errors import Unavailable
from modelyard.core.jobs import patience
from modelyard.core.jobs.context import JobContext
from modelyard.core.jobs.leases import Leases, finish
from modelyard.core.jobs.patience import patiently
from modelyard.core.jobs.store import JobStore, outcome
from modelyard.core.jobs.tables import workers
from modelyard.core.jobs.types import JobState
from modelyard.core.storage.database import Database
from modelyard.core.storage.migrations import upgrade
from tests.databases import on_each_database
from tests.services.postgres import Postgres, binaries
from tests.waiting import until


@pytest.fixture
def claimed(store, submit):
    leases = Leases(store)
    leases.register()
    submit("add", a=1, b=1)
    return leases, leases.claim().job


@on_each_database
def test_a_worker_that_was_taken_for_dead_says_that_it_lives(store, claimed):
    leases, job = claimed
    with store.database.write() as connection:
        connection.execute(delete(workers))
    assert leases.heartbeat() == {job.id}
    with store.database.read() as connection:
        assert [row.id for row in connection.execute(workers.select())] == [leases.worker_id]


@on_each_database
def test_what_was_taken_from_a_worker_is_not_its_own_any_more(store, claimed):
    leases, job = claimed
    finish(store, job.id, JobState.LOST, message="Taken.")
    assert leases.heartbeat() == set()


@on_each_database
def test_a_job_that_was_never_started_goes_back_into_the_queue(store, claimed):
    leases, job = claimed
    leases.give_back(job.id)
    waiting = store.get(job.id)
    assert (waiting.state, waiting.place, waiting.started_at) == (JobState.QUEUED, 1, None)
    assert leases.claim().job.id == job.id
    assert [event.payload["state"] for event in store.events()] == ["queued", "running", "queued", "running"]
    finish(store, job.id, JobState.SUCCEEDED, message="Done")
    leases.give_back(job.id)
    assert store.get(job.id).state is JobState.SUCCEEDED


def test_patience_ends(monkeypatch):
    monkeypatch.setattr(patience, "PAUSE_S", 0.0)
    tries = []

    def away():
        tries.append(1)
        raise Unavailable("away")

    monkeypatch.setattr(patience, "PATIENCE_S", 0.05)
    with pytest.raises(Unavailable, match="away"):
        patiently(away)
    assert len(tries) > 1


def test_what_was_committed_before_the_server_fell_silent_is_not_said_twice(store, claimed, monkeypatch):
    _, job = claimed
    context = JobContext(store, job, {})
    write, silent = store.database.write, iter([True, True, False])

    @contextmanager
    def falls_silent():
        with write() as connection:
            yield connection
        if next(silent):
            raise Unavailable("silent")

    context._closed.set()  # its thread: here everything is said by hand
    context._thread.join()
    monkeypatch.setattr(patience, "PAUSE_S", 0.0)
    monkeypatch.setattr(store.database, "write", falls_silent)
    context.metric("loss", 1.0)
    context.progress(0.5)
    context.flush()
    monkeypatch.setattr(store.database, "write", write)
    context.metric("loss", 2.0)
    context.flush()
    assert [event.kind for event in store.events(job_id=job.id)][2:] == ["metric", "progress", "metric"]


@pytest.fixture
def own_server(postgres):
    """A server that may be killed: not the one that other tests use."""
    running = Postgres(Path(tempfile.mkdtemp(prefix="yard-pg-", dir="/tmp")), binaries())
    yield running
    running.stop()


def test_a_job_and_its_worker_outlive_a_server_that_is_killed(own_server, tmp_path, monkeypatch):
    from tests.jobs.conftest import WorkerProcess

    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()), prepend=os.pathsep)
    store = JobStore(Database(own_server.url(own_server.create())))
    upgrade(store.database)
    worker = WorkerProcess(store.database.url, tmp_path)
    try:
        gate = tmp_path / "gate"
        job = store.submit("hold", "tests.jobs.tasks:hold", {"gate": str(gate)}, title="Hold", actor="me")
        until(lambda: any(event.kind == "holding" for event in store.events(job_id=job.id)))
        own_server.kill()
        gate.touch()  # the job ends while nobody can be told
        with pytest.raises(Unavailable):
            store.get(job.id)
        own_server.start()
        ended = store.wait(job.id, timeout=30)
        assert (ended.state, outcome(ended)) == (JobState.SUCCEEDED, {})
        assert worker.process.poll() is None
        after = store.submit("add", "tests.jobs.tasks:add", {"a": 1, "b": 2}, title="Add", actor="me")
        assert outcome(store.wait(after.id, timeout=30)) == {"sum": 3}
    finally:
        worker.stop()
        store.database.close()


@pytest.fixture
def short_folder():
    """A folder with a short name: a socket's path has some 100 letters at most, and pytest's own folders are deep."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def test_a_worker_that_cannot_start_any_process_makes_room_for_another(store, submit, start_worker, short_folder):
    """As where somebody has cleaned /tmp, and with it the socket of the warm server."""
    socket = short_folder
    broken = start_worker(environment={"TMPDIR": str(socket)})
    assert outcome(store.wait(submit("add", a=1, b=2).id, timeout=30)) == {"sum": 3}
    for folder in socket.iterdir():
        shutil.rmtree(folder)
    job = submit("add", a=1, b=1)
    assert broken.process.wait(30) == 1
    assert store.get(job.id).state is JobState.QUEUED
    start_worker()
    assert outcome(store.wait(job.id, timeout=30)) == {"sum": 2}
