"""What may talk to a workbench without accounts."""

import asyncio

import pytest

from modelyard.deployment.api.guard import Guard


def ask(kind="http", **headers):
    """Send one request through the guard; returns the answers of whoever answered."""
    sent = []

    async def app(scope, receive, send):
        await send({"type": "passed"})

    async def send(message):
        sent.append(message)

    async def receive():
        return {}

    scope = {"type": kind, "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    asyncio.run(Guard(app, 8321)(scope, receive, send))
    return sent


@pytest.mark.parametrize("host", ["127.0.0.1:8321", "localhost:8321", "[::1]:8321"])
def test_this_machine_may(host):
    assert ask(host=host) == [{"type": "passed"}]
    assert ask(host=host, origin=f"http://{host}") == [{"type": "passed"}]


@pytest.mark.parametrize("host", ["evil.example:8321", "127.0.0.1:80", "127.0.0.1.evil.example:8321", "", "[::1"])
def test_another_host_name_may_not(host):
    assert ask(host=host)[0]["status"] == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "https://localhost:8322"])
def test_a_page_from_elsewhere_may_not(origin):
    assert ask(host="127.0.0.1:8321", origin=origin)[0]["status"] == 403


def test_nor_may_its_websocket():
    answer = ask("websocket", host="127.0.0.1:8321", origin="http://evil.example")
    assert answer[0]["type"] == "websocket.close"


def test_the_server_itself_starts():
    assert ask("lifespan") == [{"type": "passed"}]
