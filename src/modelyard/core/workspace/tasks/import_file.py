"""A file becomes a dataset version with its profile."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modelyard.core.common.types import Json
from modelyard.core.datasets.types import Ingested
from modelyard.core.jobs.context import JobContext
from modelyard.core.workspace.tasks.opening import open_workspace
from modelyard.core.workspace.workspace import Workspace

READ_SHARE = 0.7
"""How much of the progress bar reading takes; the rest is the profile."""


def run(context: JobContext) -> Json:
    """Read the file, profile what was read, and write the version last."""
    from modelyard.core.datasets.ingest import ingest_file

    yard = open_workspace(context)
    path = Path(context.params["path"])
    context.progress(0.0, f"Reading {path.name}")
    ingested = ingest_file(
        path,
        yard.artifacts,
        on_progress=lambda share, message: context.progress(share * READ_SHARE, message),
        options=context.params.get("options"),
    )
    done = profiled(context, yard, ingested)
    _drop_upload(context.params)
    return done


def profiled(context: JobContext, yard: Workspace, ingested: Ingested, parents: Sequence[str] = ()) -> Json:
    """Write the version and its profile, say so, and return what the job gives."""
    from modelyard.core.datasets.profile import compute_profile

    version = yard.catalog.create_version(context.params["name"], ingested, actor=context.job.actor, parents=parents)
    if version.profile_key is None:
        profile = compute_profile(
            [yard.artifacts.path(key) for key in version.parts],
            version.columns,
            on_progress=lambda share, message: context.progress(READ_SHARE + share * (1 - READ_SHARE), message),
        )
        yard.catalog.save_profile(version.id, profile)
    context.say("dataset", name=version.dataset_name, version=version.number)
    return {
        "dataset_id": version.dataset_id,
        "number": version.number,
        "message": f"{version.rows:,} rows, {len(version.columns)} columns",
    }


def _drop_upload(params: dict[str, Any]) -> None:
    if params.get("upload"):
        shutil.rmtree(Path(params["path"]).parent, ignore_errors=True)
