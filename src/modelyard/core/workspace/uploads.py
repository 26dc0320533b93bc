"""Files on their way in: streamed to disk by a front door, then imported by a job."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.common.ids import new_id

_ID = re.compile(r"upload_[0-9a-f]{24}")
_MAX_NAME = 200
KEEP_S = 24 * 3600
"""Seconds after which a file that nobody imported is removed."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived whole."""

    id: str
    path: Path

    @property
    def name(self) -> str:
        """The name it came with."""
        return self.path.name


class Uploads:
    """The folder of files on their way in.

    Parameters
    ----------
    root : Path
        Of the folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def receive(self, name: str) -> Iterator[tuple[str, BinaryIO]]:
        """Yield an id and a file to write to; if anything fails nothing is kept.

        Parameters
        ----------
        name : str
            As the sender calls it; a path in it is dropped.
        """
        upload_id = new_id("upload")
        folder = self._root / upload_id
        folder.mkdir(parents=True)
        partial = folder / ".partial"
        try:
            with partial.open("wb") as file:
                yield upload_id, file
            partial.rename(folder / safe_name(name))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def get(self, upload_id: str) -> Upload:
        """Return what was received under `upload_id`, or raise `NotFound`."""
        folder = self._root / upload_id
        if _ID.fullmatch(upload_id) and folder.is_dir():
            for path in folder.iterdir():
                if path.name != ".partial":
                    return Upload(upload_id, path)
        raise NotFound("The uploaded file is no longer there.", remedy="Upload it again.")

    def discard(self, upload_id: str) -> None:
        """Forget a file."""
        if not _ID.fullmatch(upload_id):
            raise InvalidInput(f"{upload_id!r} is no upload.")
        shutil.rmtree(self._root / upload_id, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what nobody imported within `KEEP_S` seconds."""
        for folder in self._root.glob("upload_*"):
            if folder.stat().st_mtime < time.time() - KEEP_S:
                shutil.rmtree(folder, ignore_errors=True)


def safe_name(name: str) -> str:
    r"""Return the last part of a path that anybody sent, fit for a file name.

    Examples
    --------
    >>> safe_name("../../etc/passwd"), safe_name("C:\\data\\my table.csv"), safe_name("..")
    ('passwd', 'my table.csv', 'file')
    """
    last = re.split(r"[/\\]", name)[-1]
    clean = "".join(character for character in last if character.isprintable()).strip(". ")
    return clean.encode()[:_MAX_NAME].decode(errors="ignore") or "file"
