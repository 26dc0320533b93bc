"""State of the screens of streams, against a real Redis: followed, heard, stopped, resumed, missed, removed."""

import pytest

from modelyard.ui.panels.sources.stream_model import Follow, StreamList
from modelyard.ui.panels.sources.stream_rows import stream_row
from tests.services import brokers
from tests.streams.contract import numbered
from tests.waiting import until


@pytest.fixture(scope="module")
def bus(yard):
    yard.secrets.set("redis", brokers.redis().password)
    yard.sources.add("hall", "devices")
    return yard.sources.add("bus", "redis", host="127.0.0.1", port=brokers.redis().port, password="secret:redis")


class Page:
    """What an open page shows: it reads nothing unless a job has said something."""

    def __init__(self, yard, source):
        self.yard, self.list = yard, StreamList(yard, source)
        self.list.load()
        self.last = yard.jobs.last_event_id()

    def row(self):
        events = self.yard.jobs.events(self.last)
        if events:
            self.last = events[-1].id
            self.list.hear(events)
        (info,) = self.list.items
        return stream_row(info)["cells"]

    def shows(self, **cells):
        until(lambda: cells.items() <= self.row().items())
        return self.row()


def acts(row):
    return [each["label"] for each in row["act"] if not each.get("disabled")]


def test_a_topic_is_followed_to_its_end(yard, bus):
    brokers.redis().send("weather", [*numbered(0, 100), b"oops"])
    follow = Follow(yard, bus)
    assert follow.start() is None
    assert follow.problem["what"] == "Say which topic."
    follow.param.update(topic="weather", begin="earliest", batch_age="soon")
    assert follow.start() is None
    assert (follow.topic, "5min" in str(follow.problem)) == ("weather", True)  # what is typed survives
    follow.batch_age = "0.1s"
    assert follow.code == 'stream = yard.streams.start("bus", "weather", start="earliest", batch_age="0.1s")'
    assert follow.start().name == "weather"

    page, devices = Page(yard, "bus"), StreamList(yard, "hall")
    devices.load()
    assert (devices.items, devices.total) == ((), 0)
    row = page.shows(rows="100", state={"state": "running", "label": "Running"})
    assert (row["name"]["to"], row["rejected"], row["lag"], acts(row)) == (
        None,
        {**row["rejected"], "text": "1"},
        "0",
        ["Stop"],
    )
    page.list.remove("weather")
    assert "Stop it first" in page.list.problem["remedy"]

    page.list.stop("weather")
    row = page.shows(state={"state": "stopped", "label": "Stopped"}, rate=None)
    assert acts(row) == ["Resume", "Remove"]
    assert "dataset=dataset_" in row["name"]["to"]
    assert row["rejected"]["to"] == "?tab=data&dataset=weather-rejected"

    brokers.redis().send("weather", numbered(100, 150))
    with brokers.redis().client() as client:
        client.xtrim("weather", maxlen=20, approximate=False)
    page.list.resume("weather")
    row = page.shows(rows="120")
    assert acts(row) == ["1 gap", "Stop"]
    page.list.unfold("weather")
    assert [gap.reason != "" for gap in page.list.gaps] == [True]
    page.list.stop("weather")
    page.shows(state={"state": "stopped", "label": "Stopped"})
    page.list.remove("weather")
    assert (page.list.items, page.list.gaps_of, page.list.gaps, page.list.problem) == ((), "", (), None)
    assert yard.datasets.get("weather").version.rows == 120


def test_why_a_stream_has_failed_is_shown(yard, bus):
    yard.streams.start(bus, "no-such-key")
    page = Page(yard, "bus")
    row = page.shows(state={"state": "failed", "label": "Failed"})
    assert "There is no stream 'no-such-key'" in page.list.wrong["no-such-key"]
    assert acts(row) == ["Resume", "Stop"]
    page.list.stop("no-such-key")
    page.list.remove("no-such-key")
    assert (page.list.items, page.list.problem) == ((), None)
