"""A backup becomes a new workspace, on whichever database."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import inspect, select, update

from modelyard.core.common.actor import Actor
from modelyard.core.common.errors import Conflict, Integrity, NotFound
from modelyard.core.common.types import Json
from modelyard.core.jobs.store import JobStore
from modelyard.core.jobs.tables import jobs
from modelyard.core.jobs.types import JobState
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.storage.audit import AuditLog
from modelyard.core.storage.database import Database
from modelyard.core.storage.dump import continue_ids, load
from modelyard.core.storage.failures import explained_disk
from modelyard.core.storage.migrations import HEAD, upgrade
from modelyard.core.tracking.tables import runs
from modelyard.core.workspace.backup import read_manifest
from modelyard.core.workspace.schema import KEPT
from modelyard.core.workspace.settings import CONFIG, UNFINISHED, Settings

_FILE = re.compile(r"files/([0-9a-f]{64})(\.[a-z0-9]{1,12})?")
_LOG = re.compile(r"logs/([A-Za-z0-9_]{1,60}\.log)")
_CHUNK = 1 << 20
_NOT_ENDED = "It had not ended when the backup was made."


def restore(file: str | os.PathLike[str], settings: Settings, *, actor: Actor | None = None) -> Settings:
    """Fill a new workspace from a backup; every byte is checked on the way.

    Jobs that had not ended when the backup was made are lost: the workspace that they belong to may still run them.

    Parameters
    ----------
    file : path
        What `write_backup` wrote.
    settings : Settings
        Of the new workspace: its folder holds nothing but, at most, its ``modelyard.toml``, and its database is empty.

    Raises
    ------
    NotFound
        If there is no such file.
    Integrity
        If it is no backup, or is damaged.
    Conflict
        If the folder or the database is not empty, or a newer Modelyard made the backup.
    """
    path = Path(file).expanduser().absolute()
    if not path.is_file():
        raise NotFound("There is no such backup.", where=str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = read_manifest(archive, path)
            if manifest["revision"] > HEAD:
                raise Conflict(
                    f"This backup was made by a newer Modelyard ({manifest['modelyard']}).",
                    where=str(path),
                    remedy="Upgrade with: pip install --upgrade modelyard",
                )
            if "secret.key" in archive.namelist() and settings.secret_key.exists():
                raise Conflict(
                    "The backup brings a key of secrets, and there is one already.",
                    where=str(settings.secret_key),
                    remedy="Move it away first.",
                )
            _begin(settings)
            database = Database(settings.database_url, cleans=True)  # an old SQLite may have held what is refused today
            try:
                with explained_disk(str(settings.root)):
                    _fill(archive, manifest, settings, database, actor or Actor.local())
            finally:
                database.close()
    except zipfile.BadZipFile as error:
        raise Integrity("The backup is damaged.", where=str(path), details=str(error)) from error
    (settings.root / UNFINISHED).unlink()
    return settings


def _begin(settings: Settings) -> None:
    """Claim the folder; what an interrupted restore left there is removed."""
    there = {path.name for path in settings.root.iterdir()} if settings.root.is_dir() else set()
    if UNFINISHED in there:
        for name in there - {CONFIG, UNFINISHED}:
            place = settings.root / name
            shutil.rmtree(place) if place.is_dir() else place.unlink()
    elif there - {CONFIG}:
        raise Conflict(
            "A backup is restored into a new workspace, and this folder is not empty.",
            where=str(settings.root),
            remedy="Name a folder that does not exist.",
        )
    database = Database(settings.database_url) if settings.database else None
    if database is not None:
        try:
            with database.read() as connection:
                if inspect(connection).get_table_names():
                    raise Conflict(
                        "A backup is restored into a new workspace, and this database is not empty.",
                        where=database.shown,
                        remedy="Create another database, with: createdb NAME",
                    )
        finally:
            database.close()
    (settings.root / UNFINISHED).unlink(missing_ok=True)
    settings.make()
    (settings.root / UNFINISHED).touch()


def _fill(archive: zipfile.ZipFile, manifest: Json, settings: Settings, database: Database, actor: Actor) -> None:
    """Files first, then rows: all rows in one transaction."""
    artifacts = ArtifactStore(settings.artifacts, settings.remote)
    for member in archive.infolist():
        if match := _FILE.fullmatch(member.filename):
            _restore_file(archive, member, artifacts, digest=match[1], suffix=match[2] or "")
        elif match := _LOG.fullmatch(member.filename):
            with archive.open(member) as source, (settings.logs / match[1]).open("wb") as target:
                shutil.copyfileobj(source, target, _CHUNK)
    upgrade(database, manifest["revision"])
    with database.write() as connection:
        for name, facts in manifest["tables"].items():
            load(connection, name, facts["columns"], _checked_lines(archive, name, facts))
        continue_ids(connection, KEPT)
    upgrade(database)
    _settle(database, actor)
    if "secret.key" in archive.namelist():
        with os.fdopen(os.open(settings.secret_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as key:
            key.write(archive.read("secret.key"))


def _restore_file(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, artifacts: ArtifactStore, *, digest: str, suffix: str
) -> None:
    with artifacts.write(suffix) as writer, archive.open(member) as source, writer.path.open("wb") as target:
        shutil.copyfileobj(source, target, _CHUNK)
    if writer.artifact.sha256 != digest:  # it was damaged when the backup was made, and is listed as missing
        artifacts.delete(writer.artifact.key)


def _checked_lines(archive: zipfile.ZipFile, name: str, facts: Json) -> Iterator[bytes]:
    digest, rows = hashlib.sha256(), 0
    with archive.open(f"rows/{name}.jsonl") as lines:
        for line in lines:
            digest.update(line)
            rows += 1
            yield line
    if (digest.hexdigest(), rows) != (facts["sha256"], facts["rows"]):
        raise Integrity(f"The rows of {name!r} in the backup are damaged.")


def _settle(database: Database, actor: Actor) -> None:
    """Say what became of unfinished jobs, and have everything copied to MLflow again."""
    store = JobStore(database)
    lost = {"state": JobState.LOST, "message": _NOT_ENDED}
    with AuditLog(database).recording(actor.name, "restore", "workspace"), database.write() as connection:
        is_open = jobs.c.state.in_([JobState.RUNNING, JobState.QUEUED])
        for job_id in connection.execute(select(jobs.c.id).where(is_open)).scalars().all():
            store.add_events(connection, job_id, [("state", lost)])
        connection.execute(update(jobs).where(is_open).values(**lost, ended_at=store.clock.now(), lease_until=None))
        for table in KEPT:
            if "mirrored_revision" in table.c:
                connection.execute(
                    update(table).values(mirrored_revision=0, mlflow_id=None, mirror_attempts=0, mirror_error=None)
                )
        connection.execute(update(runs).values(mirrored_state=None))
