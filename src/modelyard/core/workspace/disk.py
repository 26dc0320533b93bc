"""Verbs on disk space: what uses it, and what can go."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from modelyard.core.common.ids import new_id
from modelyard.core.jobs.retention import prune
from modelyard.core.jobs.tables import events, jobs
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.storage.database import Database
from modelyard.core.storage.remote import StoredFile
from modelyard.core.workspace.schema import references

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace

KINDS = {
    "database": "rows of everything that is known",
    "datasets": "parts and manifests of dataset versions",
    "profiles": "profiles of dataset versions, and what checks found",
    "models": "models of trials and registered models",
    "predictions": "files of predictions",
    "other": "stored files that other rows name",
    "unused": "stored files that no row names",
    "copies": "copies and unpacked files, made again when needed",
    "mlflow": "the copy for MLflow",
    "logs": "what jobs printed",
    "backups": "backups that are fetched from here",
    "exports": "exported datasets that are fetched from here",
    "uploads": "files on their way in",
    "temporary": "files that are being written",
}
"""What disk space is used for, in the order of lists."""


@dataclass(frozen=True, slots=True)
class DiskUse:
    """What one kind of files takes.

    Parameters
    ----------
    kind, what : str
        Its name, and what it is.
    files, bytes : int
        How many there are, and their size.
    """

    kind: str
    what: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was removed, or would be.

    Parameters
    ----------
    uses : tuple of DiskUse
        Files, by kind.
    events : int
        Rows of what jobs said.
    dry_run : bool
        Whether nothing was removed.
    """

    uses: tuple[DiskUse, ...]
    events: int
    dry_run: bool

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(use.bytes for use in self.uses)


class DiskVerbs:
    """See what disk space is used for, and give some back: ``yard.disk``."""

    def __init__(self, yard: Workspace) -> None:
        self._yard = yard

    def usage(self) -> tuple[DiskUse, ...]:
        """Return what disk space is used for, by kind."""
        settings, artifacts = self._yard.settings, self._yard.artifacts
        count = _Count()
        count.add("database", _database_bytes(self._yard.database))
        with self._yard.database.read() as connection:
            used = references(connection)
        for found in artifacts.list():
            count.add(used.get(found.key[:64], "unused"), found.size)
        count.add_files("copies", _files(artifacts.root / "unpacked"))
        if artifacts.remote is not None:
            for copy in artifacts.copies():
                count.add("copies", copy.size)
        count.add_files("mlflow", [*settings.root.glob("mlflow.db*"), *_files(settings.mlflow_artifacts)])
        count.add_files("logs", _files(settings.logs))
        count.add_files("backups", settings.backups.glob("*.zip"))
        count.add_files("exports", _files(settings.exports))
        count.add_files("uploads", [*_files(settings.uploads), *_files(settings.root / "spool")])
        unfinished = settings.backups.glob("*.partial")
        count.add_files("temporary", [*_files(artifacts.root / "tmp"), *_files(settings.run), *unfinished])
        return count.uses(KINDS)

    def free(self) -> int:
        """Return the free bytes of the disk that holds the workspace's folder."""
        return shutil.disk_usage(self._yard.root).free

    def clean(self, *, dry_run: bool = False) -> Cleaned:
        """Remove what nothing needs: unused files, unpacked copies, old logs and events.

        Files that were written within the last ``unused_hours`` stay: they may belong to work that still goes on. How
        long logs and events are kept is said in the workspace's ``modelyard.toml``.

        Parameters
        ----------
        dry_run : bool
            Whether to tell only what would go.
        """
        if dry_run:
            return self._clean(dry_run=True)
        with self._yard.audit.recording("disk.clean", "workspace"):
            return self._clean(dry_run=False)

    def _clean(self, *, dry_run: bool) -> Cleaned:
        settings, artifacts = self._yard.settings, self._yard.artifacts
        now = self._yard.clock.now()
        before = now - timedelta(hours=settings.unused_hours)
        count = _Count()
        for found in unused_files(self._yard.database, artifacts, before):
            if dry_run or artifacts.delete_unused(found.key, before):
                count.add("unused", found.size)
        for kind, place in (
            ("copies", artifacts.root / "unpacked"),
            ("temporary", artifacts.root / "tmp"),
            ("temporary", settings.backups),
            ("exports", settings.exports),
            ("uploads", settings.uploads),
        ):
            for path in _older(place, before, "*.partial" if place == settings.backups else "*"):
                count.add_files(kind, _files(path))
                if not dry_run:
                    _remove(path)
        if artifacts.remote is not None:
            for copy in artifacts.copies():
                if copy.modified < before:
                    count.add("copies", copy.size)
                    if not dry_run:
                        (artifacts.root / "objects" / copy.key[:2] / copy.key).unlink(missing_ok=True)
        return self._prune(count, now, dry_run=dry_run)

    def _prune(self, count: _Count, now: datetime, *, dry_run: bool) -> Cleaned:
        """Remove old logs and events."""
        kept = self._yard.settings.jobs
        for path in self._old_logs(now - timedelta(days=kept.logs_days)):
            count.add_files("logs", [path])
        said = self._old_events(now - timedelta(days=kept.events_days))
        if not dry_run:
            prune(
                self._yard.job_store,
                self._yard.settings.logs,
                events_days=kept.events_days,
                logs_days=kept.logs_days,
            )
        return Cleaned(count.uses(count.kinds), said, dry_run)

    def _old_events(self, before: datetime) -> int:
        old = select(jobs.c.id).where(jobs.c.ended_at < before, jobs.c.pruned_at.is_(None))
        query = select(func.count()).select_from(events).where(events.c.job_id.in_(old), events.c.kind != "state")
        with self._yard.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def _old_logs(self, before: datetime) -> Iterator[Path]:
        ended = select(jobs.c.id).where(jobs.c.ended_at < before)
        with self._yard.database.read() as connection:
            names = set(connection.execute(ended).scalars())
        for path in _older(self._yard.settings.logs, before):
            if path.stem in names:
                yield path


def unused_files(database: Database, artifacts: ArtifactStore, before: datetime) -> Iterator[StoredFile]:
    """Yield stored files that no row names and that were written before that time."""
    found = [each for each in artifacts.list() if each.modified < before]
    with database.read() as connection:  # rows are read after files are listed: a row comes after its file
        used = references(connection)
    for each in found:
        if each.key[:64] not in used:
            yield each


class _Count:
    def __init__(self) -> None:
        self._files: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()

    def add(self, kind: str, size: int) -> None:
        self._files[kind] += 1
        self._bytes[kind] += size

    def add_files(self, kind: str, paths: Iterable[Path]) -> None:
        for path in paths:
            try:
                self.add(kind, path.stat().st_size)
            except FileNotFoundError:  # gone a moment ago
                continue

    @property
    def kinds(self) -> list[str]:
        return [kind for kind in KINDS if self._files[kind]]

    def uses(self, kinds: Iterable[str]) -> tuple[DiskUse, ...]:
        return tuple(DiskUse(kind, KINDS[kind], self._files[kind], self._bytes[kind]) for kind in kinds)


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    for path in place.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield path


def _older(place: Path, before: datetime, names: str = "*") -> Iterator[Path]:
    for path in place.glob(names):
        try:
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                yield path
        except FileNotFoundError:
            continue


def _remove(path: Path) -> None:
    """Remove a file or folder; a folder vanishes at once, so that nobody finds half of it."""
    if path.is_dir():
        aside = path.with_name(new_id("unused"))
        try:
            path.rename(aside)
        except FileNotFoundError:
            return
        shutil.rmtree(aside, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _database_bytes(database: Database) -> int:
    if database.backend == "postgresql":
        with database.read() as connection:
            return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    with database.read() as connection:
        pages = int(connection.execute(text("PRAGMA page_count")).scalar_one())
        return pages * int(connection.execute(text("PRAGMA page_size")).scalar_one())
