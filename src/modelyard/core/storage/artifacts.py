"""Files that never change, named by the SHA-256 of their bytes.

Parts of datasets, models, profiles and predictions all live here. The same bytes are kept once. A file is written under
a temporary name, flushed, and renamed; only then may a database row point to it, so a row never points to half a file.
With a remote the folder holds copies: a file is uploaded before its row may be committed, and downloaded when it is
first asked for.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from modelyard.core.common.errors import Integrity, InvalidInput, NotFound
from modelyard.core.common.ids import new_id
from modelyard.core.storage.failures import explained_disk
from modelyard.core.storage.remote import Remote, StoredFile

_KEY = re.compile(r"[0-9a-f]{64}(\.[a-z0-9]{1,12})?")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Artifact:
    """A stored file.

    Parameters
    ----------
    key : str
        Its name in the store: the hash, and a suffix such as ``.parquet``.
    size : int
        Bytes.
    """

    key: str
    size: int

    @property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of its bytes."""
        return self.key[:64]


class ArtifactStore:
    """Content-addressed files in one folder, or under a URL of which the folder holds copies.

    Parameters
    ----------
    root : Path
        The folder, made on first use.
    remote : str, optional
        An fsspec URL, such as ``s3://bucket/prefix``.
    """

    def __init__(self, root: Path, remote: str | None = None) -> None:
        self.root = root
        self.remote = Remote(remote) if remote else None
        self._objects = root / "objects"
        self._temporary = root / "tmp"
        self._unpacked = root / "unpacked"
        self._downloading = threading.Lock()  # threads that ask for the same file download it once

    @contextmanager
    def write(self, suffix: str = "") -> Iterator[ArtifactWriter]:
        """Yield a writer whose `path` is to be written; at the end the file is hashed, renamed and kept.

        Parameters
        ----------
        suffix : str
            Such as ``.parquet``.

        Examples
        --------
        >>> store = ArtifactStore(getfixture("tmp_path"))
        >>> with store.write(".txt") as writer:
        ...     _ = writer.path.write_text("hello")
        >>> store.read_bytes(writer.artifact.key)
        b'hello'
        """
        writer = ArtifactWriter(self._temporary / (new_id("part") + suffix))
        try:
            with explained_disk(str(self.root)):
                self._temporary.mkdir(parents=True, exist_ok=True)
                yield writer
                writer._artifact = self._keep(writer.path, suffix)
        finally:
            writer.path.unlink(missing_ok=True)

    def put_bytes(self, data: bytes, suffix: str = "") -> Artifact:
        """Store `data`."""
        with self.write(suffix) as writer:
            writer.path.write_bytes(data)
        return writer.artifact

    def put_folder(self, folder: Path) -> Artifact:
        """Store the files of `folder` as one zip, the same bytes for the same files."""
        with self.write(".zip") as writer, zipfile.ZipFile(writer.path, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), date_time=(1980, 1, 1, 0, 0, 0))
                    with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
                        shutil.copyfileobj(source, target, _CHUNK)
        return writer.artifact

    def path(self, key: str) -> Path:
        """Return a local path that can be read; downloaded once, and checked against its hash, if there is a remote.

        Raises
        ------
        NotFound
            If nothing is stored under `key`.
        Integrity
            If the remote has other bytes than were stored.
        Unavailable
            If the remote does not answer.
        """
        path = self._place(key)
        if path.is_file():
            if self.remote is not None:
                os.utime(path)  # in use: not to be cleaned
        elif self.remote is not None:
            self._download(self.remote, key, path)
        else:
            raise NotFound(f"The stored file {key!r} is missing.", remedy="Restore the workspace's artifacts folder.")
        return path

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """Yield a file to read from, wherever it lies; nothing is downloaded for later."""
        if self.remote is not None and not self._place(key).is_file():
            with self.remote.open(key) as stream:
                yield stream
        else:
            with self.path(key).open("rb") as file:
                yield file

    def list(self) -> Iterator[StoredFile]:
        """Yield everything that is stored, in no order."""
        yield from self.copies() if self.remote is None else self.remote.list()

    def copies(self) -> Iterator[StoredFile]:
        """Yield what lies in the folder."""
        for path in self._objects.glob("??/*"):
            if _KEY.fullmatch(path.name):
                facts = path.stat()
                yield StoredFile(path.name, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    def read_bytes(self, key: str) -> bytes:
        """Return the bytes stored under `key`."""
        return self.path(key).read_bytes()

    def exists(self, key: str) -> bool:
        """Tell whether something is stored under `key`."""
        return self._place(key).is_file() if self.remote is None else self.remote.exists(self._place(key).name)

    def unpack(self, key: str) -> Path:
        """Return a folder with the files of a stored zip; checked against its hash, unpacked once.

        Raises
        ------
        Integrity
            If the bytes are not those that were stored.
        """
        folder = self._unpacked / key[:64]
        if folder.is_dir():
            os.utime(folder)  # in use: not to be cleaned
        else:
            path = self.path(key)
            self.verify(key)
            self._unpacked.mkdir(parents=True, exist_ok=True)
            temporary = self._unpacked / new_id("tmp")
            with zipfile.ZipFile(path) as archive:
                archive.extractall(temporary)
            try:
                temporary.rename(folder)
            except OSError:  # another process was faster
                shutil.rmtree(temporary)
        return folder

    def verify(self, key: str) -> None:
        """Raise `Integrity` unless the bytes under `key` have the hash of their name."""
        if _sha256(self.path(key)) != key[:64]:
            raise _changed(key)

    def delete(self, key: str) -> None:
        """Forget what is stored under `key`; nothing happens if nothing is."""
        place = self._place(key)
        if self.remote is not None:
            self.remote.delete(key)
        place.unlink(missing_ok=True)
        shutil.rmtree(self._unpacked / key[:64], ignore_errors=True)

    def delete_unused(self, key: str, before: datetime) -> bool:
        """Forget a file that no row names, unless it was written again since; tell whether it is gone.

        Whoever stores the same bytes in this moment keeps them: the file is moved aside first, and put back if it turns
        out to be new.
        """
        place = self._place(key)
        if self.remote is not None:
            self.delete(key)
            return True
        self._temporary.mkdir(parents=True, exist_ok=True)
        aside = self._temporary / new_id("unused")
        try:
            place.rename(aside)
        except FileNotFoundError:
            return False
        if datetime.fromtimestamp(aside.stat().st_mtime, UTC) >= before:
            aside.rename(place)
            return False
        aside.unlink()
        shutil.rmtree(self._unpacked / key[:64], ignore_errors=True)
        return True

    def _place(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise InvalidInput(f"{key!r} is not the name of a stored file.")
        return self._objects / key[:2] / key

    def _keep(self, path: Path, suffix: str) -> Artifact:
        with path.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
            os.fsync(handle.fileno())
        artifact = Artifact(digest + suffix, path.stat().st_size)
        place = self._place(artifact.key)
        if self.remote is not None:
            self.remote.put(path, artifact.key)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
        return artifact

    def _download(self, remote: Remote, key: str, path: Path) -> None:
        with explained_disk(str(self.root)), self._downloading:
            if path.is_file():
                return
            self._temporary.mkdir(parents=True, exist_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._temporary / new_id("part")
            try:
                remote.get(key, temporary)
                if _sha256(temporary) != key[:64]:
                    raise _changed(key)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)


class ArtifactWriter:
    """A file that is being written; see `ArtifactStore.write`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._artifact: Artifact | None = None

    @property
    def artifact(self) -> Artifact:
        """What was stored; known once the ``with`` block has ended."""
        if self._artifact is None:
            raise RuntimeError("the artifact is known only after the 'with' block has ended without an error")
        return self._artifact


def copy_stream(source: BinaryIO, target: BinaryIO) -> int:
    """Copy in pieces of 1 MiB and return the number of bytes."""
    total = 0
    while piece := source.read(_CHUNK):
        target.write(piece)
        total += len(piece)
    return total


def _changed(key: str) -> Integrity:
    return Integrity(
        f"The stored file {key!r} was changed after it was written.",
        remedy="Restore it from a backup, or make it again.",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
