"""Redis streams: the contract on a real server."""

import pytest

from modelyard.core.data_sources.registry import open_source
from tests.services import brokers
from tests.streams.contract import KeptContract, PasswordContract, gathered, numbered, numbers


class TestRedis(KeptContract, PasswordContract):
    @pytest.fixture
    def nowhere(self):
        return {"port": 9}

    @pytest.fixture
    def broker(self):
        return brokers.redis()

    @pytest.fixture
    def source(self, broker, monkeypatch):
        monkeypatch.setenv("YARD_PASSWORD", broker.password)
        params = {"host": "127.0.0.1", "port": broker.port, "password": "env:YARD_PASSWORD"}
        return open_source("redis", params, name="bus")

    def followed(self, source, broker, topic):
        broker.send(topic, [b"first"])
        return source.follow(topic)

    def test_entries_that_were_removed_unread_are_a_gap(self, source, broker, topic):
        broker.send(topic, numbered(0, 100))
        with source.follow(topic, start="earliest") as stream:
            first = stream.poll(10, 1.0)
            position = stream.position
        with broker.client() as client:
            client.xtrim(topic, maxlen=30, approximate=False)
        with source.follow(topic, position=position) as stream:
            assert numbers(first + gathered(stream, 30)) == [*range(10), *range(70, 100)]
            (gap,) = stream.take_gaps()
            assert (gap.began, gap.ended) != (position["id"], position["id"])

    def test_entries_of_several_fields(self, source, broker, topic):
        with broker.client() as client:
            client.xadd(topic, {"city": "Köln", "height": 37})
        assert source.preview(topic, 1).to_pylist() == [{"city": "Köln", "height": "37"}]

    def test_it_is_gone_in_the_middle(self, source, broker, topic):
        from modelyard.core.common.errors import Unavailable

        broker.send(topic, numbered(0, 10))
        with source.follow(topic, start="earliest") as stream:
            assert len(stream.poll(5, 1.0)) == 5
            broker.kill()
            try:
                with pytest.raises(Unavailable, match="does not answer"):
                    gathered(stream, 5, 5.0)
            finally:
                broker.start()
        with source.follow(topic, position=stream.position) as again:
            assert numbers(gathered(again, 5)) == [5, 6, 7, 8, 9]
