"""Steps over dataset versions: tried on the first rows, applied by a job, replayed on other versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.types import Json
from modelyard.core.datasets.queries import SqlResult, view_of
from modelyard.core.datasets.sandbox import View
from modelyard.core.datasets.steps.base import Step
from modelyard.core.datasets.steps.registry import read_steps
from modelyard.core.datasets.types import VersionInfo

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace

type Steps = Sequence[Mapping[str, Any] | Step]


def try_steps(yard: Workspace, version: VersionInfo, steps: Steps, rows: int) -> SqlResult:
    """Return what the steps make of the first rows."""
    from modelyard.core.datasets.steps.plan import preview

    read = read_steps(steps) if steps else ()
    base = View("", version, yard.catalog.part_paths(version))
    return preview(base, _others(yard, read), read, rows)


def params_of(yard: Workspace, version: VersionInfo, steps: Steps, into: str | None) -> Json:
    """Return what the job is given; all that can be known to be wrong is told now, before it starts."""
    read = read_steps(steps)
    try_steps(yard, version, read, 1)
    return {
        "name": into or version.dataset_name,
        "version": version.id,
        "steps": [step.to_json() for step in read],
        "others": {reference: view.version.id for reference, view in _others(yard, read).items()},
    }


def recorded(version: VersionInfo) -> tuple[str, list[Json]]:
    """Return the dataset that a version was made from by steps, and the steps.

    Raises
    ------
    InvalidInput
        If it was made in another way.
    """
    if version.origin.get("kind") != "steps":
        raise InvalidInput(
            "This version was not made by steps, so there is nothing to replay.",
            where=f"{version.dataset_name}, version {version.number}",
        )
    return str(version.origin["dataset_id"]), list(version.origin["steps"])


def _others(yard: Workspace, steps: Sequence[Step]) -> dict[str, View]:
    return {reference: view_of(yard.catalog, reference) for step in steps for reference in step.others()}
