"""A browser's half of a Bokeh session without a browser: takes the page, opens the websocket, changes properties.

What the server does for it is what it does for a browser; the client costs next to nothing, so that many of them fit
beside the server on the same cores. It speaks the wire format of Bokeh 3.10:
https://docs.bokeh.org/en/latest/docs/dev_guide/server.html
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import urllib.request
from collections.abc import Callable
from typing import Any, Self

import websockets
from bokeh.protocol import Protocol
from bokeh.protocol.receiver import Receiver

_TOKEN = re.compile(r'"token":\s*"([^"]+)"')


class BokehSession:
    """One open page.

    Parameters
    ----------
    url : str
        Of the page, with its query.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.protocol = Protocol()
        self.changes: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.document: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        page = await asyncio.to_thread(_get, self.url)
        found = _TOKEN.search(page)
        if found is None:
            raise RuntimeError(f"{self.url} is no page of a Bokeh server.")
        base, _, query = self.url.partition("?")
        address = f"ws{base.removeprefix('http')}ws" + (f"?{query}" if query else "")
        self.socket = await websockets.connect(
            address, subprotocols=["bokeh", found[1]], origin=base.rstrip("/"), max_size=None, compression=None
        )
        self.reader = asyncio.create_task(self._read())
        await self._send("PULL-DOC-REQ")
        self.document = await asyncio.wait_for(self.changes.get(), 120)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.reader.cancel()
        await self.socket.close()

    def component(self, name: str) -> str:
        """Return the id of the model that holds the parameters of the first component of this class."""
        found = _find(self.document, lambda node: node.get("attributes", {}).get("class_name") == name)
        if found is None:
            raise LookupError(f"The page has no {name}.")
        return str(found["attributes"]["data"]["id"])

    async def change(self, model: str, attribute: str, value: object, until: tuple[str, object]) -> float:
        """Set a property; return the seconds until the server has set another one (its name and value).

        Parameters
        ----------
        model : str
            Its id.
        """
        while not self.changes.empty():
            self.changes.get_nowait()
        start = time.perf_counter()
        event = {"kind": "ModelChanged", "model": {"id": model}, "attr": attribute, "new": value}
        await self._send("PATCH-DOC", {"events": [event]})
        while True:
            patch = await asyncio.wait_for(self.changes.get(), 120)
            for each in patch.get("events", ()):
                if each.get("kind") == "ModelChanged" and (each["attr"], each["new"]) == until:
                    return time.perf_counter() - start

    async def _send(self, kind: str, content: dict[str, Any] | None = None) -> None:
        header = {"msgid": f"{time.monotonic_ns()}", "msgtype": kind}
        for fragment in (header, {}, content or {}):
            await self.socket.send(json.dumps(fragment))

    async def _read(self) -> None:
        receiver = Receiver(self.protocol)
        async for fragment in self.socket:
            message = await receiver.consume(fragment)
            if message is None:
                continue
            content = message.content
            if message.msgtype == "PULL-DOC-REPLY":
                self.changes.put_nowait(content["doc"])
            elif message.msgtype == "PATCH-DOC":
                self.changes.put_nowait(content)
            elif message.msgtype == "ERROR":
                raise RuntimeError(content.get("text", "The server refused a message."))


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=120) as answer:
        return str(answer.read().decode())


def _find(node: Any, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
    """Search depth first."""
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if "id" in node and fits(node):
                return node
            stack += node.values()
        elif isinstance(node, list):
            stack += node
    return None
