"""The request that asked for a job is on everything that the job leaves behind."""

import logging

import pytest

from modelyard.core.common.request import current_request, log_with_request, request
from modelyard.core.jobs.output import _led
from modelyard.core.jobs.store import outcome
from tests.databases import on_each_database


@on_each_database
def test_a_job_and_its_events_carry_the_request(store, submit):
    with request("req-1"):
        asked = submit("add", a=1, b=1)
    alone = submit("add", a=1, b=1)
    store.request_cancel(asked.id, actor="me")
    assert (asked.request_id, alone.request_id) == ("req-1", None)
    assert [event.request_id for event in store.events(job_id=asked.id)] == ["req-1", "req-1"]
    assert [event.request_id for event in store.events(job_id=alone.id)] == [None]


def test_what_the_job_says_prints_and_asks_for_carries_it_too(store, submit, start_worker, tmp_path):
    start_worker()
    with request("req-2"):
        job = submit("tell_request")
    job = store.wait(job.id, timeout=30)
    assert outcome(job) == {"request": "req-2"}
    assert {event.request_id for event in store.events(job_id=job.id)} == {"req-2"}
    assert (tmp_path / "logs" / f"{job.id}.log").read_text() == "req-2 first\nreq-2 second\n"


def test_requests_nest_and_end():
    assert current_request() is None
    with request() as outer:
        with request() as inner:
            assert inner == outer == current_request()
        with request("another"):
            assert current_request() == "another"
        assert current_request() == outer
    assert current_request() is None


@pytest.mark.parametrize("hostile", ["", "a b", "a\nINFO forged", "x" * 65, "ü", "a;b"])
def test_an_id_from_outside_that_is_no_short_word_is_replaced(hostile):
    with request(hostile) as found:
        assert found not in ("", hostile)
        assert found.isalnum()


def test_lines_are_led_wherever_the_pieces_are_cut():
    text = b"one\n\ntwo\nthree"
    whole = b"r one\nr \nr two\nr three"
    for cut in range(1, len(text)):
        first, second = text[:cut], text[cut:]
        assert _led(first, b"r ", True) + _led(second, b"r ", first.endswith(b"\n")) == whole


def test_logged_lines_are_led_by_the_request(capsys):
    logger = logging.getLogger("modelyard")
    before = logger.handlers[:], logger.propagate
    try:
        log_with_request()
        with request("req-3"):
            logging.getLogger("modelyard.x").warning("two\nlines")
        logging.getLogger("modelyard.x").warning("alone")
    finally:
        logger.handlers[:], logger.propagate = before
    assert capsys.readouterr().err == "req-3 WARNING modelyard.x: two\nreq-3 lines\n- WARNING modelyard.x: alone\n"
