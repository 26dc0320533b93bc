"""What ended jobs said goes after a while, and nothing else."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from modelyard.core.common.clock import ManualClock
from modelyard.core.common.errors import NotFound
from modelyard.core.jobs import retention
from modelyard.core.jobs.leases import Leases, finish
from modelyard.core.jobs.retention import Pruned, prune
from modelyard.core.jobs.tables import events
from modelyard.core.jobs.types import JobState
from tests.databases import on_each_database

pytestmark = on_each_database
DAY = 86400


@pytest.fixture
def clock(store):
    store.clock = ManualClock()
    return store.clock


@pytest.fixture
def logs(tmp_path):
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs"


@pytest.fixture
def run_one(store, submit, logs, clock):
    """Run a job to its end without a process: it says three things and prints one."""

    def run_one(*, hidden=False):
        leases = Leases(store)
        leases.register()
        submit("add", a=1, b=1, hidden=hidden)
        job = leases.claim().job
        with store.database.write() as connection:
            store.add_events(connection, job.id, [("log", {"text": str(n)}) for n in range(3)])
        path = logs / f"{job.id}.log"
        path.write_text("printed")
        os.utime(path, (clock.now().timestamp(),) * 2)
        finish(store, job.id, JobState.SUCCEEDED, message="Done", result={"x": 1})
        return job.id

    return run_one


def test_only_states_are_left_of_what_an_old_job_said(store, run_one, clock, logs):
    old = run_one()
    clock.move(31 * DAY)
    young = run_one()
    assert prune(store, logs, events_days=30, logs_days=30) == Pruned(events=3, jobs=0, logs=1)
    assert [event.kind for event in store.events(job_id=old)] == ["state"] * 3
    assert len(store.events(job_id=young)) == 6
    assert (store.get(old).state, store.get(old).result) == (JobState.SUCCEEDED, {"x": 1})
    assert [path.stem for path in logs.iterdir()] == [young]
    assert prune(store, logs, events_days=30, logs_days=30) == Pruned()


def test_old_housekeeping_goes_altogether(store, run_one, clock, logs):
    old, listed = run_one(hidden=True), run_one()
    clock.move(2 * DAY)
    assert prune(store, logs, events_days=30, logs_days=90).jobs == 1
    with pytest.raises(NotFound):
        store.get(old)
    assert store.events(job_id=old) == []
    assert store.get(listed).state is JobState.SUCCEEDED


def test_logs_stay_longer_than_events(store, run_one, clock, logs):
    job = run_one()
    clock.move(31 * DAY)
    assert prune(store, logs).logs == 0
    clock.move(60 * DAY)
    assert prune(store, logs).logs == 1
    assert not (logs / f"{job}.log").exists()


def test_a_job_that_runs_keeps_everything_however_old(store, submit, clock, logs):
    leases = Leases(store)
    leases.register()
    submit("add", a=1, b=1)
    job = leases.claim().job
    (logs / f"{job.id}.log").write_text("printed")
    os.utime(logs / f"{job.id}.log", (clock.now().timestamp(),) * 2)
    clock.move(100 * DAY)
    assert prune(store, logs) == Pruned()


def test_it_works_in_small_steps_and_goes_on_where_it_was_killed(store, run_one, clock, logs, monkeypatch):
    for _ in range(7):
        run_one()
    clock.move(31 * DAY)
    monkeypatch.setattr(retention, "JOBS_AT_ONCE", 3)
    monkeypatch.setattr(retention, "EVENTS_AT_ONCE", 2)
    killed = RuntimeError("killed")
    writes = iter(range(100))

    def dying(connection):
        if next(writes) == 5:
            raise killed

    write = store.database.write
    from contextlib import contextmanager

    @contextmanager
    def counted():
        with write() as connection:
            yield connection
            dying(connection)

    monkeypatch.setattr(store.database, "write", counted)
    with pytest.raises(RuntimeError, match="killed"):
        prune(store, logs)
    monkeypatch.setattr(store.database, "write", write)
    prune(store, logs)
    with store.database.read() as connection:
        left = connection.execute(select(events.c.kind, func.count()).group_by(events.c.kind)).all()
    assert [tuple(row) for row in left] == [("state", 7 * 3)]


def test_a_worker_prunes_by_itself(store, submit, start_worker, tmp_path, run_one):
    from tests.waiting import until

    store.clock = ManualClock(store.database.now() - timedelta(days=40))
    job = run_one()
    start_worker(keep={"events_days": 30, "logs_days": 30})
    until(lambda: len(store.events(job_id=job)) == 3)
    until(lambda: not (tmp_path / "logs" / f"{job}.log").exists())
