"""The bridge from jobs to sessions, over the real event table."""

import threading

import pytest

from modelyard.ui.live import Live
from tests.waiting import until


def say(yard, *said, job="job_1"):
    with yard.database.write() as connection:
        yard.job_store.add_events(connection, job, [(kind, payload) for kind, payload in said])


@pytest.fixture
def live(empty):
    reader = Live(empty.jobs, interval=0.01)
    yield reader
    reader.close()


@pytest.fixture
def job(empty):
    return empty.job_store.submit("test", "nowhere:nothing", {}, title="Test", actor="ada").id


def followers():
    return [thread for thread in threading.enumerate() if thread.name == "live"]


def test_what_is_said_after_subscribing_is_heard(empty, job, live):
    heard = threading.Event()
    subscription = live.subscribe(heard.set)
    say(empty, ("progress", {"progress": 0.5}), job=job)
    assert heard.wait(5)
    assert [(event.job_id, event.kind, event.payload) for event in subscription.take()] == [
        (job, "progress", {"progress": 0.5})
    ]


def test_a_busy_session_is_woken_once_and_gets_the_last_of_each_kind(empty, job, live):
    woken = []
    subscription = live.subscribe(lambda: woken.append(1))
    for step in range(50):
        say(empty, ("progress", {"step": step}), ("log", {"text": str(step)}), job=job)
    until(lambda: any(event.payload == {"text": "49"} for event in subscription._pending.values()))
    events = subscription.take()
    assert woken == [1]
    assert [(event.kind, event.payload) for event in events] == [("progress", {"step": 49}), ("log", {"text": "49"})]
    say(empty, ("state", {"state": "running"}), job=job)
    until(lambda: len(woken) == 2)


def test_all_sessions_hear_through_one_thread_which_ends_with_the_last(empty, job, live):
    before = len(followers())
    heard = [threading.Event() for _ in range(3)]
    subscriptions = [live.subscribe(event.set) for event in heard]
    assert len(followers()) == before + 1
    say(empty, ("state", {}), job=job)
    assert all(event.wait(5) for event in heard)
    for subscription in subscriptions:
        subscription.close()
    until(lambda: len(followers()) == before)


def test_a_session_whose_document_is_gone_is_dropped_and_the_others_go_on(empty, job, live):
    def gone():
        raise RuntimeError("the document is destroyed")

    heard = threading.Event()
    live.subscribe(gone)
    other = live.subscribe(heard.set)
    say(empty, ("state", {}), job=job)
    assert heard.wait(5)
    until(lambda: live._subscriptions == {other})


def test_closing_ends_the_thread_before_the_workspace_is_closed(empty, live):
    before = len(followers())
    live.subscribe(print)
    assert len(followers()) == before + 1
    live.close()
    assert len(followers()) == before
