"""A file becomes a dataset version with its profile."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from modelyard.core.common.errors import NotFound
from modelyard.core.common.types import Json
from modelyard.core.datasets.types import Ingested
from modelyard.core.jobs.context import JobContext
from modelyard.core.workspace.tasks.check_dataset import checked, facts_of
from modelyard.core.workspace.tasks.opening import open_workspace
from modelyard.core.workspace.tasks.rules import rules_for, tested
from modelyard.core.workspace.workspace import Workspace

READ_SHARE = 0.6
"""How much of the progress bar reading takes."""

PROFILED_SHARE = 0.85
"""Where the profile is done; the rest are the checks."""


def run(context: JobContext) -> Json:
    """Read the file, write the version, then its profile and what is wrong with it."""
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
    done = profiled(context, yard, _fitted(yard, context.params, ingested))
    _drop_upload(context.params)
    return done


def _nothing(connection: Connection) -> None:
    """Nothing more is to be kept."""


def profiled(
    context: JobContext,
    yard: Workspace,
    ingested: Ingested,
    *,
    save: Callable[[Connection], None] = _nothing,
    parents: Sequence[str] = (),
) -> Json:
    """Write the version and its profile, say so, and return what the job gives.

    `save` is called within the transaction that makes the version.
    """
    from modelyard.core.datasets.profile import compute_profile

    name, actor, profile = context.params["name"], context.job.actor, None
    paths = [yard.artifacts.path(part.key) for part in ingested.parts]
    progress = _between(context, READ_SHARE, PROFILED_SHARE)
    rules = rules_for(yard, name)
    if rules:
        profile = compute_profile(paths, ingested.columns, on_progress=progress)
        ingested = tested(yard, name, ingested, profile, rules)
    with yard.database.joining(save):
        version = yard.catalog.create_version(name, ingested, actor=actor, parents=parents, profile=profile)
    if version.profile_key is None:
        profile = compute_profile(paths, version.columns, on_progress=progress)
        version = yard.catalog.save_profile(version.id, profile)
    if version.quality_key is None:
        checked(yard, facts_of(yard, version), on_progress=_between(context, PROFILED_SHARE, 1.0))
    context.say("dataset", name=version.dataset_name, version=version.number)
    return {
        "dataset_id": version.dataset_id,
        "number": version.number,
        "message": f"{version.rows:,} rows, {len(version.columns)} columns",
    }


def _fitted(yard: Workspace, params: dict[str, Any], ingested: Ingested) -> Ingested:
    """Return what lands under the contract, if the dataset is there already."""
    try:
        before = yard.catalog.version(params["name"])
    except NotFound:
        return ingested
    from modelyard.core.datasets.contract import fit

    return fit(ingested, before, params.get("contract") or "evolve", yard.artifacts, grows=False).ingested


def _between(context: JobContext, begin: float, end: float) -> Callable[[float, str], None]:
    """Return a way to report progress within a stretch of the whole."""
    return lambda share, message: context.progress(begin + share * (end - begin), message)


def _drop_upload(params: dict[str, Any]) -> None:
    if params.get("upload"):
        shutil.rmtree(Path(params["path"]).parent, ignore_errors=True)
