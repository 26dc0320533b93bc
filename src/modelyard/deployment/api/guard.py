"""Who may talk to a workbench that has no accounts yet: this machine's own browser, and no page from elsewhere.

A server on a loopback address is still reached by every page that the user's browser shows. Checking ``Host`` defeats
DNS rebinding, checking ``Origin`` defeats requests that a foreign page makes.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from modelyard.core.common.errors import NotAllowed

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Guard:
    """Refuses requests and websockets whose Host or Origin is not this server.

    Parameters
    ----------
    app : ASGI application
        What it stands before.
    port : int
        That the server listens on.
    """

    def __init__(self, app: App, port: int) -> None:
        self._app = app
        self._allowed = frozenset((host, port) for host in LOOPBACK)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what comes from here, answer 403 to the rest."""
        if scope["type"] in ("http", "websocket"):
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
            if (refused := self._refusal(headers)) is not None:
                await _refuse(scope, send, refused)
                return
        await self._app(scope, receive, send)

    def _refusal(self, headers: dict[str, str]) -> NotAllowed | None:
        host = _address(f"//{headers.get('host', '')}", 80)
        if host not in self._allowed:
            return NotAllowed("This server does not answer to that host name.", possible=self._names())
        origin = headers.get("origin")
        if origin is not None and _address(origin, 443 if origin.startswith("https:") else 80) not in self._allowed:
            return NotAllowed("Pages of other sites may not use this server.")
        return None

    def _names(self) -> list[str]:
        return [f"{host}:{port}" for host, port in sorted(self._allowed) if ":" not in host]


def _address(url: str, default_port: int) -> tuple[str | None, int]:
    try:
        parts = urlsplit(url)
        return parts.hostname, parts.port or default_port
    except ValueError:
        return None, 0


async def _refuse(scope: Scope, send: Send, error: NotAllowed) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": error.what})
        return
    body = json.dumps({"error": error.to_dict()}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
