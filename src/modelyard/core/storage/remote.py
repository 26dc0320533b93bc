"""Where artifacts lie when they do not lie in the workspace's folder: a bucket, or whatever else fsspec opens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from modelyard.core.common.errors import InvalidInput, MissingExtra, ModelyardError, NotFound, Unavailable
from modelyard.core.common.ids import new_id
from modelyard.core.common.optional import install_line, require
from modelyard.core.common.secret import remember_url, shown_url

EXTRA = "objects"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of an artifact store.

    Parameters
    ----------
    key : str
        Its name.
    size : int
        Bytes.
    modified : datetime
        When it was written last.
    """

    key: str
    size: int
    modified: datetime


class Remote:
    """Files under an fsspec URL. Safe to share between threads; a child process opens its own.

    Credentials and addresses come from where the service's own tools have them: ``AWS_ACCESS_KEY_ID``,
    ``AWS_ENDPOINT_URL`` and ``~/.aws`` for S3.

    Parameters
    ----------
    url : str
        Such as ``s3://bucket/prefix``, ``memory://name`` or ``file:///mnt/shared``.

    Raises
    ------
    InvalidInput
        If it is no such URL.
    MissingExtra
        If what opens it is not installed.
    """

    def __init__(self, url: str) -> None:
        fsspec = require("fsspec", extra=EXTRA, purpose="an artifact store outside the workspace's folder")
        self.url = url.rstrip("/")
        self.shown = shown_url(self.url)
        remember_url(self.url)
        try:
            # what is listed now is what is there now: other machines write too
            self._files, self._root = fsspec.core.url_to_fs(
                self.url, use_listings_cache=False, skip_instance_cache=True
            )
        except ImportError as error:
            raise MissingExtra(
                f"What opens {url.split('://')[0]}:// is not installed.",
                remedy=f"Install it with: {install_line(EXTRA)}",
            ) from error
        except ValueError as error:
            raise InvalidInput(
                "Artifacts cannot be kept there.", where=self.shown, possible=["s3://bucket/prefix"]
            ) from error
        except Exception as error:  # some services are asked at once
            raise self._silent(error) from error
        self._local = "file" in self._files.protocol

    def put(self, path: Path, key: str) -> None:
        """Upload a file, whole or not at all; nothing happens if it is there already."""
        with self._explained(key):
            place, size = self._place(key), path.stat().st_size
            if self._files.exists(place) and self._files.size(place) == size:
                return
            if not self._local:  # object stores show an object when all of it is there
                self._files.put_file(str(path), place)
                return
            self._files.makedirs(place.rpartition("/")[0], exist_ok=True)
            temporary = f"{self._root}/{new_id('part')}"
            try:
                self._files.put_file(str(path), temporary)
                self._files.mv(temporary, place)
            except BaseException:
                with suppress(FileNotFoundError):
                    self._files.rm_file(temporary)
                raise

    def get(self, key: str, path: Path) -> None:
        """Download a file to `path`, or raise `NotFound`."""
        with self._explained(key):
            self._files.get_file(self._place(key), str(path))

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """Yield a file to read from, or raise `NotFound`."""
        with self._explained(key):
            file = self._files.open(self._place(key), "rb")
        with file:
            yield cast(BinaryIO, file)

    def exists(self, key: str) -> bool:
        """Tell whether a file is there."""
        with self._explained(key):
            return bool(self._files.exists(self._place(key)))

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens if it is not there."""
        with self._explained(key), suppress(FileNotFoundError):
            self._files.rm_file(self._place(key))

    def list(self) -> Iterator[StoredFile]:
        """Yield all files."""
        with self._explained(""):
            try:
                folders = self._files.ls(self._root, detail=False)
            except FileNotFoundError:  # nothing was written yet
                return
            for folder in folders:
                if len(folder.rpartition("/")[2]) != 2:
                    continue
                for facts in self._files.ls(folder, detail=True):
                    key = facts["name"].rpartition("/")[2]
                    if len(key) >= 64:  # some services keep an entry for the folder itself
                        yield StoredFile(key, int(facts["size"]), _modified(facts))

    def sha256(self, key: str) -> str:
        """Return the hexadecimal SHA-256 of a file's bytes."""
        with self._explained(key), self.open(key) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]

    def _place(self, key: str) -> str:
        return f"{self._root}/{key[:2]}/{key}"

    @contextmanager
    def _explained(self, key: str) -> Iterator[None]:
        try:
            yield
        except ModelyardError:
            raise
        except FileNotFoundError as error:
            raise NotFound(
                f"The stored file {key!r} is missing.", where=self.shown, remedy="Restore it from a backup."
            ) from error
        except PermissionError as error:
            raise Unavailable(
                "The store of files refuses this.",
                where=self.shown,
                remedy="Look at the credentials and rights of this user.",
                details=str(error),
            ) from error
        except Exception as error:  # each service has errors of its own
            raise self._silent(error) from error

    def _silent(self, error: Exception) -> Unavailable:
        return Unavailable(
            "The store of files does not answer.",
            where=self.shown,
            remedy="See that it runs, and that its address is right.",
            details=f"{type(error).__name__}: {error}",
        )


def _modified(facts: dict[str, Any]) -> datetime:
    """Return when a file was written; each kind of store calls it otherwise, and some do not tell."""
    found = facts.get("LastModified") or facts.get("mtime") or facts.get("last_modified") or facts.get("created")
    if isinstance(found, int | float):
        return datetime.fromtimestamp(found, UTC)
    if isinstance(found, datetime):
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.now(UTC)
