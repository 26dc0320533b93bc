"""Notices come from the ends of jobs."""

import pytest

from modelyard.core.common.clock import ManualClock
from modelyard.core.jobs.leases import Leases, finish
from modelyard.core.jobs.notices import Notices
from modelyard.core.jobs.types import JobState
from tests.databases import on_each_database

pytestmark = on_each_database


@pytest.fixture
def end(store):
    """Run a job to its end, a second after the one before."""
    store.clock = ManualClock()
    leases = Leases(store)
    leases.register()

    def end(actor="ada", state=JobState.SUCCEEDED, hidden=False):
        job = store.submit("add", "x:y", {}, title="Add", actor=actor, weight="light", hidden=hidden)
        leases.claim()
        store.clock.move(1)
        finish(store, job.id, state, message=f"It {state}.")
        return job.id

    return end


def test_an_end_is_a_notice_for_whoever_asked(store, end):
    notices = Notices(store)
    first, second = end(), end(state=JobState.FAILED)
    end(actor="bob")
    end(hidden=True)
    found, total = notices.page("ada")
    assert total == notices.unread("ada") == 2
    assert [(each.job_id, each.state, each.message, each.unread) for each in found] == [
        (second, "failed", "It failed.", True),
        (first, "succeeded", "It succeeded.", True),
    ]
    assert notices.page("ada", offset=1, limit=1)[0] == [found[1]]
    assert notices.unread("nobody") == 0


def test_what_was_seen_is_read_and_what_ends_later_is_not(store, end):
    notices = Notices(store)
    end()
    notices.mark_read("ada")
    assert notices.unread("ada") == 0
    end()
    assert notices.unread("ada") == 1
    assert [each.unread for each in notices.page("ada")[0]] == [True, False]
    end()
    notices.mark_read("ada", until=notices.page("ada")[0][1].at)
    assert notices.unread("ada") == 1
    notices.mark_read("ada", until=notices.page("ada")[0][2].at)  # an older page must not bring back what was read
    assert notices.unread("ada") == 1
    assert notices.unread("bob") == 0


def test_nothing_to_mark_is_no_error(store):
    Notices(store).mark_read("ada")
    assert Notices(store).page("ada") == ([], 0)


def test_what_i_cancelled_is_no_news_to_me(store):
    for canceller, unread in (("ada", 0), ("bob", 1)):
        job = store.submit("add", "x:y", {}, title="Add", actor="ada", weight="light")
        store.request_cancel(job.id, actor=canceller)
        assert Notices(store).unread("ada") == unread
