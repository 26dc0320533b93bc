"""What every kind of stream must do, against a real server: inherit the suite and supply `source` and `broker`."""

import itertools
import json
import pickle
import time

import pytest

from modelyard.core.common.errors import InvalidInput, NotAllowed, NotFound, Unavailable
from modelyard.core.data_sources.registry import SOURCES, open_source

_numbers = itertools.count(1)


def numbered(start, end):
    return [b'{"i": %d, "city": "Ulm"}' % i for i in range(start, end)]


def numbers(records):
    return sorted(json.loads(record)["i"] for record in records)


def gathered(stream, count, seconds=20.0, most=1_000):
    """Poll until so many records have come."""
    found, end = [], time.monotonic() + seconds
    while len(found) < count and time.monotonic() < end:
        some = stream.poll(most, 0.2)
        assert len(some) <= most
        found += some
    return found


class StreamContract:
    """Every kind. The fixture `broker` has `send(topic, records)`, which makes the topic."""

    keeps = True
    """Whether records are kept for who comes later, and have positions."""

    @pytest.fixture
    def topic(self):
        return f"topic-{next(_numbers)}"

    def test_it_is_listed_and_well(self, source):
        assert SOURCES.get(source.kind).load() is type(source)
        health = source.test()
        assert health.healthy, health.message
        assert health.version

    def test_records_come_in_portions(self, source, broker, topic):
        with self.followed(source, broker, topic) as stream:
            broker.send(topic, numbered(0, 500))
            assert numbers(gathered(stream, 500, most=100)) == list(range(500))
            begun = time.monotonic()
            assert stream.poll(10, 0.2) == []
            assert time.monotonic() - begun < 3

    def followed(self, source, broker, topic):
        if self.keeps:
            broker.send(topic, [])
        return source.follow(topic, group="tests")

    def test_nothing_answers(self, source, nowhere):
        away = open_source(source.kind, {**source.params.model_dump(), "timeout": 2, **nowhere}, name="bus")
        health = away.test()
        assert (health.reachable, health.allowed) == (False, False)
        with pytest.raises(Unavailable, match="'bus' does not answer"):
            away.follow("any")

    def test_it_has_no_end(self, source, topic):
        with pytest.raises(InvalidInput, match=r"yard\.streams\.start"):
            list(source.read(topic))

    def test_it_reveals_nothing(self, source):
        source.test()
        secrets = [source.secret(getattr(source.params, name)) or "no secret" for name in source.params.secret_fields()]
        shown = [json.dumps(source.describe()), repr(source), source.address, source.params.model_dump_json()]
        shown += [pickle.dumps(source).decode("latin-1")]
        assert not any(secret in text for secret in secrets for text in shown)


class KeptContract(StreamContract):
    """A kind that keeps its records, and reads them again from any position."""

    def test_nothing_lost_and_nothing_double(self, source, broker, topic):
        broker.send(topic, numbered(0, 300))
        with source.follow(topic, start="earliest", group="tests") as stream:
            first = stream.poll(100, 5.0)
            position = json.loads(json.dumps(stream.position))
            assert stream.resumes
        broker.send(topic, numbered(300, 400))
        with source.follow(topic, position=position, group="tests") as stream:
            rest = gathered(stream, 400 - len(first))
            assert stream.lag() == 0
            assert stream.take_gaps() == []
        assert numbers(first + rest) == list(range(400))

    def test_from_now_on(self, source, broker, topic):
        broker.send(topic, numbered(0, 50))
        with source.follow(topic, start="latest", group="tests") as stream:
            position = stream.position  # known before any record has come, so that none is missed
        broker.send(topic, numbered(50, 60))
        with source.follow(topic, position=position, group="tests") as stream:
            assert numbers(gathered(stream, 10)) == list(range(50, 60))

    def test_it_can_be_browsed_and_looked_at(self, source, broker, topic):
        broker.send(topic, numbered(0, 20))
        assert [item.text for item in source.browse(search=topic.upper(), limit=1)] == [topic]
        assert source.preview(topic, 3).to_pydict()["city"] == ["Ulm"] * 3
        assert [column.name for column in source.schema(topic)] == ["i", "city"]

    def test_what_is_not_there(self, source):
        with pytest.raises(NotFound, match="nothing-of-the-kind"):
            source.follow("nothing-of-the-kind")


class PasswordContract(StreamContract):
    """A kind whose server wants a password."""

    def test_a_wrong_password(self, source, monkeypatch):
        monkeypatch.setenv("YARD_WRONG", "hunter2-5ecret")
        wrong = open_source(source.kind, {**source.params.model_dump(), "password": "env:YARD_WRONG"}, name="bus")
        health = wrong.test()
        assert (health.reachable, health.allowed) == (True, False), health.message
        with pytest.raises(NotAllowed, match="'bus'") as caught:
            wrong.follow("any")
        assert "hunter2" not in str(caught.value) + repr(caught.value.to_dict())
