"""Write a backup into the workspace's folder."""

from __future__ import annotations

from modelyard.core.common.types import Json
from modelyard.core.jobs.context import JobContext
from modelyard.core.workspace.backup import write_backup
from modelyard.core.workspace.tasks.opening import open_workspace


def run(context: JobContext) -> Json:
    """Write it; while that goes on it has another name, so nobody fetches half of it."""
    yard = open_workspace(context)
    name = yard.backups.free_name()
    context.progress(None, f"Writing {name}")
    info = write_backup(yard, yard.settings.backups / name)
    lost = f"; {len(info.missing):,} files were missing" if info.missing else ""
    return {"name": name, "missing": len(info.missing), "message": f"{info.rows:,} rows, {info.files:,} files{lost}"}
