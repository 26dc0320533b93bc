from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.core.common.actor import Actor
from modelyard.core.common.clock import ManualClock, SystemClock
from modelyard.core.common.durations import seconds, spoken
from modelyard.core.common.errors import AlreadyExists, InvalidInput, MissingExtra, NotFound
from modelyard.core.common.ids import new_id
from modelyard.core.common.optional import check_installed, require
from modelyard.core.common.registry import Entry, Registry


def test_ids_are_unique_and_sort_by_time():
    ids = [new_id("job") for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert [each[:16] for each in ids] == sorted(each[:16] for each in ids)


def test_clocks():
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    clock.move(60)
    assert (clock.now().minute, clock.monotonic()) == (1, 60)
    assert SystemClock().now().tzinfo is UTC
    assert SystemClock().monotonic() <= SystemClock().monotonic()


def test_somebody_is_always_asking():
    assert Actor.local().name


@given(st.floats(0.1, 1e6))
def test_seconds_read_what_they_are_given(value):
    assert seconds(f"{value:.3f}s") == pytest.approx(value, abs=1e-3)
    assert seconds(f"{value:.3f} min") == pytest.approx(60 * value, abs=0.1)


@pytest.mark.parametrize("text", ["soon", "5 parsecs", "-3s", "", "nan"])
def test_durations_that_are_none_are_refused(text):
    with pytest.raises(InvalidInput, match=r"The time budget .* cannot be read\. Possible: 20s, 5min, 1h"):
        seconds(text, name="time budget")


def test_durations_are_spoken():
    assert [spoken(value) for value in (0.4, 59, 60, 3599, 3600)] == [
        "0 s",
        "59 s",
        "1 min",
        "59 min 59 s",
        "1 h 0 min",
    ]


@pytest.mark.parametrize("demand", [require, check_installed])
def test_what_is_missing_is_explained(demand):
    demand("json.decoder", extra="deep", purpose="deep nets")
    with pytest.raises(
        MissingExtra, match=r"Deep nets needs the package 'no_such', .* pip install 'modelyard\[deep\]'"
    ):
        demand("no_such.module", extra="deep", purpose="deep nets")


def test_a_registry_lists_without_importing():
    things = Registry("thing", group="modelyard.test_things")
    things.add(Entry("gone", "Needs what nobody has.", "no_such_module:Thing", requires="no_such_module", extra="deep"))
    things.add(Entry("path", "A path.", "pathlib:Path"))
    assert things.names() == ("gone", "path")
    assert [entry.installed for entry in things] == [False, True]
    with pytest.raises(MissingExtra, match="'gone' needs the package 'no_such_module'"):
        things.get("gone").load()
    with pytest.raises(NotFound, match=r"There is no thing 'pat'\. Possible: path, gone"):
        things.get("pat")
    with pytest.raises(AlreadyExists):
        things.add(Entry("path", "Again.", "pathlib:Path"))
