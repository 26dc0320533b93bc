"""WebSocket as a feed: the contract on a real server."""

import pytest

from modelyard.core.common.errors import InvalidInput, NotAllowed, Unavailable
from modelyard.core.data_sources.registry import open_source
from tests.services import brokers
from tests.streams.contract import StreamContract, gathered, numbered, numbers
from tests.waiting import until


class TestWebsocket(StreamContract):
    @pytest.fixture
    def nowhere(self):
        return {"url": "ws://127.0.0.1:9/"}

    @pytest.fixture
    def broker(self):
        return brokers.feed()

    @pytest.fixture
    def source(self, broker, monkeypatch):
        monkeypatch.setenv("YARD_PASSWORD", broker.token)
        return open_source(
            "websocket", {"url": f"ws://127.0.0.1:{broker.port}", "token": "env:YARD_PASSWORD"}, name="bus"
        )

    def followed(self, source, broker, topic):
        stream = source.follow(topic)
        until(lambda: broker.listeners.get(f"/{topic}"))
        return stream

    def test_a_wrong_token(self, source, monkeypatch):
        monkeypatch.setenv("YARD_PASSWORD", "hunter2-5ecret")
        assert (source.test().reachable, source.test().allowed) == (True, False)
        with pytest.raises(NotAllowed, match="'bus'"):
            source.follow("any")

    def test_what_was_received_is_returned_before_the_end_is_told(self, source, broker, topic):
        with self.followed(source, broker, topic) as stream:
            broker.send(topic, [*numbered(0, 20), b'{"i": 20, "city": "%s"}' % (b"x" * 200_000)])
            assert numbers(gathered(stream, 21)) == list(range(21))
            broker.kill()
            try:
                with pytest.raises(Unavailable, match=r"closed the connection|broke off"):
                    gathered(stream, 1, 5.0)
            finally:
                broker.start()
        assert (stream.resumes, stream.position) == (False, None)

    def test_what_is_no_address(self, source):
        with pytest.raises(InvalidInput, match="ws://"):
            open_source("websocket", {"url": "http://127.0.0.1"}).follow("")
