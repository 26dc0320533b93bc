"""A page that is gone leaves nothing behind in the server."""

import gc
import socket
import threading
import weakref

import pytest
import uvicorn
from bokeh.client import pull_session

from modelyard import web
from modelyard.ui.app import SERVER
from tests.waiting import until

# the page that warms the server up is made before its loop runs, which Tornado notes
pytestmark = pytest.mark.filterwarnings("ignore:There is no current event loop:DeprecationWarning")


@pytest.fixture
def url(empty, monkeypatch):
    """A server of this process that forgets closed pages at once."""
    monkeypatch.setattr(web, "KEPT_MS", 100)
    monkeypatch.setattr(web, "CHECK_MS", 100)
    monkeypatch.setattr(SERVER, "_opened", None)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        config = uvicorn.Config(web.create_app(empty, port), log_level="warning", ws_max_size=64 << 20)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        yield f"http://127.0.0.1:{port}/"
        server.should_exit = True
        thread.join(20)
    SERVER.opened()[1].close()


def test_a_closed_page_is_forgotten_with_all_that_it_held(url):
    live = SERVER.opened()[1]
    until(lambda: not live._subscriptions)  # the page that warms the server up
    client = pull_session(url=url)
    (subscription,) = live._subscriptions
    session = weakref.ref(subscription._wake.__self__)
    document = weakref.ref(session()._document)
    del subscription
    client.close()

    def forgotten():
        gc.collect()
        return session() is None and document() is None

    until(forgotten)
    assert not live._subscriptions
