"""State of what the disk is used for, and of backups."""

from __future__ import annotations

from collections.abc import Sequence

import param

from modelyard.core.jobs.types import Event, Job
from modelyard.core.workspace.backups import BackupFile
from modelyard.core.workspace.disk import Cleaned, DiskUse
from modelyard.ui.model import Model, Patient


class Disk(Patient):
    """What the disk is used for, and what can go.

    Parameters
    ----------
    uses : tuple of DiskUse
        By kind.
    free : int
        Bytes.
    found : Cleaned or None
        What can go, once somebody has asked; forgotten when it has gone.
    """

    uses = param.ClassSelector(class_=tuple, default=())
    free = param.Integer(default=0)
    found = param.ClassSelector(class_=Cleaned, default=None, allow_None=True)

    def load(self) -> None:
        """Look at the disk."""
        self.slowly(lambda: (self.yard.disk.usage(), self.yard.disk.free()), self._take)

    def look(self) -> None:
        """See what can go."""
        self.slowly(lambda: self.yard.disk.clean(dry_run=True), lambda found: self.param.update(found=found))

    def clean(self) -> None:
        """Remove it."""
        self.slowly(self.yard.disk.clean, lambda cleaned: self._cleaned())

    def _take(self, seen: tuple[Sequence[DiskUse], int]) -> None:
        self.param.update(uses=tuple(seen[0]), free=seen[1])

    def _cleaned(self) -> None:
        self.found = None
        self.load()


class Backups(Model):
    """The backups that can be fetched.

    Parameters
    ----------
    files : tuple of BackupFile
        Newest first.
    job : Job or None
        The newest that writes one, while it does.
    """

    files = param.ClassSelector(class_=tuple, default=())
    job = param.ClassSelector(class_=Job, default=None, allow_None=True)

    def load(self) -> None:
        """Read what is there, and who writes another one."""
        with self.attempt():
            newest = next(iter(self.yard.jobs.list(limit=1, kinds=["backup"])), None)
            at_work = newest if newest is not None and not newest.state.ended else None
            self.param.update(files=tuple(self.yard.backups.list()), job=at_work)

    def write(self) -> None:
        """Write one."""
        with self.attempt():
            self.job = self.yard.backups.write().job

    def cancel(self) -> None:
        """Write it no more."""
        if self.job is not None:
            with self.attempt():
                self.job = self.yard.jobs.cancel(self.job.id)

    def delete(self, name: str) -> None:
        """Remove one."""
        with self.attempt():
            self.yard.backups.delete(name)
        if self.problem is None:
            self.load()

    def follow(self, events: Sequence[Event]) -> None:
        """Read again when the job has said something."""
        if self.job is not None and any(event.job_id == self.job.id for event in events):
            self.load()

    def named(self, name: str) -> BackupFile | None:
        """Return the backup of that name, if it is shown."""
        return next((file for file in self.files if file.name == name), None)
