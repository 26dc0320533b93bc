"""Files packed by gzip, zstd, bzip2, xz or zip, read as a stream of what is inside."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz", b"PK\x03\x04": "zip"}
"""First bytes, and the name of the packing."""

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Packed:
    """The bytes of a file, unpacked while they are read.

    Parameters
    ----------
    path : Path
        The file.
    packing : str
        A value of `MAGIC`; empty for a plain file.
    """

    path: Path
    packing: str = ""

    @contextmanager
    def open(self) -> Iterator[Unpacked]:
        """Yield the stream from its beginning.

        Raises
        ------
        InvalidInput
            If the file is damaged, or a zip archive of anything but one file.
        """
        import pyarrow as pa

        with ExitStack() as stack:
            raw = stack.enter_context(pa.OSFile(str(self.path), "rb"))
            if not self.packing:
                yield Unpacked(raw, raw.tell)
            elif self.packing == "zip":
                archive = stack.enter_context(_zip(self.path))
                member = stack.enter_context(archive.open(_one_member(self.path, archive)))
                yield Unpacked(pa.PythonFile(member, "r"), _position_in(archive))
            elif self.packing == "xz":
                import lzma

                yield Unpacked(pa.PythonFile(stack.enter_context(lzma.open(raw)), "r"), raw.tell)
            else:
                yield Unpacked(stack.enter_context(pa.CompressedInputStream(raw, self.packing)), raw.tell)

    @property
    def size(self) -> int:
        """Bytes of the file as it lies there."""
        return self.path.stat().st_size

    def sha256(self) -> str:
        """Return the SHA-256 of the file as it lies there."""
        with self.path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()

    def tail(self, size: int) -> bytes:
        """Return the last bytes of what is inside, `size` of them or a few more, from a multiple of 4."""
        with self.open() as unpacked:
            if not self.packing:
                unpacked.stream.seek(max(0, self.size - size) // 4 * 4)
                return bytes(unpacked.stream.read())
            last = b""
            while chunk := unpacked.stream.read(_CHUNK):
                last += chunk
                last = last[max(0, len(last) - size) // 4 * 4 :]
            return last


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A stream of bytes.

    Parameters
    ----------
    stream : pyarrow.NativeFile
        What is inside.
    position : callable
        How many bytes of the file itself were read.
    """

    stream: pa.NativeFile
    position: Callable[[], int]

    def text(self, encoding: str) -> io.TextIOWrapper:
        """Return the decoded text; line ends stay as they are."""
        return io.TextIOWrapper(io.BufferedReader(self.stream, _CHUNK), encoding, newline="")


@contextmanager
def damage_told(packed: Packed) -> Iterator[None]:
    """Turn what the unpackers raise over damaged bytes into `InvalidInput`; errors of the disk pass."""
    import lzma
    import zlib

    try:
        yield
    except InvalidInput:
        raise
    except (OSError, EOFError, lzma.LZMAError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        if not packed.packing or (isinstance(error, OSError) and error.errno is not None):
            raise
        raise InvalidInput(
            f"The {packed.packing} file is damaged or incomplete.",
            where=str(packed.path),
            remedy="Copy or pack it again.",
            details=str(error),
        ) from error


@contextmanager
def _zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise InvalidInput(
            "The zip file is damaged or incomplete.", where=str(path), remedy="Copy or pack it again."
        ) from error
    with archive:
        yield archive


def members(path: Path) -> list[str]:
    """Return the names of the files in a zip archive, without what a Mac adds."""
    with _zip(path) as archive:
        return [info.filename for info in _files(archive)]


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [
        info
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/") and not info.filename.endswith(".DS_Store")
    ]


def _one_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    files = _files(archive)
    if len(files) != 1:
        raise InvalidInput(
            f"The file is a zip archive of {len(files)} files, and only one with a single table can be read.",
            where=str(path),
            remedy="Unpack it and import the file inside that you want.",
            details=", ".join(info.filename for info in files[:20]),
        )
    if files[0].flag_bits & 1:
        raise InvalidInput("The zip archive has a password.", where=str(path), remedy="Unpack it first.")
    return files[0]


def _position_in(archive: Any) -> Callable[[], int]:
    handle = archive.fp
    return lambda: int(handle.tell())
