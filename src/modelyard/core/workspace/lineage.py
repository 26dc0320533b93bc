"""What a version came from, and what came from it: files and sources, versions, runs, models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from modelyard.core.datasets.descent import Relative

if TYPE_CHECKING:
    from modelyard.core.datasets.types import VersionInfo
    from modelyard.core.workspace.workspace import Workspace

MOST = 60
"""Nodes that are told of: the nearest ones."""
FRUITLESS = 5
"""Runs of a version that are told of though no model was registered from them: the newest ones."""
DERIVED = ("steps", "sql")
"""Kinds of origins that are versions, not something outside."""

type Kind = Literal["file", "source", "stream", "version", "run", "model"]


@dataclass(frozen=True, slots=True)
class Node:
    """Something in a lineage.

    Parameters
    ----------
    id : str
        Of the version or the run; made of names for all else.
    kind : str
        ``file``, ``source``, ``stream``, ``version``, ``run`` or ``model``.
    name : str
        Of the file, the source, the dataset, the experiment or the model.
    number : int or None
        Of the version or the run.
    how : str
        What made it: for a version its kind of origin, such as ``csv``, ``steps`` or ``sql``; for a source what was
        read.
    deleted : bool
        Whether it is gone, and only this is known of it.
    """

    id: str
    kind: Kind
    name: str
    number: int | None = None
    how: str = ""
    deleted: bool = False

    def __str__(self) -> str:
        if self.number is None:
            return self.name
        gone = " (deleted)" if self.deleted else ""
        return f"{self.name}, {'run' if self.kind == 'run' else 'version'} {self.number}{gone}"


@dataclass(frozen=True, slots=True)
class Lineage:
    """What came from what.

    Parameters
    ----------
    of : str
        The id of the version that was asked about.
    nodes : tuple of Node
        That version first, then the nearest ones.
    edges : tuple of (str, str)
        From what to what, by ids; there is no circle.
    left_out : int
        How many more are known of: further away, or older runs without a model.
    """

    of: str
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]
    left_out: int = 0

    def node(self, id_: str) -> Node:
        """Return one of the nodes."""
        return next(node for node in self.nodes if node.id == id_)


@dataclass(frozen=True, slots=True)
class _Found:
    """A node, how far it is from the version that was asked about, and the edge that leads to it or from it."""

    distance: int
    node: Node
    edges: tuple[tuple[str, str], ...]


def lineage(yard: Workspace, version: VersionInfo, most: int = MOST) -> Lineage:
    """Return the ancestors and descendants of a version; see `DatasetVerbs.lineage`."""
    versions, known = yard.catalog.relatives(version.id, most)
    learned, fruitless = _learned(yard, versions)
    found = sorted([*_made(versions), *learned], key=lambda one: one.distance)  # stable: versions go before runs
    nodes = {one.node.id: one.node for one in found}
    shown = list(nodes)[:most]
    edges = {edge for one in found for edge in one.edges if edge[0] in shown and edge[1] in shown}
    left_out = len(nodes) - len(shown) + known - len(versions) + fruitless
    return Lineage(version.id, tuple(nodes[id_] for id_ in shown), tuple(sorted(edges)), left_out)


def _made(versions: Sequence[Relative]) -> Iterator[_Found]:
    """Yield versions, and what lies outside that the first of them were read from."""
    known = {one.id for one in versions}
    for one in versions:
        how = str(one.origin.get("kind", ""))
        node = Node(one.id, "version", one.dataset_name, one.number, how, one.deleted)
        yield _Found(abs(one.generation), node, tuple((parent, one.id) for parent in one.parents if parent in known))
        if not one.parents and how not in DERIVED and (outside := _outside(one)):
            yield _Found(abs(one.generation) + 1, outside, ((outside.id, one.id),))


def _outside(version: Relative) -> Node | None:
    """Return the file, the source or the stream that a version was read from."""
    origin = version.origin
    if origin.get("kind") == "stream":
        name = str(origin.get("stream", ""))
        return Node(f"stream/{name}", "stream", name, how=str(origin.get("file", "")))
    source, file = str(origin.get("source", "")), str(origin.get("file", ""))
    if source:
        item = str(origin.get("item") or "a query")
        return Node(f"source/{source}/{item}", "source", source, how=item)
    if file:
        return Node(f"file/{file}/{origin.get('sha256', '')}", "file", file, how=str(origin.get("kind", "")))
    return None


def _learned(yard: Workspace, versions: Sequence[Relative]) -> tuple[list[_Found], int]:
    """Return runs that learned from the version or what came from it, their models, and how many are left out."""
    far = {one.id: one.generation for one in versions if one.generation >= 0}
    models = yard.tracker.models_from(far)
    fruitful, others = {one.run_id for one in models}, Counter[str]()
    found = []
    for run in yard.tracker.runs_from(far):
        others[run.dataset_version_id] += run.id not in fruitful
        if run.id in fruitful or others[run.dataset_version_id] <= FRUITLESS:
            node = Node(run.id, "run", run.experiment_name, run.number)
            found.append(_Found(far[run.dataset_version_id] + 1, node, ((run.dataset_version_id, run.id),)))
    for model in models:
        node = Node(f"model/{model.name}/{model.number}", "model", model.name, model.number)
        found.append(_Found(far[model.dataset_version_id] + 2, node, ((model.run_id, node.id),)))
    return found, sum(max(0, count - FRUITLESS) for count in others.values())
