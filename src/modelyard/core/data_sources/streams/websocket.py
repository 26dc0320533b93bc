"""WebSocket: a feed that somebody else sends. It keeps nothing: what is sent while nobody listens is a gap."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections import deque
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import Field

from modelyard.core.common.errors import InvalidInput, ModelyardError, NotAllowed, NotFound, Unavailable
from modelyard.core.common.optional import require
from modelyard.core.common.types import Json
from modelyard.core.data_sources.params import SourceParams
from modelyard.core.data_sources.paths import Path, parse_path
from modelyard.core.data_sources.secret_refs import SecretRef
from modelyard.core.data_sources.streams.base import BaseStream, StreamSource
from modelyard.core.data_sources.types import Listing

if TYPE_CHECKING:
    from websockets.client import ClientProtocol

_PIECE = 256 << 10
_LARGEST = 16 << 20
_PING_S = 20.0
"""After so many silent seconds we ask whether the other side is there, and after as many again it is not."""


class WebsocketParams(SourceParams):
    """Where the feed is, and who we are there."""

    url: str = Field(title="Address", description="ws://host:port/path, or wss:// where the network is not yours.")
    token: SecretRef | None = Field(None, title="Token", description="Sent as: Authorization: Bearer …")
    hello: str = Field("", title="First message", description="What the feed wants to hear first, if anything.")


class WebsocketSource(StreamSource):
    """A feed over WebSocket. The topic is a path below the address, or empty for the address itself."""

    kind = "websocket"
    title = "WebSocket feed"
    Params = WebsocketParams
    params: WebsocketParams

    @property
    def address(self) -> str:
        """The address, without what may be secret in it."""
        parts = urlsplit(self.params.url)
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"

    def check(self) -> str:
        """Connect, and say goodbye."""
        self.follow("").close()
        return "WebSocket"

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return nothing: a feed does not tell what it has."""
        return Listing((), more=False, offset=offset)

    def follow(
        self, topic: str, *, position: Json | None = None, start: str = "latest", group: str = ""
    ) -> WebsocketStream:
        """Connect to the feed."""
        url = "/".join([self.params.url.rstrip("/"), *parse_path(topic)]) if parse_path(topic) else self.params.url
        if urlsplit(url).scheme not in ("ws", "wss") or not urlsplit(url).hostname:
            raise InvalidInput("This is not the address of a WebSocket.", possible=["ws://host:port/path", "wss://…"])
        return WebsocketStream(self, url)

    def broke(self, error: object, what: str = "does not answer") -> Unavailable:
        """Return the error for a connection that is not there."""
        return Unavailable(
            f"The source {self.name!r} {what}.",
            where=self.address,
            remedy="See that the feed runs and can be reached from here.",
            details=self.scrubbed(error),
        )


class WebsocketStream(BaseStream):
    """One connection; each message is a record."""

    resumes = False

    def __init__(self, source: WebsocketSource, url: str) -> None:
        self._source = source
        self._records: deque[bytes] = deque()
        self._pieces: list[bytes] = []
        self._heard = time.monotonic()
        self._asked = False
        try:
            self._socket = _connected(url, source.params.timeout)
        except OSError as error:
            raise source.broke(error) from None
        try:
            self._protocol = self._handshake(url)
            if source.params.hello:
                self._protocol.send_text(source.params.hello.encode())
                self._send()
        except BaseException as error:
            self._socket.close()
            if isinstance(error, OSError) and not isinstance(error, ModelyardError):
                raise source.broke(error) from None
            raise

    @property
    def position(self) -> None:
        """A feed has none."""
        return None

    def poll(self, most: int, wait: float) -> list[bytes]:
        """Return the messages that have come; what comes meanwhile waits in the network, and with the sender."""
        until = time.monotonic() + wait
        while not self._records and (left := until - time.monotonic()) > 0:
            self._receive(left)
        if len(self._records) < most and _readable(self._socket, 0):
            self._receive(0)
        if len(self._records) <= most:
            found = list(self._records)
            self._records.clear()
            return found
        return [self._records.popleft() for _ in range(most)]

    def close(self) -> None:
        """Say goodbye, and let go."""
        try:
            self._protocol.send_close(1000)
            self._send()
        except Exception:  # noqa: S110  (it may be closed already, in whatever way)
            pass
        self._socket.close()

    def _handshake(self, url: str) -> ClientProtocol:
        require("websockets", extra="sources", purpose="a WebSocket source")
        from websockets.client import ClientProtocol
        from websockets.exceptions import InvalidStatus, WebSocketException
        from websockets.http11 import Response
        from websockets.uri import parse_uri

        protocol = self._protocol = ClientProtocol(parse_uri(url), max_size=_LARGEST)
        request = protocol.connect()
        if token := self._source.secret(self._source.params.token):
            request.headers["Authorization"] = f"Bearer {token}"
        protocol.send_request(request)
        self._send()
        until = time.monotonic() + self._source.params.timeout
        while not (events := protocol.events_received()):
            if not _readable(self._socket, until - time.monotonic()):
                raise self._source.broke("no answer to the handshake")
            data = self._socket.recv(_PIECE)
            protocol.receive_data(data) if data else protocol.receive_eof()
            if not data and protocol.handshake_exc is None:
                raise self._source.broke("closed within the handshake")
        try:
            assert isinstance(events[0], Response)
            if protocol.handshake_exc is not None:
                raise protocol.handshake_exc
        except InvalidStatus as error:
            raise self._refused(error.response.status_code) from None
        except WebSocketException as error:
            raise self._source.broke(error, "does not speak WebSocket") from None
        self._take(events[1:])
        return protocol

    def _refused(self, status: int) -> ModelyardError:
        if status in (401, 403):
            return NotAllowed(f"The source {self._source.name!r} does not let us in.", where=self._source.address)
        if status == 404:
            return NotFound(f"There is no such feed in the source {self._source.name!r}.", where=self._source.address)
        return self._source.broke(f"status {status}", f"answers with the status {status}")

    def _receive(self, wait: float) -> None:
        """Take one piece of what has come, within some seconds."""
        try:
            if not _readable(self._socket, wait):
                self._ask()
                return
            data = self._socket.recv(_PIECE)
            self._heard, self._asked = time.monotonic(), False
            self._protocol.receive_data(data) if data else self._protocol.receive_eof()
            self._take(self._protocol.events_received())
            self._send()
        except ssl.SSLWantReadError:
            return
        except OSError as error:
            if isinstance(error, ModelyardError):
                raise
            raise self._source.broke(error, "broke off") from None
        if self._protocol.close_expected() and not self._records:
            raise self._source.broke(self._protocol.parser_exc or "closed", "closed the connection")

    def _take(self, frames: list[Any]) -> None:
        from websockets.frames import Opcode

        for frame in frames:
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY) and frame.fin:
                self._records.append(bytes(frame.data))
            elif frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self._pieces.append(bytes(frame.data))
                if frame.fin:
                    self._records.append(b"".join(self._pieces))
                    self._pieces = []

    def _ask(self) -> None:
        """After a long silence, see whether the other side is there."""
        silent = time.monotonic() - self._heard
        if silent > 2 * _PING_S:
            raise self._source.broke("no answer to a ping", "fell silent")
        if silent > _PING_S and not self._asked:
            self._asked = True
            self._protocol.send_ping(b"modelyard")
            self._send()

    def _send(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._socket.sendall(data)


def _connected(url: str, timeout: float) -> socket.socket:
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    found = socket.create_connection((parts.hostname or "", parts.port or (443 if secure else 80)), timeout)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return ssl.create_default_context().wrap_socket(found, server_hostname=parts.hostname) if secure else found


def _readable(connection: socket.socket, wait: float) -> bool:
    if isinstance(connection, ssl.SSLSocket) and connection.pending():
        return True
    return bool(select.select([connection], [], [], max(0.0, wait))[0])
