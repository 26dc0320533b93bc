"""The contract of a stream: records that come one after another, for as long as somebody listens."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from types import TracebackType
from typing import TYPE_CHECKING, Self

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.types import Json
from modelyard.core.data_sources.base import BaseSource
from modelyard.core.data_sources.filters import Filter
from modelyard.core.data_sources.paths import Path, format_path, parse_path
from modelyard.core.data_sources.streams.records import RecordReader
from modelyard.core.data_sources.types import BATCH_ROWS, Query

if TYPE_CHECKING:
    import pyarrow as pa

STARTS = ("earliest", "latest")
"""Where to begin: with the oldest record that is still there, or with the next one that comes."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A piece of a stream that was not received.

    Parameters
    ----------
    began, ended : str
        Its ends: times in UTC, or positions where the stream has them.
    reason : str
        Why, in a sentence.
    """

    began: str
    ended: str
    reason: str


class BaseStream(ABC):
    """A stream that is being followed, by one thread: what a member of the kinds of streams implements.

    **Positions.** Where the stream can be read again from a place, `position` says where to go on after what `poll`
    returned last; it is known from the beginning, before any record has come. It is JSON of a size that does not grow.
    Whoever follows keeps it with what was received, so nothing is lost or doubled.

    **Gaps.** `resumes` says whether what comes while nobody listens is kept for us. What was removed nevertheless is
    told by `take_gaps`, with both ends; where `resumes` is false, whoever follows knows the ends.

    **Memory.** Between two calls of `poll` no more than some megabytes are fetched ahead: the sender has to wait.

    **Errors.** `Unavailable` when the other side is gone; then the stream is closed, and opened again later at the
    position. `NotAllowed`, `NotFound` and `InvalidInput` end it for good.
    """

    resumes: bool
    window: int | None = None
    """How many records the other side sends before it wants to hear that they are kept; None: any number."""

    @property
    @abstractmethod
    def position(self) -> Json | None:
        """Where to go on after what was returned so far; None where the stream has no positions."""

    @abstractmethod
    def poll(self, most: int, wait: float) -> list[bytes]:
        """Return the records that come within `wait` seconds, `most` at most; it may return as soon as some are there.

        Parameters
        ----------
        most : int
            Records.
        wait : float
            Seconds.
        """

    def commit(self) -> None:
        """Tell the other side that all that was returned is kept; a courtesy, for our own position is the truth."""
        return

    def lag(self) -> int | None:
        """Return how many records wait on the other side; None where that cannot be known."""
        return None

    def take_gaps(self) -> list[Gap]:
        """Return what was missed since the last call."""
        return []

    @abstractmethod
    def close(self) -> None:
        """Let go of the connection."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class StreamSource(BaseSource):
    """A source of streams: it can be tested, browsed and looked at like others, and followed in place of read.

    A subclass implements `check`, `browse`, `address` and `follow`.
    """

    spool: FilePath | None = None
    """Where the workspace keeps what was received for the stream, if somebody sends to it; set by who follows."""

    @abstractmethod
    def follow(self, topic: str, *, position: Json | None = None, start: str = "latest", group: str = "") -> BaseStream:
        """Connect, and return the stream at a position.

        Parameters
        ----------
        topic : str
            An item of `browse`.
        position : dict, optional
            As `BaseStream.position` gave it; without one `start` decides.
        start : str
            One of `STARTS`; where nothing is kept, there is only ``latest``.
        group : str
            A name for this follower, always the same: other sides may keep account of it.
        """

    def read(
        self,
        what: Path | Query,
        columns: Sequence[str] | None = None,
        filter: Filter | None = None,
        batch_rows: int = BATCH_ROWS,
        limit: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the first `limit` records, as far as they come within the timeout; without a limit there is no end.

        Raises
        ------
        InvalidInput
            If there is no limit, or columns or conditions are asked for.
        """
        import pyarrow as pa

        if isinstance(what, Query) or columns is not None or filter:
            raise InvalidInput("A stream takes no query, no columns and no filter.", where=self.name)
        if limit is None:
            raise InvalidInput(
                "A stream has no end, so it cannot be read as a whole.",
                where=self.name,
                remedy="Follow it: yard.streams.start(source, topic).",
            )
        records: list[bytes] = []
        until = time.monotonic() + self.params.timeout
        with self.follow(format_path(parse_path(what)), start="earliest") as stream:
            while len(records) < limit and (left := until - time.monotonic()) > 0:
                found = stream.poll(limit - len(records), min(left, 1.0))
                if records and not found:
                    break
                records += found
        if not records:
            yield pa.RecordBatch.from_pylist([], schema=pa.schema([]))
            return
        yield from RecordReader().read(records[:limit]).rows.to_batches() or [
            pa.RecordBatch.from_pylist([], schema=pa.schema([]))
        ]
