"""A lineage in words, and as the boxes of a graph."""

from __future__ import annotations

from collections import Counter

from modelyard.core.common.types import Json
from modelyard.core.workspace.lineage import Lineage, Node
from modelyard.figures.layered import Box
from modelyard.ui import format as fmt
from modelyard.ui.routing import to

ICONS = {
    "file": "description",
    "source": "storage",
    "stream": "sensors",
    "version": "table_chart",
    "run": "science",
    "model": "category",
}
MADE = {"steps": " by steps", "sql": " by SQL"}
"""How a version was made of others."""


def boxes(lineage: Lineage, placed: tuple[Box, ...]) -> list[Json]:
    """Return the boxes of a lineage, from left to right."""
    before: dict[str, list[str]] = {}
    for one, other in lineage.edges:
        before.setdefault(other, []).append(str(lineage.node(one)))
    return [
        _box(lineage.node(box.id), box, current=box.id == lineage.of, before=before.get(box.id, ())) for box in placed
    ]


def summary(lineage: Lineage) -> str:
    """Return in sentences what a version came from and what came from it."""
    after: dict[str, set[str]] = {}
    for one, other in lineage.edges:
        after.setdefault(one, set()).add(other)
    made, waiting = set[str](), {lineage.of}
    while waiting:
        waiting = {other for one in waiting for other in after.get(one, ())} - made
        made |= waiting
    kinds = Counter(lineage.node(id_).kind for id_ in made)
    counted = [fmt.count(number, kind) for kind in ("version", "run", "model") if (number := kinds[kind])]
    came = _came(lineage)
    if not counted:
        return f"{came}; nothing has been made from it yet."
    return f"{came}. Made from it: {_listed(counted)}."


def rest(lineage: Lineage) -> str:
    """Return a word about what is not shown."""
    return f"{fmt.count(lineage.left_out)} more, further away or older, are not shown." if lineage.left_out else ""


def _came(lineage: Lineage) -> str:
    of = lineage.node(lineage.of)
    parents = [lineage.node(one) for one, other in lineage.edges if other == lineage.of]
    if not parents:
        return "It is not known any more what this version was made from"
    if all(parent.kind != "version" for parent in parents):
        return f"This version was read from {_listed([parent.name for parent in parents])}"
    return f"This version was made{MADE.get(of.how, '')} from {_listed([str(parent) for parent in parents])}"


def _box(node: Node, box: Box, *, current: bool, before: list[str] | tuple[str, ...]) -> Json:
    note = _note(node)
    said: Json = {
        **{"id": node.id, "x": box.x, "y": box.y, "wide": box.wide, "tall": box.tall},
        **{"icon": "delete_outline" if node.deleted else ICONS[node.kind], "title": node.name, "note": note},
        **{"hint": f"{node.name}: {note}", "to": _place(node), "current": current, "deleted": node.deleted},
    }
    return {**said, "from": f"from {_listed(list(before))}"} if before else said


def _note(node: Node) -> str:
    if node.kind == "version":
        return f"Version {node.number}{', deleted' if node.deleted else MADE.get(node.how, '')}"
    return {
        "file": "File",
        "source": f"Source: {node.how}",
        "stream": "Stream",
        "run": f"Run {node.number}",
        "model": f"Model, version {node.number}",
    }[node.kind]


def _place(node: Node) -> str | None:
    """Return where a node leads; files are not ours, and what is deleted has no screen."""
    if node.kind == "file" or node.deleted:
        return None
    return {
        "source": to("data", source=node.name),
        "stream": to("data", sources=1),
        "version": to("data", dataset=node.name, version=node.number),
        "run": to("experiments", run=node.id),
        "model": to("models", model=node.name, version=node.number),
    }[node.kind]


def _listed(words: list[str]) -> str:
    """Return words in a row.

    Examples
    --------
    >>> _listed(["a"]), _listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
