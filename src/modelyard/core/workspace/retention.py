"""Which versions of a dataset stay, and which go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from modelyard.core.common.errors import Conflict, InvalidInput
from modelyard.core.datasets.types import VersionInfo

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Retained:
    """What a retention did, or would do.

    Parameters
    ----------
    deleted : tuple of VersionInfo
        Those that went, the newest first.
    kept : tuple of (VersionInfo, str)
        Those that stayed though they were old, and why.
    dry_run : bool
        Whether nothing was deleted.
    """

    deleted: tuple[VersionInfo, ...]
    kept: tuple[tuple[VersionInfo, str], ...]
    dry_run: bool = False


def delete_version(yard: Workspace, name: str, number: int, *, even_if_used: bool) -> VersionInfo:
    """Delete one version; see `DatasetVerbs.delete_version`."""
    version = yard.catalog.version(name, number)
    with yard.audit.recording("datasets.delete_version", f"dataset/{version.dataset_name}", version=number):
        use = _uses(yard, [version]).get(version.id)
        if use and not even_if_used:
            raise Conflict(
                f"Version {number} is needed: {use}.",
                where=version.dataset_name,
                remedy="Say even_if_used=True to delete it all the same.",
            )
        return yard.catalog.delete_version(version.id, actor=yard.actor.name)


def retain(
    yard: Workspace,
    name: str,
    *,
    keep: int | None,
    days: float | None,
    only: Sequence[int] | None,
    even_if_used: bool,
    dry_run: bool,
) -> Retained:
    """Delete old versions; see `DatasetVerbs.retain`."""
    versions = yard.catalog.versions(name)
    old = _old(versions, yard.clock.now(), keep, days)
    if only is not None:
        old = [version for version in old if version.number in only]
    uses = {} if even_if_used else _uses(yard, old)
    gone = tuple(version for version in old if version.id not in uses)
    kept = tuple((version, uses[version.id]) for version in old if version.id in uses)
    if dry_run:
        return Retained(gone, kept, dry_run=True)
    numbers = [version.number for version in gone]
    with yard.audit.recording("datasets.retain", f"dataset/{versions[0].dataset_name}", deleted=numbers):
        for version in gone:
            yard.catalog.delete_version(version.id, actor=yard.actor.name)
    return Retained(gone, kept)


def _old(versions: Sequence[VersionInfo], now: datetime, keep: int | None, days: float | None) -> list[VersionInfo]:
    if (keep is None and days is None) or (keep or 0) < 0 or (days or 0) < 0:
        raise InvalidInput(
            "Nothing says which versions stay.", remedy="Say how many of the newest (keep), or for how long (days)."
        )
    since = None if days is None else now - timedelta(days=days)
    return [
        version
        for place, version in enumerate(versions)
        if place >= max(keep or 0, 1) and (since is None or version.created_at < since)
    ]


def _uses(yard: Workspace, versions: Sequence[VersionInfo]) -> Mapping[str, str]:
    """Return why versions are needed, by their id."""
    datasets = {version.dataset_id for version in versions}
    trained = {id_ for dataset in datasets for id_ in yard.tracker.trained_on(dataset)}
    reasons = {version.id: f"it is tagged {', '.join(version.tags)}" for version in versions if version.tags}
    return {**reasons, **{version.id: "a run has learned from it" for version in versions if version.id in trained}}
