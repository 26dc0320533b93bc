"""Kafka: the contract, on librdkafka's own mock cluster."""

import pytest

from modelyard.core.data_sources.registry import open_source
from tests.services import brokers
from tests.streams.contract import KeptContract, gathered, numbered, numbers


class TestKafka(KeptContract):
    @pytest.fixture
    def nowhere(self):
        return {"brokers": "127.0.0.1:9"}

    @pytest.fixture
    def broker(self):
        return brokers.kafka()

    @pytest.fixture
    def source(self, broker):
        return open_source("kafka", {"brokers": broker.address}, name="bus")

    test_what_is_not_there = None  # the mock cluster makes each topic that is asked for

    def test_an_offset_that_is_gone_is_a_gap(self, source, broker, topic):
        broker.send(topic, numbered(0, 40))
        position = {"0": 900, "1": 10, "2": 10, "3": 10}  # as if the topic had been made anew
        with source.follow(topic, position=position, group="tests") as stream:
            assert numbers(gathered(stream, 10)) == list(range(0, 40, 4))
            (gap,) = stream.take_gaps()
            assert (gap.began, gap.ended) == ("partition 0, offset 900", "partition 0, offset 0")
