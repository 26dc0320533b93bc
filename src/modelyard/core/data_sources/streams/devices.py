"""Devices that send to us over WebSocket: the web process keeps what they send in files, which are followed here."""

from __future__ import annotations

import time
from pathlib import Path as FilePath

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.types import Json
from modelyard.core.data_sources.params import SourceParams
from modelyard.core.data_sources.paths import Path
from modelyard.core.data_sources.streams.base import BaseStream, StreamSource
from modelyard.core.data_sources.streams.spool import SpoolReader
from modelyard.core.data_sources.types import Listing

_PAUSE_S = 0.02


class DevicesParams(SourceParams):
    """Nothing has to be said."""


class DevicesSource(StreamSource):
    """An endpoint of the workbench that devices send records to. The topic is a name of your choice."""

    kind = "devices"
    title = "Devices that send over WebSocket"
    Params = DevicesParams
    params: DevicesParams

    @property
    def address(self) -> str:
        """Where devices send to, on the workbench's address."""
        return "/api/streams/<stream>"

    def check(self) -> str:
        """There is nothing to connect to."""
        return "An endpoint of the workbench"

    def browse(self, path: Path = (), search: str = "", offset: int = 0, limit: int = 100) -> Listing:
        """Return nothing: devices decide what they send."""
        return Listing((), more=False, offset=offset)

    def follow(
        self, topic: str, *, position: Json | None = None, start: str = "latest", group: str = ""
    ) -> DevicesStream:
        """Read what the web process has received for the stream."""
        if self.spool is None:
            raise InvalidInput(
                "What devices send can be seen in a stream alone.",
                where=self.name,
                remedy="Start it: yard.streams.start(source, topic).",
            )
        return DevicesStream(self.spool, position)


class DevicesStream(BaseStream):
    """What was received for one stream."""

    resumes = True

    def __init__(self, folder: FilePath, position: Json | None) -> None:
        self._reader = SpoolReader(folder, position)

    @property
    def position(self) -> Json:
        """The file and the byte."""
        return self._reader.position

    def poll(self, most: int, wait: float) -> list[bytes]:
        """Return the next records."""
        until = time.monotonic() + wait
        while not (found := self._reader.read(most)) and (left := until - time.monotonic()) > 0:
            time.sleep(min(_PAUSE_S, left))
        return found

    def commit(self) -> None:
        """Remove what has landed."""
        self._reader.drop()

    def close(self) -> None:
        """Nothing is held."""
        return
