"""MQTT: with QoS 1 the broker keeps what we have not acknowledged, and we acknowledge what is on disk."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from modelyard.core.common.errors import NotAllowed, Unavailable
from modelyard.core.common.ids import new_id
from modelyard.core.common.optional import require
from modelyard.core.common.types import Json
from modelyard.core.data_sources.params import SourceParams
from modelyard.core.data_sources.paths import Path, parse_path
from modelyard.core.data_sources.secret_refs import SecretRef
from modelyard.core.data_sources.streams.base import BaseStream, Gap, StreamSource
from modelyard.core.data_sources.types import Listing

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

_KEEPALIVE_S = 60
_REFUSED = ("not authorized", "bad user name or password")


class MqttParams(SourceParams):
    """Where the broker is, and who we are there."""

    host: str = Field("localhost", title="Host")
    port: int = Field(1883, ge=1, le=65535, title="Port")
    user: str | None = Field(None, title="User")
    password: SecretRef | None = Field(None, title="Password")
    encrypted: bool = Field(False, title="Encrypted", description="Whether to speak TLS.")
    qos: Literal[0, 1] = Field(
        1, title="Quality of service", description="1: the broker keeps what comes while we are away. 0: it is lost."
    )
    inflight: int = Field(
        20, ge=1, le=65_535, title="In flight", description="Messages that the broker sends before it waits (QoS 1)."
    )


class MqttSource(StreamSource):
    """Topics of an MQTT broker, also with the signs ``+`` and ``#``. A message's payload is a record."""

    kind = "mqtt"
    title = "MQTT"
    Params = MqttParams
    params: MqttParams

    @property
    def address(self) -> str:
        """Host and port."""
        return f"mqtt://{self.params.host}:{self.params.port}"

    def check(self) -> str:
        """Connect, and leave."""
        MqttStream(self, "", f"modelyard-{new_id('test')}", None).close()
        return "MQTT 3.1.1"

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return nothing: a broker does not tell which topics there are."""
        return Listing((), more=False, offset=offset)

    def follow(self, topic: str, *, position: Json | None = None, start: str = "latest", group: str = "") -> MqttStream:
        """Subscribe; with QoS 1 in the session of this group, which the broker keeps."""
        return MqttStream(self, "/".join(parse_path(topic)), group or f"modelyard-{new_id('look')}", position)

    def client(self, name: str, *, kept: bool) -> Client:
        """Return a client that is not connected yet."""
        mqtt = require("paho.mqtt.client", extra="sources", purpose="an MQTT source")
        found: Client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=name,
            clean_session=not kept,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        if self.params.user is not None:
            found.username_pw_set(self.params.user, self.secret(self.params.password) or None)
        if self.params.encrypted:
            found.tls_set()
        found.connect_timeout = self.params.timeout
        return found

    def broke(self, error: object, what: str = "does not answer") -> Unavailable:
        """Return the error for a broker that is not there."""
        return Unavailable(
            f"The source {self.name!r} {what}.",
            where=self.address,
            remedy="See that the broker runs and can be reached from here.",
            details=self.scrubbed(error),
        )


class MqttStream(BaseStream):
    """One subscription.

    Its position is which messages have been returned and are not acknowledged yet, by their packet ids: a message that
    the broker sends again after a crash is known by that, and not returned again.
    """

    def __init__(self, source: MqttSource, topic: str, group: str, position: Json | None) -> None:
        self._source = source
        self._qos = source.params.qos if topic else 0
        self.resumes = self._qos > 0
        self.window = source.params.inflight if self.resumes else None
        self._known: set[int] = set((position or {}).get("unacknowledged", ()))
        self._messages: deque[MQTTMessage] = deque()
        self._open: list[MQTTMessage] = []
        self._gaps: list[Gap] = []
        self._answer: tuple[bool, Any] | None = None
        self._lost: Any = None
        self._subscribed: Any = None
        self._client = source.client(group, kept=self.resumes and not group.startswith("modelyard-look"))
        self._client.on_connect = self._connected
        self._client.on_message = lambda _client, _data, message: self._messages.append(message)
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = lambda _client, _data, _mid, codes, _properties: setattr(self, "_subscribed", codes)
        try:
            self._client.connect(source.params.host, source.params.port, keepalive=_KEEPALIVE_S)
            self._wait(lambda: self._answer is not None)
        except OSError as error:
            raise error if isinstance(error, Unavailable) else source.broke(error) from None
        session, code = self._answer or (False, None)
        if code is None or code.is_failure:
            raise self._refused(str(code))
        if topic:
            self._subscribe(topic)
        if not session:
            self._known.clear()
        if self.resumes and position is not None and not session:
            self._gaps.append(Gap("the last session", "this session", "The broker had forgotten our session."))

    @property
    def position(self) -> Json | None:
        """The packet ids of messages that were returned, also before a crash, and not acknowledged; None with QoS 0."""
        return {"unacknowledged": sorted({each.mid for each in self._open} | self._known)} if self.resumes else None

    def poll(self, most: int, wait: float) -> list[bytes]:
        """Return payloads; the broker waits while nobody asks."""
        until = time.monotonic() + wait
        records: list[bytes] = []
        while len(records) < most:
            while self._messages and len(records) < most:
                message = self._messages.popleft()
                if message.qos and message.dup and message.mid in self._known:  # it was kept before a crash
                    self._known.discard(message.mid)
                    self._client.ack(message.mid, message.qos)
                    continue
                if message.qos and not message.dup:  # the broker begins with those that it sends again
                    self._known.clear()
                if message.qos:
                    self._open.append(message)
                records.append(bytes(message.payload))
            left = until - time.monotonic()
            if self._lost is not None:
                if records:
                    break
                raise self._source.broke(self._lost, "broke off")
            if left <= 0 or len(records) >= most:
                break
            self._client.loop(0.0 if records else left)
            if records and not self._messages:
                break
        return records

    def commit(self) -> None:
        """Acknowledge what was returned; the broker forgets it, and sends more."""
        for message in self._open:
            self._client.ack(message.mid, message.qos)
        self._open = []

    def take_gaps(self) -> list[Gap]:
        """Tell if the broker has forgotten our session."""
        gaps, self._gaps = self._gaps, []
        return gaps

    def close(self) -> None:
        """Leave; the broker keeps the session with QoS 1."""
        self._client.disconnect()
        self._client.loop(0.1)

    def _subscribe(self, topic: str) -> None:
        code, _ = self._client.subscribe(topic, self._qos)
        if code != 0:
            raise self._source.broke(f"subscribe: {code}")
        self._wait(lambda: self._subscribed is not None)
        if any(each.is_failure for each in self._subscribed):
            raise self._refused(f"subscription to {topic!r} refused")

    def _wait(self, done: Any) -> None:
        until = time.monotonic() + self._source.params.timeout
        while not done():
            if self._lost is not None or time.monotonic() > until:
                raise self._source.broke(self._lost or "no answer")
            self._client.loop(0.05)

    def _connected(self, _client: object, _data: object, flags: Any, code: Any, _properties: object) -> None:
        self._answer = (flags.session_present, code)

    def _disconnected(self, _client: object, _data: object, _flags: object, code: Any, _properties: object) -> None:
        self._lost = self._lost or str(code)

    def _refused(self, told: str) -> NotAllowed | Unavailable:
        if told.lower() in _REFUSED or "refused" in told:
            return NotAllowed(
                f"The source {self._source.name!r} does not let us in.", where=self._source.address, details=told
            )
        return self._source.broke(told)
