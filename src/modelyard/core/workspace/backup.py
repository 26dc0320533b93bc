"""A whole workspace in one file that any database can be filled from.

The file is a zip: the rows of each table as lines of JSON, the stored files under their hashes, the logs of jobs, and
last a manifest. Rows are read from one state of the database, so what they say fits together. Secrets stay encrypted;
their key is in the file only if it was asked for. MLflow's copy is left out: it is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from modelyard.core.common.errors import AlreadyExists, Conflict, Integrity, NotFound
from modelyard.core.common.types import Json
from modelyard.core.storage.dump import column_kinds, dump
from modelyard.core.storage.failures import explained_disk
from modelyard.core.storage.migrations import revision
from modelyard.core.workspace.schema import KEPT, needed_files, references

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace

FORMAT = 1
ATTEMPTS = 3
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupInfo:
    """What a backup holds.

    Parameters
    ----------
    path : Path
        Its file.
    rows : int
        In all tables.
    files, bytes : int
        Stored files, and their size.
    missing : tuple of str
        Stored files that rows name but that were not there or were damaged: `doctor` tells more.
    with_key : bool
        Whether whoever has the file can read the secrets.
    """

    path: Path
    rows: int
    files: int
    bytes: int
    missing: tuple[str, ...]
    with_key: bool


def write_backup(yard: Workspace, file: str | os.PathLike[str], *, with_key: bool = False) -> BackupInfo:
    """Write the workspace to `file`, while everybody goes on working.

    Raises
    ------
    AlreadyExists
        If there is such a file.
    NotFound
        If the key is to be included and there is none.
    Conflict
        If files were deleted again and again while they were read.
    Unavailable
        If the disk is full or the place cannot be written to.
    """
    path = Path(file).expanduser().absolute()
    if path.exists():
        raise AlreadyExists("There is already a file of that name.", where=str(path), remedy="Choose another name.")
    if with_key and not yard.settings.secret_key.is_file():
        raise NotFound("This workspace has no key of secrets.", remedy="Leave out --with-key: no secret was ever set.")
    partial = path.with_name(path.name + ".partial")
    try:
        with explained_disk(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
            for _ in range(ATTEMPTS):
                # what is in it is nobody else's business
                with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as target:
                    info = _write(yard, target, path, with_key)
                    os.fsync(target.fileno())
                if not _deleted_since(yard, info.missing):
                    partial.rename(path)
                    return info
    finally:
        partial.unlink(missing_ok=True)
    raise Conflict("Datasets were deleted while they were backed up.", remedy="Run it again in a quiet moment.")


def _write(yard: Workspace, target: BinaryIO | IO[bytes], path: Path, with_key: bool) -> BackupInfo:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        tables: Json = {}
        with yard.database.read() as connection:
            for table in KEPT:
                name = f"rows/{table.name}.jsonl"
                tables[table.name] = {
                    **_write_lines(archive, name, dump(connection, table)),
                    "columns": column_kinds(table),
                }
            used, needed = references(connection), needed_files(connection)
        size = stored = 0
        for found in yard.artifacts.list():
            if found.key[:64] in used and _copy_file(yard, archive, found.key):
                needed.discard(found.key)
                stored, size = stored + 1, size + found.size
        _copy_logs(yard, archive)
        if with_key:
            archive.writestr("secret.key", yard.settings.secret_key.read_bytes())
        import modelyard

        manifest = {
            "format": FORMAT,
            "modelyard": modelyard.__version__,
            "revision": revision(yard.database),
            "made_at": yard.clock.now().isoformat(),
            "tables": tables,
            "files": stored,
            "missing": sorted(needed),
        }
        archive.writestr("manifest.json", json.dumps(manifest, indent=1))
    rows = sum(each["rows"] for each in tables.values())
    return BackupInfo(path, rows, stored, size, tuple(sorted(needed)), with_key)


def _write_lines(archive: zipfile.ZipFile, name: str, lines: Iterator[bytes]) -> Json:
    digest, rows = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as member:
        for line in lines:
            member.write(line)
            digest.update(line)
            rows += 1
    return {"rows": rows, "sha256": digest.hexdigest()}


def _copy_file(yard: Workspace, archive: zipfile.ZipFile, key: str) -> bool:
    """Copy a stored file, and tell whether it was what its name says."""
    member = zipfile.ZipInfo(f"files/{key}")  # stored as it is: Parquet and models are packed already
    digest = hashlib.sha256()
    try:
        with yard.artifacts.open(key) as source, archive.open(member, "w", force_zip64=True) as target:
            while piece := source.read(_CHUNK):
                digest.update(piece)
                target.write(piece)
    except (NotFound, FileNotFoundError):  # deleted a moment ago
        return False
    return digest.hexdigest() == key[:64]


def _copy_logs(yard: Workspace, archive: zipfile.ZipFile) -> None:
    for path in sorted(yard.settings.logs.glob("*.log")):
        try:
            with path.open("rb") as source, archive.open(f"logs/{path.name}", "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, _CHUNK)
        except FileNotFoundError:
            continue


def _deleted_since(yard: Workspace, missing: tuple[str, ...]) -> bool:
    """Tell whether a file is missing because its row has gone since, and not because something is wrong with it."""
    if not missing:
        return False
    with yard.database.read() as connection:
        return bool(set(missing) - needed_files(connection))


def read_manifest(archive: zipfile.ZipFile, where: Path) -> Json:
    """Return what a backup says of itself, or raise `Integrity`."""
    try:
        manifest: Json = json.loads(archive.read("manifest.json"))
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise Integrity("This file is no backup of a workspace.", where=str(where)) from error
    if manifest.get("format") != FORMAT:
        raise Conflict(
            f"This backup has the format {manifest.get('format')}, and this Modelyard reads {FORMAT}.",
            where=str(where),
            remedy="Upgrade with: pip install --upgrade modelyard",
        )
    return manifest
