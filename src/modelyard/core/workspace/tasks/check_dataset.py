"""A dataset version is checked, and what was found is kept with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from modelyard.core.common.types import Json
from modelyard.core.datasets.quality.types import Quality
from modelyard.core.datasets.types import VersionInfo
from modelyard.core.jobs.context import JobContext
from modelyard.core.workspace.dataset import Dataset
from modelyard.core.workspace.tasks.opening import open_workspace
from modelyard.core.workspace.workspace import Workspace

if TYPE_CHECKING:
    from modelyard.core.datasets.quality.assess import Version


def run(context: JobContext) -> Json:
    """Run the checks, and write what they found last."""
    from modelyard.core.datasets.quality.rule_testing import outcomes_of

    yard = open_workspace(context)
    version = yard.catalog.version_by_id(context.params["version_id"])
    against = context.params["against"]
    other = None if against is None else facts_of(yard, yard.catalog.version_by_id(against))
    facts, target = facts_of(yard, version), context.params["target"]
    quality = checked(yard, facts, target=target, other=other, on_progress=context.progress)
    rules = yard.rules.of(version.dataset_id)
    if rules:
        context.progress(None, "Testing rules")
        now = yard.clock.now()
        yard.rules.save(outcomes_of(rules, facts, yard.artifacts, now=now, target=target, other=other))
    context.say("dataset", name=version.dataset_name, version=version.number)
    return {"version_id": version.id, "message": f"{len(quality.findings):,} findings"}


def facts_of(yard: Workspace, version: VersionInfo) -> Version:
    """Return what checks and rules need of a version."""
    from modelyard.core.datasets.quality.assess import Version

    paths = tuple(yard.catalog.part_paths(version))
    return Version(paths, version.columns, Dataset(yard, version).profile(), version.id, version.dataset_id)


def checked(
    yard: Workspace,
    version: Version,
    *,
    target: str | None = None,
    other: Version | None = None,
    on_progress: Callable[[float, str], None] | None = None,
) -> Quality:
    """Check a version, keep what was found, and return it."""
    from modelyard.core.datasets.quality.assess import assess

    quality = assess(
        version,
        target=target,
        other=other,
        now=yard.clock.now(),
        on_progress=on_progress,
    )
    yard.catalog.save_quality(version.id, quality)
    return quality
