"""An id for each HTTP request: taken from the caller or made, answered in a header, and carried into jobs and logs."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from modelyard.core.common.request import request
from modelyard.deployment.api.guard import App, Receive, Scope, Send

HEADER = b"x-request-id"


class Requests:
    """Opens a request around each call of the application; websockets pass, as each action in them is a request.

    Parameters
    ----------
    app : ASGI application
        What it stands before.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name.lower() == HEADER), None)
        with request(given) as request_id:

            async def answer(message: MutableMapping[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message.get("headers", ()), (HEADER, request_id.encode())]
                await send(message)

            await self._app(scope, receive, answer)
