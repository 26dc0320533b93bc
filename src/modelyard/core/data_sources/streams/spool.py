"""What devices send is kept in files first: written by who receives it, read by who follows it."""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from modelyard.core.common.errors import Conflict
from modelyard.core.common.types import Json
from modelyard.core.storage.failures import explained_disk

SEGMENT_BYTES = 32 << 20
"""A file ends when it is so large; it is removed when all of it has landed."""

MOST_BYTES = 256 << 20
"""When so much waits, whoever sends has to wait too."""

_LENGTH = struct.Struct("<I")
_PIECE = 4 << 20


class SpoolWriter:
    """Appends records; one writer at a time. Each one begins a file of its own.

    Parameters
    ----------
    folder : Path
        Made on first use.

    Examples
    --------
    >>> folder = getfixture("tmp_path")
    >>> with SpoolWriter(folder) as writer:
    ...     writer.write([b"one", b"two"])
    >>> reader = SpoolReader(folder, None)
    >>> reader.read(10)
    [b'one', b'two']
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        with explained_disk(str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = (folder / "writer").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise Conflict("Another process receives for this stream.") from None

    @property
    def full(self) -> bool:
        """Whether so much waits to land that nothing more should be taken."""
        return sum(_size(self._folder / name) for name in segments(self._folder)) >= MOST_BYTES

    def write(self, records: Sequence[bytes]) -> None:
        """Append records; when this returns they are on the disk."""
        with explained_disk(str(self._folder)):
            file, start = self._ready()
            try:
                file.write(b"".join(part for each in records for part in (_LENGTH.pack(len(each)), each)))
                file.flush()
                os.fdatasync(file.fileno())
            except OSError:  # as of a full disk: what follows must not stand behind half a record
                self._give_up(file, start)
                raise

    def close(self) -> None:
        """Let another one write."""
        if self._file is not None:
            self._file.close()
        self._lock.close()

    def _ready(self) -> tuple[IO[bytes], int]:
        """Return the file to append to, and its size."""
        if self._file is not None and self._file.tell() < SEGMENT_BYTES:
            return self._file, self._file.tell()
        return self._next(), 0

    def _give_up(self, file: IO[bytes], size: int) -> None:
        """Leave in a file what was in it before, and write to another one from now on."""
        self._file = None
        with suppress(OSError):
            os.ftruncate(file.fileno(), size)
        with suppress(OSError):
            file.close()  # it would write again what it still holds
        with suppress(OSError):
            os.truncate(file.name, size)

    def _next(self) -> IO[bytes]:
        if self._file is not None:
            self._file.close()
            self._file = None
        last = int((segments(self._folder) or ["0"])[-1].removesuffix(".spool"))
        number = max(last + 1, time.time_ns())  # behind all that were there, also when the clock was set back
        self._file = (self._folder / f"{number:020d}.spool").open("xb")
        return self._file

    def __enter__(self) -> SpoolWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SpoolReader:
    """Reads what was appended, from a position on.

    Parameters
    ----------
    folder : Path
        Of the writer.
    position : dict, optional
        Where to go on; the oldest record that is there by default.
    """

    def __init__(self, folder: Path, position: Json | None) -> None:
        self._folder = folder
        self._segment: str = (position or {}).get("segment", "")
        self._offset: int = (position or {}).get("offset", 0)

    @property
    def position(self) -> Json:
        """The file and the byte where to go on."""
        return {"segment": self._segment, "offset": self._offset}

    def read(self, most: int) -> list[bytes]:
        """Return the next records; none if there are no more by now."""
        for name in [each for each in segments(self._folder) if each >= self._segment]:
            if name > self._segment:  # the one before has ended: what is behind our place in it was never complete
                self._segment, self._offset = name, 0
            if found := self._read(most):
                return found
        return []

    def behind(self) -> int:
        """Return how many bytes wait."""
        waiting = [_size(self._folder / name) for name in segments(self._folder) if name >= self._segment]
        return max(0, sum(waiting) - self._offset)

    def drop(self) -> None:
        """Remove the files of which all has landed."""
        for name in segments(self._folder):
            if name < self._segment:
                (self._folder / name).unlink(missing_ok=True)

    def _read(self, most: int) -> list[bytes]:
        with (self._folder / self._segment).open("rb") as file:
            file.seek(self._offset)
            data = file.read(_PIECE)
            if len(data) >= _LENGTH.size and _LENGTH.size + _LENGTH.unpack_from(data)[0] > len(data):
                data += file.read(_LENGTH.size + _LENGTH.unpack_from(data)[0] - len(data))
        found: list[bytes] = []
        at = 0
        while len(found) < most and at + _LENGTH.size <= len(data):
            end = at + _LENGTH.size + _LENGTH.unpack_from(data, at)[0]
            if end > len(data):
                break
            found.append(data[at + _LENGTH.size : end])
            at = end
        self._offset += at
        return found


def segments(folder: Path) -> list[str]:
    """Return the names of the files, the oldest first."""
    return sorted(path.name for path in folder.glob("*.spool"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # it has landed
        return 0
