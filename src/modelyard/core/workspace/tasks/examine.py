"""What is not known yet of a version is found out and kept."""

from __future__ import annotations

from collections.abc import Callable

from modelyard.core.common.types import Json
from modelyard.core.datasets.profile_relations import Relations
from modelyard.core.datasets.types import VersionInfo
from modelyard.core.jobs.context import JobContext
from modelyard.core.workspace.examining import known_relations
from modelyard.core.workspace.tasks.check_dataset import checked, facts_of
from modelyard.core.workspace.tasks.opening import open_workspace
from modelyard.core.workspace.workspace import Workspace

_PROFILED_SHARE = 0.6

type Report = Callable[[float, str], None]


def run(context: JobContext) -> Json:
    """Make the profile, then check, as far as either is missing."""
    yard = open_workspace(context)
    version = yard.catalog.version_by_id(context.params["version_id"])
    examined(yard, version, context.progress)
    context.say("dataset", name=version.dataset_name, version=version.number)
    return {"version_id": version.id, "message": f"{version.rows:,} rows examined"}


def relate(context: JobContext) -> Json:
    """Compare the columns, and return what was found."""
    yard = open_workspace(context)
    version = yard.catalog.version_by_id(context.params["version_id"])
    return related(yard, version, context.params["target"], context.progress).to_json()


def examined(yard: Workspace, version: VersionInfo, report: Report) -> VersionInfo:
    """Return the version, with a profile and what checks found."""
    from modelyard.core.datasets.profile import compute_profile

    if version.profile_key is None:
        paths = yard.catalog.part_paths(version)
        profile = compute_profile(paths, version.columns, on_progress=_until(report, _PROFILED_SHARE))
        version = yard.catalog.save_profile(version.id, profile)
    if version.quality_key is None:
        checked(yard, facts_of(yard, version), on_progress=_from(report, _PROFILED_SHARE))
    return yard.catalog.version_by_id(version.id)


def related(yard: Workspace, version: VersionInfo, target: str | None, report: Report) -> Relations:
    """Return how the columns hang together: as it is kept, or found out now."""
    from modelyard.core.datasets.profile_relating import compute_relations

    known = known_relations(yard, version, target)
    if known is not None:
        return known
    found = compute_relations(facts_of(yard, version), target=target, on_progress=report)
    yard.catalog.save_relations(version.id, found)
    return found


def _until(report: Report, end: float) -> Report:
    return lambda share, message: report(share * end, message)


def _from(report: Report, begin: float) -> Report:
    return lambda share, message: report(begin + share * (1 - begin), message)
