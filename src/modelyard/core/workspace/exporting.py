"""A dataset version written to a file or to a source, by a job."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.core.common.errors import InvalidInput, NotAllowed, NotFound
from modelyard.core.common.types import Json
from modelyard.core.datasets.excel_export import check_fits
from modelyard.core.datasets.export import Exported, Target, check_place, target_of
from modelyard.core.datasets.types import VersionInfo
from modelyard.core.workspace.handles import JobHandle

if TYPE_CHECKING:
    from modelyard.core.data_sources.paths import Path as SourcePath
    from modelyard.core.data_sources.types import Item
    from modelyard.core.workspace.sources import Source
    from modelyard.core.workspace.workspace import Workspace

KIND = "export"
"""Of the jobs."""


def export(
    yard: Workspace,
    version: VersionInfo,
    path: Path | None,
    format: str | None,
    compression: str | None,
    *,
    overwrite: bool,
) -> JobHandle[Exported]:
    """Start the job that writes a file; all that can be known to be wrong is told now."""
    target = target_of(path, format, compression)
    if target.format == "xlsx":
        check_fits(version.rows, len(version.columns))
    if path is not None:
        check_place(path, overwrite)
    params = {
        "path": None if path is None else str(path),
        "name": file_name(version, target),
        "format": target.format,
        "compression": target.compression,
        "overwrite": overwrite,
    }
    said = {"format": target.format, **({} if path is None else {"path": str(path)})}
    title = f"Export {version.dataset_name} as {params['name'] if path is None else path.name}"
    return JobHandle(yard, _submit(yard, version, "export", params, title, said), Exported.from_json)


def report(yard: Workspace, version: VersionInfo, path: Path | None, *, overwrite: bool) -> JobHandle[Path]:
    """Start the job that writes the page about a version."""
    if path is not None:
        check_place(path, overwrite)
    params = {
        "path": None if path is None else str(path),
        "name": f"{plain_name(version)}.html",
        "overwrite": overwrite,
    }
    said = {} if path is None else {"path": str(path)}
    title = f"Report on {version.dataset_name}"
    return JobHandle(yard, _submit(yard, version, "report", params, title, said), lambda result: Path(result["path"]))


def export_to(
    yard: Workspace, version: VersionInfo, source: str | Source, item: SourcePath | Item, mode: str
) -> JobHandle[int]:
    """Start the job that writes to a source."""
    from modelyard.core.data_sources.base import item_path
    from modelyard.core.data_sources.paths import format_path, parse_path
    from modelyard.core.data_sources.types import MODES

    found = yard.sources.get(source) if isinstance(source, str) else source
    if not found.opened().writable:
        raise NotAllowed(f"Sources of the kind {found.kind!r} cannot be written to.", where=found.name)
    if mode not in MODES:
        raise InvalidInput(f"There is no way {mode!r} to write.", possible=MODES)
    place = format_path(parse_path(item_path(item)))
    params = {"source": found.info.id, "item": place, "mode": mode}
    said = {"source": found.name, "item": place, "mode": mode}
    title = f"Export {version.dataset_name} to {found.name}: {place}"
    return JobHandle(yard, _submit(yard, version, "export_to", params, title, said), lambda result: int(result["rows"]))


def exported(yard: Workspace, job_id: str) -> Path:
    """Return a file in the workspace's folder of exports; one that lies elsewhere is not given to a browser."""
    job = yard.jobs.get(job_id)
    gone = NotFound("There is no such file.", where=f"job {job_id}", remedy="Export the dataset again.")
    if job.kind != KIND or job.params.get("path") is not None or "name" not in job.params:
        raise gone
    path = JobHandle(yard, job_id, Exported.from_json).result().path
    if not path.is_file():
        raise gone
    return path


def file_name(version: VersionInfo, target: Target) -> str:
    """Return what a file of a version is called: plain characters alone, as it goes into an address."""
    return f"{plain_name(version)}{target.suffix}"


def plain_name(version: VersionInfo) -> str:
    """Return the name and number of a version in plain characters."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", version.dataset_name).strip("-") or "dataset"
    return f"{plain}-{version.number}"


def _submit(yard: Workspace, version: VersionInfo, verb: str, params: Json, title: str, said: Json) -> str:
    details = {"version": version.number, **said}
    with yard.audit.recording(f"Dataset.{verb}", f"dataset/{version.dataset_name}", **details):
        job = yard.submit(
            KIND,
            f"modelyard.core.workspace.tasks.export:{verb}",
            {"version": version.id, **params},
            title=title,
            weight="light",
        )
    return job.id
