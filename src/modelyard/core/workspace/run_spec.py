"""What is asked of a run, checked before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.common.types import Json

if TYPE_CHECKING:
    from modelyard.core.datasets.types import VersionInfo
    from modelyard.core.tracking.types import RunInfo
    from modelyard.core.workspace.workspace import Workspace

LEFT_OUT_ROLES = ("id", "ignore")
UNUSABLE_KINDS = ("binary", "nested")


@dataclass(frozen=True, slots=True)
class RunSpec:
    """A search for a model, as it was asked for.

    Parameters
    ----------
    experiment : str
        Its name.
    dataset_id, dataset_number
        The version to learn from.
    budget_s : float or None
        Seconds.
    excluded : tuple of str
        Columns to leave out, besides those whose role says so.
    structure : dict or None
        ``{"kind": "group" or "time", "column": name}``.
    """

    experiment: str
    dataset_id: str
    dataset_number: int
    target: str
    budget_s: float | None
    n_trials: int | None = None
    task: str = "auto"
    metric: str = "auto"
    estimators: tuple[str, ...] | None = None
    excluded: tuple[str, ...] = ()
    structure: Json | None = None
    random_state: int = 0

    def to_json(self) -> Json:
        """Return JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Json) -> RunSpec:
        """Rebuild a spec from `to_json`."""
        given = dict(values)
        given["excluded"] = tuple(given["excluded"])
        given["estimators"] = None if given["estimators"] is None else tuple(given["estimators"])
        return cls(**given)


def check_columns(version: VersionInfo, spec: RunSpec) -> None:
    """Refuse columns that do not exist.

    Raises
    ------
    NotFound
        With the names that there are, the closest first.
    """
    names = [column.name for column in version.columns]
    structured = [spec.structure["column"]] if spec.structure is not None else []
    for name in (spec.target, *spec.excluded, *structured):
        if name not in names:
            raise NotFound.named("column", name, names)


def features_of(version: VersionInfo, spec: RunSpec) -> list[str]:
    """Return the columns to learn from.

    Raises
    ------
    InvalidInput
        If no column is left.
    """
    left = [
        column.name
        for column in version.columns
        if column.name != spec.target
        and column.name not in spec.excluded
        and column.role not in LEFT_OUT_ROLES
        and column.kind not in UNUSABLE_KINDS
    ]
    if spec.structure is not None and spec.structure["column"] not in left:
        left.append(spec.structure["column"])
    if not left:
        raise InvalidInput(
            f"Besides the target {spec.target!r} there is no column to learn from.",
            where=version.dataset_name,
            remedy="Leave out fewer columns, or change their roles.",
        )
    return left


def check_target_values(distinct: int, missing: int, rows: int, target: str, dataset: str) -> None:
    """Refuse a target that nothing can be learned about, from what the profile knows.

    Raises
    ------
    InvalidInput
        If it has no values, or one only.
    """
    if rows - missing == 0:
        raise InvalidInput(
            f"The target {target!r} has no values.", where=dataset, remedy="Choose another column as the target."
        )
    if distinct <= 1:
        raise InvalidInput(
            f"The target {target!r} has one value only: there is nothing to learn.",
            where=dataset,
            remedy="Choose another column as the target, or bring rows with other values.",
        )


def structure_of(text: str | None) -> Json | None:
    """Return a structure from how people write it.

    Examples
    --------
    >>> structure_of("group:patient"), structure_of(None)
    ({'kind': 'group', 'column': 'patient'}, None)
    """
    if text is None:
        return None
    kind, _, column = text.partition(":")
    if kind not in ("group", "time") or not column:
        raise InvalidInput(f"The structure {text!r} cannot be read.", possible=["group:<column>", "time:<column>"])
    return {"kind": kind, "column": column}


def start_run(yard: Workspace, run_id: str, spec: RunSpec, *, job_id: str) -> RunInfo:
    """Put the run on record; whoever asks and the job both do, and the first one makes it."""
    from modelyard.core.tracking.types import DatasetRef

    version = yard.catalog.version(spec.dataset_id, spec.dataset_number)
    experiment = yard.tracker.experiment(
        spec.experiment,
        dataset_id=version.dataset_id,
        dataset_name=version.dataset_name,
        target=spec.target,
        actor=yard.actor.name,
    )
    return yard.tracker.start_run(
        experiment.id,
        dataset=DatasetRef(version.dataset_id, version.dataset_name, version.id, version.number, version.hash),
        spec=spec.to_json(),
        actor=yard.actor.name,
        job_id=job_id,
        run_id=run_id,
    )


def estimator_names(names: Sequence[str] | None) -> tuple[str, ...] | None:
    """Check names against the registry of estimators."""
    if names is None:
        return None
    from modelyard.core.ml_engine.registry import ESTIMATORS

    for name in names:
        ESTIMATORS.get(name)
    return tuple(names)
