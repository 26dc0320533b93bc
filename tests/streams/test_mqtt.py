"""MQTT: the contract on a real Mosquitto; QoS 1 loses nothing and doubles nothing, whoever is killed."""

import pytest

from modelyard.core.data_sources.registry import open_source
from tests.services import brokers
from tests.streams.contract import PasswordContract, gathered, numbered, numbers


class TestMqtt(PasswordContract):
    @pytest.fixture
    def nowhere(self):
        return {"port": 9}

    @pytest.fixture
    def broker(self):
        return brokers.mosquitto()

    @pytest.fixture
    def source(self, broker, monkeypatch):
        monkeypatch.setenv("YARD_PASSWORD", broker.password)
        params = {"host": "127.0.0.1", "port": broker.port, "user": "yard", "password": "env:YARD_PASSWORD"}
        return open_source("mqtt", {**params, "inflight": 20}, name="bus")

    def followed(self, source, broker, topic):
        return open_source("mqtt", {**source.params.model_dump(), "qos": 0}, name="bus").follow(topic)

    def test_what_comes_while_nobody_listens_is_kept_and_known_again(self, source, broker, topic):
        with source.follow(topic, group=topic) as stream:
            broker.send(topic, numbered(0, 10))
            first = gathered(stream, 10)
            position = stream.position  # committed with the records; then we are killed, and acknowledge nothing
        broker.send(topic, numbered(10, 60))
        with source.follow(topic, group=topic, position=position) as stream:
            assert stream.position == position  # until they are sent again
            rest = []
            while len(rest) < 50 and (some := gathered(stream, 1, 5.0, most=stream.window)):
                rest += some
                stream.commit()
            assert stream.take_gaps() == []
            assert stream.position == {"unacknowledged": []}
        assert numbers(first + rest) == list(range(60))

    def test_a_session_that_the_broker_has_forgotten_is_a_gap(self, source, topic):
        with source.follow(topic, group=topic, position={"unacknowledged": []}) as stream:
            (gap,) = stream.take_gaps()
            assert "forgotten" in gap.reason
