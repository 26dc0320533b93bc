"""A dataset version is checked, and what was found is kept with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from modelyard.core.common.types import Json
from modelyard.core.datasets.quality.types import Quality
from modelyard.core.datasets.types import VersionInfo
from modelyard.core.jobs.context import JobContext
from modelyard.core.workspace.datasets import Dataset
from modelyard.core.workspace.tasks.opening import open_workspace
from modelyard.core.workspace.workspace import Workspace


def run(context: JobContext) -> Json:
    """Run the checks, and write what they found last."""
    yard = open_workspace(context)
    version = yard.catalog.version_by_id(context.params["version_id"])
    against = context.params["against"]
    other = None if against is None else yard.catalog.version_by_id(against)
    quality = checked(yard, version, target=context.params["target"], other=other, on_progress=context.progress)
    context.say("dataset", name=version.dataset_name, version=version.number)
    return {"version_id": version.id, "message": f"{len(quality.findings):,} findings"}


def checked(
    yard: Workspace,
    version: VersionInfo,
    *,
    target: str | None = None,
    other: VersionInfo | None = None,
    on_progress: Callable[[float, str], None] | None = None,
) -> Quality:
    """Check a version, keep what was found, and return it."""
    from modelyard.core.datasets.quality.assess import Version, assess

    def facts(of: VersionInfo) -> Version:
        paths: tuple[Path, ...] = tuple(yard.artifacts.path(key) for key in of.parts)
        return Version(paths, of.columns, Dataset(yard, of).profile(), of.id, of.dataset_id)

    quality = assess(
        facts(version),
        target=target,
        other=None if other is None else facts(other),
        now=yard.clock.now(),
        on_progress=on_progress,
    )
    yard.catalog.save_quality(version.id, quality)
    return quality
