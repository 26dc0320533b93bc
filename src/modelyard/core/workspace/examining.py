"""What is found out about a version once and kept with it: facts, what is wrong, how its columns hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.core.common.errors import NotFound
from modelyard.core.workspace.handles import JobHandle

if TYPE_CHECKING:
    from modelyard.core.datasets.profile_relations import Relations
    from modelyard.core.datasets.types import VersionInfo
    from modelyard.core.workspace.dataset import Dataset
    from modelyard.core.workspace.workspace import Workspace

_TASKS = "modelyard.core.workspace.tasks.examine"


def examine(yard: Workspace, dataset: Dataset) -> JobHandle[Dataset]:
    """Start the hidden job that makes the profile of a version and checks it, as far as that is missing."""
    version = dataset.version
    job = yard.submit(
        "examine",
        f"{_TASKS}:run",
        {"version_id": version.id},
        title=f"Examine {version.dataset_name}",
        weight="light",
        hidden=True,
        unique_key=f"examine/{version.id}",
    )
    return JobHandle(yard, job.id, lambda result: yard.datasets.get(version.dataset_id, version.number))


def relate(yard: Workspace, version: VersionInfo, target: str | None) -> JobHandle[Relations]:
    """Start the hidden job that compares the columns of a version."""
    from modelyard.core.datasets.profile_relations import Relations

    job = yard.submit(
        "relate",
        f"{_TASKS}:relate",
        {"version_id": version.id, "target": target},
        title=f"Compare the columns of {version.dataset_name}",
        weight="light",
        hidden=True,
        unique_key=f"relate/{version.id}/{target}",
    )
    return JobHandle(yard, job.id, Relations.from_json)


def known_relations(yard: Workspace, version: VersionInfo, target: str | None) -> Relations | None:
    """Return how the columns hang together if that is kept for this target."""
    found = yard.catalog.relations(version.id)
    wanted = target_of(version, target)
    return found if found is not None and (found.target and found.target.name) == wanted else None


def target_of(version: VersionInfo, target: str | None) -> str | None:
    """Return the target that was asked for, or else the column with that role.

    Raises
    ------
    NotFound
        If there is no such column.
    """
    names = [column.name for column in version.columns]
    if target is None:
        return next((column.name for column in version.columns if column.role == "target"), None)
    if target not in names:
        raise NotFound.named("column", target, names)
    return target
