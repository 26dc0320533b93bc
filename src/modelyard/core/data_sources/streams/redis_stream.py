"""Redis streams: read by XREAD at our own ids, without a group."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import Field

from modelyard.core.common.errors import ModelyardError, NotAllowed, NotFound, Unavailable
from modelyard.core.common.optional import require
from modelyard.core.common.types import Json
from modelyard.core.data_sources.params import SourceParams
from modelyard.core.data_sources.paths import Path, parse_path
from modelyard.core.data_sources.secret_refs import SecretRef
from modelyard.core.data_sources.streams.base import BaseStream, Gap, StreamSource
from modelyard.core.data_sources.types import Item, Listing

if TYPE_CHECKING:
    from redis import Redis

_AT_ONCE = 5_000


class RedisParams(SourceParams):
    """Where the server is, and who we are there."""

    host: str = Field("localhost", title="Host")
    port: int = Field(6379, ge=1, le=65535, title="Port")
    database: int = Field(0, ge=0, title="Database")
    user: str | None = Field(None, title="User")
    password: SecretRef | None = Field(None, title="Password")
    encrypted: bool = Field(False, title="Encrypted", description="Whether to speak TLS.")
    field: str = Field(
        "data",
        title="Field",
        description="The field of an entry that holds the record. Entries without it are records of texts.",
    )


class RedisSource(StreamSource):
    """Streams of a Redis server. The record of an entry is its field ``data``, or all its fields as texts."""

    kind = "redis"
    title = "Redis streams"
    Params = RedisParams
    params: RedisParams

    @property
    def address(self) -> str:
        """Host, port and database."""
        return f"redis://{self.params.host}:{self.params.port}/{self.params.database}"

    def check(self) -> str:
        """Ask for the version."""
        with self.told(), self.connected() as redis:
            info: Any = redis.info("server")
            return f"Redis {info['redis_version']}"

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return the streams among the keys."""
        if parse_path(path):
            return Listing((), more=False, offset=offset)
        with self.told(), self.connected() as redis:
            keys = [key.decode("utf-8", "replace") for key in redis.scan_iter(_type="stream", count=1000)]
            names = sorted(key for key in keys if search.lower() in key.lower())
            some = names[offset : offset + limit]
            items = tuple(Item((name,), "topic", rows=int(redis.xlen(name))) for name in some)
        return Listing(items, len(names) > offset + limit, offset)

    def follow(
        self, topic: str, *, position: Json | None = None, start: str = "latest", group: str = ""
    ) -> RedisStream:
        """Follow one stream."""
        (key,) = parse_path(topic) or ("",)
        return RedisStream(self, key, position, start)

    @contextmanager
    def connected(self) -> Iterator[Redis]:
        """Yield a connection that is closed afterwards."""
        client = self.client()
        try:
            yield client
        finally:
            client.close()

    def client(self) -> Redis:
        """Return a client; it connects when it is first used."""
        redis = require("redis", extra="sources", purpose="a Redis source")
        found: Redis = redis.Redis(
            host=self.params.host,
            port=self.params.port,
            db=self.params.database,
            username=self.params.user,
            password=self.secret(self.params.password) or None,
            ssl=self.params.encrypted,
            socket_timeout=self.params.timeout,
            socket_connect_timeout=self.params.timeout,
            client_name="modelyard",
            retry=None,  # whoever follows tries again
        )
        return found

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn the driver's errors to ours."""
        from redis import exceptions

        try:
            yield
        except (exceptions.RedisError, OSError) as error:
            raise self._explain(error) from None

    def _explain(self, error: Exception) -> ModelyardError:
        from redis import exceptions

        details = self.scrubbed(error)
        if isinstance(error, exceptions.AuthenticationError | exceptions.NoPermissionError):
            return NotAllowed(f"The source {self.name!r} does not let us in.", where=self.address, details=details)
        if "NOAUTH" in str(error) or "WRONGPASS" in str(error):
            return NotAllowed(f"The source {self.name!r} wants a password.", where=self.address, details=details)
        return Unavailable(
            f"The source {self.name!r} does not answer.",
            where=self.address,
            remedy="See that the server runs and can be reached from here.",
            details=details,
        )


class RedisStream(BaseStream):
    """One stream, behind the id of an entry."""

    resumes = True

    def __init__(self, source: RedisSource, key: str, position: Json | None, start: str) -> None:
        self._source = source
        self._key = key
        self._gaps: list[Gap] = []
        self._told = "0-0"
        self._field = source.params.field.encode()
        self._redis = source.client()
        try:
            info = self._info()
            if position is None:
                oldest = start == "earliest"
                self._id = "0-0" if oldest else info["last-generated-id"].decode()
                self._read = info["entries-added"] - (info["length"] if oldest else 0)
            else:
                self._id, self._read = position["id"], position["read"]
                self._find_gap(info)
        except BaseException:
            self._redis.close()
            raise

    @property
    def position(self) -> Json:
        """The id of the last entry, and how many entries there were up to it."""
        return {"id": self._id, "read": self._read}

    def poll(self, most: int, wait: float) -> list[bytes]:
        """Return the records of some entries."""
        block = max(1, int(min(wait, self._source.params.timeout / 2) * 1000))
        with self._source.told():
            found: Any = self._redis.xread({self._key: self._id}, count=min(most, _AT_ONCE), block=block)
        if not found:
            return []
        entries = found[0][1] if isinstance(found, list) else next(iter(found.values()))
        if entries and isinstance(entries[0], list) and len(entries) == 1:  # RESP3 wraps the entries once more
            entries = entries[0]
        self._id = entries[-1][0].decode()
        self._read += len(entries)
        return [self._record(fields) for _, fields in entries]

    def lag(self) -> int | None:
        """Return how many entries wait."""
        info = self._info()
        self._find_gap(info)
        if self._id == info["last-generated-id"].decode():
            self._read = info["entries-added"]
        return max(0, int(info["entries-added"]) - int(self._read))

    def take_gaps(self) -> list[Gap]:
        """Return which entries the server removed before we had read them."""
        gaps, self._gaps = self._gaps, []
        return gaps

    def close(self) -> None:
        """Let go of the connection."""
        self._redis.close()

    def _record(self, fields: Any) -> bytes:
        value = fields.get(self._field)
        if value is not None:
            return bytes(value)
        return json.dumps({_text(name): _text(value) for name, value in fields.items()}).encode()

    def _info(self) -> dict[str, Any]:
        with self._source.told():
            if self._redis.type(self._key) != b"stream":
                names = [item.name for item in self._source.browse(limit=200)]
                raise NotFound.named("stream", self._key, names)
            found: dict[str, Any] = self._redis.xinfo_stream(self._key)
        return found

    def _find_gap(self, info: dict[str, Any]) -> None:
        """Tell what was removed before we had read it: the oldest entries by trimming, or single ones."""
        gone = info["entries-added"] - info["length"]
        first = info["first-entry"]
        if gone > self._read:
            behind = first[0] if first else info["last-generated-id"]
            self._gaps.append(Gap(self._id, behind.decode(), "The server had removed the oldest entries."))
            self._read = gone
            return
        removed = info["max-deleted-entry-id"].decode()
        if _order(removed) > max(_order(self._id), _order(self._told)):
            self._told = removed
            self._gaps.append(Gap(self._id, removed, "Entries had been deleted before they were read."))


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def _order(entry_id: str) -> tuple[int, int]:
    time, _, number = entry_id.partition("-")
    return int(time), int(number or 0)
