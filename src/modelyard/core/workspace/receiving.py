"""What devices send to the web process is kept for the stream that lands it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.core.common.errors import Conflict, InvalidInput
from modelyard.core.data_sources.streams.devices import DevicesSource
from modelyard.core.data_sources.streams.spool import SpoolReader, SpoolWriter

if TYPE_CHECKING:
    from modelyard.core.data_sources.streams.store import StreamInfo
    from modelyard.core.workspace.workspace import Workspace

LOOK_S = 2.0
"""Seconds between two looks at whether the stream is still to run."""


class Receiver:
    """Writes records of one stream; shared by all that send to it, in any thread.

    Parameters
    ----------
    yard : Workspace
        Whose streams are looked at.
    stream : StreamInfo
        The stream.
    """

    def __init__(self, yard: Workspace, stream: StreamInfo) -> None:
        self._yard = yard
        self._stream = stream
        self._lock = threading.Lock()
        self._looked = yard.clock.monotonic()
        self._writer = SpoolWriter(spool_folder(yard, stream))
        try:
            check_wanted(yard.streams.get(stream.id))  # it may have been stopped, and removed, before we had the lock
        except BaseException:
            self._writer.close()
            raise

    def close(self) -> None:
        """Let another process receive."""
        self._writer.close()

    @property
    def full(self) -> bool:
        """Whether the sender has to wait until more has landed."""
        return self._writer.full

    def write(self, records: Sequence[bytes]) -> None:
        """Keep records; when this returns they are on the disk, and will land once.

        Raises
        ------
        Conflict
            If the stream was stopped.
        """
        with self._lock:
            self._look()
            self._writer.write(records)

    def check(self) -> None:
        """Raise `Conflict` if the stream was stopped."""
        with self._lock:
            self._look()

    def _look(self) -> None:
        now = self._yard.clock.monotonic()
        if now - self._looked > LOOK_S:
            check_wanted(self._yard.streams.get(self._stream.id))
            self._looked = now


class Receivers:
    """The receivers of a process: one for each stream, as long as somebody sends to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, tuple[Receiver, int]] = {}

    @contextmanager
    def sharing(self, yard: Workspace, stream: StreamInfo) -> Iterator[Receiver]:
        """Yield the receiver of a stream that is to run."""
        kind = yard.sources.get(stream.source_id).kind
        if kind != DevicesSource.kind:
            raise InvalidInput(f"The stream {stream.name!r} follows a source of the kind {kind!r}; nobody sends to it.")
        check_wanted(stream)
        with self._lock:
            found, users = self._open.get(stream.id) or (Receiver(yard, stream), 0)
            self._open[stream.id] = (found, users + 1)
        try:
            yield found
        finally:
            with self._lock:
                users = self._open[stream.id][1] - 1
                self._open[stream.id] = (found, users)
                if not users:
                    del self._open[stream.id]
                    found.close()


def check_wanted(stream: StreamInfo) -> None:
    """Raise `Conflict` unless a stream is to run."""
    if not stream.wanted:
        raise Conflict(f"The stream {stream.name!r} was stopped.", remedy="Resume it.")


def has_received(yard: Workspace, stream: StreamInfo) -> bool:
    """Tell whether records were received that have not landed."""
    return bool(SpoolReader(spool_folder(yard, stream), stream.position).read(1))


@contextmanager
def forgetting_received(yard: Workspace, stream: StreamInfo) -> Iterator[None]:
    """Let nobody receive for a stream while it is removed, and then remove its files.

    Raises
    ------
    Conflict
        If somebody receives for it, or records were received that have not landed.
    """
    folder = spool_folder(yard, stream)
    if not folder.is_dir():
        yield
        return
    with SpoolWriter(folder):
        if has_received(yard, stream):
            raise Conflict(
                f"For the stream {stream.name!r} records were received that have not landed.", remedy="Stop it again."
            )
        yield
        shutil.rmtree(folder, ignore_errors=True)


def spool_folder(yard: Workspace, stream: StreamInfo) -> Path:
    """Return where the workspace keeps what was received for a stream; several may have the same topic."""
    return yard.root / "spool" / stream.id
