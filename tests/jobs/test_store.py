"""The queue itself, without processes."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from modelyard.core.common.clock import ManualClock
from modelyard.core.common.errors import InvalidInput, NotFound, Unavailable
from modelyard.core.jobs.leases import LEASE_S, Leases, finish, recover, worker_infos
from modelyard.core.jobs.store import JobStore
from modelyard.core.jobs.tables import workers
from modelyard.core.jobs.types import JobState
from tests.databases import on_each_database

pytestmark = on_each_database


@pytest.fixture
def clock(store):
    store.clock = ManualClock()
    return store.clock


def test_jobs_wait_in_order_and_are_paged_newest_first(store, submit):
    ids = [submit("add", weight="heavy", a=n, b=n).id for n in range(5)]
    assert [store.get(job_id).place for job_id in sorted(ids)] == [1, 2, 3, 4, 5]
    page, total = store.page(offset=1, limit=2)
    assert total == 5
    assert [job.id for job in page] == sorted(ids, reverse=True)[1:3]


def test_hidden_jobs_are_listed_only_when_asked_for(store, submit):
    submit("add", a=1, b=1, hidden=True)
    assert store.page()[1] == 0
    assert store.page(hidden=True)[1] == 1


def test_unknown_ids_and_weights_are_refused(store, submit):
    with pytest.raises(NotFound, match="no job 'job_x'"):
        store.get("job_x")
    with pytest.raises(NotFound):
        store.request_cancel("job_x", actor="me")
    with pytest.raises(InvalidInput, match="Possible: heavy, light"):
        submit("add", weight="medium")


def test_a_waiting_job_is_cancelled_at_once(store, submit):
    job = store.request_cancel(submit("add", a=1, b=1).id, actor="me")
    assert (job.state, job.message) == (JobState.CANCELLED, "Cancelled by me before it started.")
    assert store.events()[-1].payload["state"] == "cancelled"


def test_an_end_is_final(store, submit):
    leases = Leases(store)
    leases.register()
    job = submit("add", a=1, b=1)
    assert leases.claim().job.id == job.id
    assert finish(store, job.id, JobState.SUCCEEDED, message="Done", result={"x": 1})
    assert not finish(store, job.id, JobState.FAILED, message="late")
    assert store.request_cancel(job.id, actor="me").state is JobState.SUCCEEDED


def test_a_worker_that_lost_a_standing_job_does_not_end_it(store, submit, clock):
    both = [Leases(store), Leases(store)]
    job = submit("add", weight="standing", a=1, b=1)
    both[0].register()
    both[0].claim()
    with store.database.write() as connection:
        connection.execute(update(workers).values(host="elsewhere"))
    clock.move(LEASE_S + 1)
    recover(store)
    both[1].register()
    assert both[1].claim().job.id == job.id
    late, its = ({"message": "Done", "worker_id": leases.worker_id} for leases in both)
    assert not finish(store, job.id, JobState.SUCCEEDED, **late)
    assert finish(store, job.id, JobState.SUCCEEDED, **its)


def test_waiting_gives_up_but_the_job_goes_on(store, submit):
    job = submit("add", a=1, b=1)
    with pytest.raises(Unavailable, match="has not ended after 0 s"):
        store.wait(job.id, timeout=0)
    assert store.get(job.id).state is JobState.QUEUED


def test_a_worker_of_another_machine_is_dead_when_its_lease_runs_out(store, submit, clock):
    leases = Leases(store)
    leases.register()
    with store.database.write() as connection:
        connection.execute(update(workers).values(host="elsewhere"))
    job = submit("add", a=1, b=1)
    leases.claim()
    clock.move(LEASE_S - 1)
    assert recover(store) == []
    leases.heartbeat()
    clock.move(LEASE_S - 1)
    assert recover(store) == []
    clock.move(2)
    assert recover(store) == [job.id]
    assert store.get(job.id).state is JobState.LOST


def test_a_reused_process_number_is_not_the_old_worker(store, submit):
    leases = Leases(store)
    leases.register()
    job = submit("add", a=1, b=1)
    leases.claim()
    with store.database.write() as connection:
        connection.execute(update(workers).values(process_started=workers.c.process_started - 100))
    assert recover(store) == [job.id]


def test_jobs_that_wait_for_a_program_that_ended_are_lost(store, submit, clock):
    job = submit("add", a=1, b=1, session="gone")
    assert recover(store) == []  # its worker may be on its way
    clock.move(LEASE_S + 1)
    assert recover(store) == [job.id]
    assert "The program that asked for it ended" in store.get(job.id).message


def test_two_workers_never_get_the_same_job(store, submit):
    both = [Leases(store), Leases(store)]
    for leases in both:
        leases.register()
    submit("add", a=1, b=1)
    assert [leases.claim() is not None for leases in both] == [True, False]


def test_events_are_followed_by_number(store, submit):
    first = submit("add", a=1, b=1)
    mark = store.last_event_id()
    second = submit("add", a=1, b=1)
    assert [event.job_id for event in store.events(mark)] == [second.id]
    assert [event.job_id for event in store.events(job_id=first.id)] == [first.id]


def test_a_worker_that_forgot_to_register_is_no_worker(store, submit):
    submit("add", a=1, b=1)
    leases = Leases(store)
    leases.claim()
    assert len(recover(store)) == 1


def test_times_have_zones(store, submit):
    job = submit("add", a=1, b=1)
    assert job.created_at.utcoffset() == timedelta(0)
    assert JobStore(store.database).get(job.id).created_at == job.created_at


def test_workers_are_listed_with_what_they_run_and_whether_they_live(store, submit):
    mine, private = Leases(store), Leases(store, session="session_1")
    mine.register()
    private.register()
    job = submit("add", a=1, b=1)
    mine.claim()
    with store.database.write() as connection:  # its process has gone, and another one has its number
        connection.execute(update(workers).where(workers.c.id == private.worker_id).values(process_started=1.0))
    found = {each.id: each for each in worker_infos(store)}
    assert (found[mine.worker_id].job_ids, found[mine.worker_id].alive, found[mine.worker_id].private) == (
        (job.id,),
        True,
        False,
    )
    assert (found[private.worker_id].job_ids, found[private.worker_id].alive, found[private.worker_id].private) == (
        (),
        False,
        True,
    )
