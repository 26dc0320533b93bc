"""Verbs on the backups that lie in the workspace's own folder, where a browser can fetch them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.core.common.errors import NotFound
from modelyard.core.common.types import Json

if TYPE_CHECKING:
    from modelyard.core.workspace.handles import JobHandle
    from modelyard.core.workspace.workspace import Workspace

_NAME = re.compile(r"backup-[0-9]{8}-[0-9]{6}(-[0-9]+)?\.zip")


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A backup in the workspace's folder.

    Parameters
    ----------
    name : str
        Of the file.
    path : Path
        Where it is.
    bytes : int
        Its size.
    made_at : datetime
        When it was finished.
    """

    name: str
    path: Path
    bytes: int
    made_at: datetime


class BackupVerbs:
    """Write the workspace to files beside it: ``yard.backups``. `Workspace.backup` writes to any other place.

    They are never within another backup, and lie on the same disk as what they are to save: fetch them.
    """

    def __init__(self, yard: Workspace) -> None:
        self._yard = yard

    def write(self) -> JobHandle[BackupFile]:
        """Start a job that writes a backup without the key of secrets; its result is the file."""
        from modelyard.core.workspace.handles import JobHandle

        with self._yard.audit.recording("backups.write", "workspace"):
            job = self._yard.submit(
                "backup",
                "modelyard.core.workspace.tasks.backup:run",
                {},
                title="Back up the workspace",
                weight="light",
                unique_key="backup",
            )
        return JobHandle(self._yard, job.id, self._built)

    def list(self) -> Sequence[BackupFile]:
        """Return the backups that are there, newest first."""
        paths = [path for path in self._yard.settings.backups.glob("*.zip") if _NAME.fullmatch(path.name)]
        return tuple(_file(path) for path in sorted(paths, reverse=True))

    def get(self, name: str) -> BackupFile:
        """Return a backup, or raise `NotFound`."""
        path = self._yard.settings.backups / name
        if not _NAME.fullmatch(name) or not path.is_file():
            raise NotFound.named("backup", name, [each.name for each in self.list()])
        return _file(path)

    def delete(self, name: str) -> None:
        """Remove a backup, or raise `NotFound`."""
        path = self.get(name).path
        with self._yard.audit.recording("backups.delete", f"backup/{name}"):
            path.unlink(missing_ok=True)

    def free_name(self) -> str:
        """Return the name of the next backup: by the clock."""
        stem = f"backup-{self._yard.clock.now():%Y%m%d-%H%M%S}"
        folder = self._yard.settings.backups
        names = [f"{stem}.zip", *(f"{stem}-{number}.zip" for number in range(2, 100))]
        return next(name for name in names if not (folder / name).exists())

    def _built(self, result: Json) -> BackupFile:
        return self.get(result["name"])


def _file(path: Path) -> BackupFile:
    found = path.stat()
    return BackupFile(path.name, path, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))
