"""Where the boxes of a graph without circles go: in layers from left to right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

WIDE, TALL = 160, 56
"""Size of a box."""
BETWEEN, UNDER, AISLE = 28, 20, 10
"""Room between layers, under a box, and for a line that passes through a layer."""
SWEEPS = 4
"""How often each layer is ordered by its neighbors."""

type Point = tuple[float, float]
type Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node is drawn.

    Parameters
    ----------
    id : str
        Of the node.
    layer : int
        From 0 at the left.
    x, y, wide, tall : float
        Its left upper corner and its size.
    """

    id: str
    layer: int
    x: float
    y: float
    wide: float = WIDE
    tall: float = TALL


@dataclass(frozen=True, slots=True)
class Line:
    """An edge: the points that it passes, from the right side of a box to the left side of another one."""

    edge: Edge
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class LayeredInfo:
    """A drawing.

    Parameters
    ----------
    boxes : tuple of Box
        By layers, each from top to bottom.
    lines : tuple of Line
        In the order of the edges.
    wide, tall : float
        Size of all together.
    """

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    wide: float
    tall: float


@dataclass(frozen=True, slots=True)
class _Place:
    """A node in a layer, or where an edge passes through it."""

    node: str
    edge: Edge | None = None


def layered_info(ids: Sequence[str], edges: Sequence[Edge]) -> LayeredInfo:
    """Return where nodes and edges go, so that boxes do not overlap and all edges lead to the right.

    Parameters
    ----------
    ids : sequence of str
        The nodes.
    edges : sequence of (str, str)
        From what to what; without circles.

    Examples
    --------
    >>> info = layered_info(["a", "b"], [("a", "b")])
    >>> [(box.id, box.x, box.y) for box in info.boxes], info.lines[0].points
    ([('a', 0, 0.0), ('b', 188, 0.0)], ((160, 28.0), (188, 28.0)))
    """
    layer = _layers(ids, edges)
    ways = {edge: [_Place(edge[0]), *_passing(edge, layer), _Place(edge[1])] for edge in edges}
    rows = _ordered(ids, layer, ways)
    tops = [_tops(row) for row in rows]
    tall = max((height for _, height in tops), default=0.0)
    at = {
        place: (column * (WIDE + BETWEEN), (tall - height) / 2 + top)
        for column, (row, (starts, height)) in enumerate(zip(rows, tops, strict=True))
        for place, top in zip(row, starts, strict=True)
    }
    boxes = tuple(Box(place.node, layer[place.node], *at[place]) for row in rows for place in row if place.edge is None)
    lines = tuple(Line(edge, _points(way, at)) for edge, way in ways.items())
    return LayeredInfo(boxes, lines, max(0, len(rows) * (WIDE + BETWEEN) - BETWEEN), tall)


def _layers(ids: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Return the layer of each node: right of all that lead to it, and beginnings just left of what they lead to."""
    before, after = _neighbors(edges, 1), _neighbors(edges, 0)
    layer: dict[str, int] = {}
    waiting = list(ids)
    while waiting:  # as many rounds as there are layers
        ready = [id_ for id_ in waiting if all(one in layer for one in before.get(id_, ()))]
        if not ready:
            raise ValueError(f"There is a circle among {', '.join(sorted(waiting))}.")
        layer.update({id_: max((layer[one] + 1 for one in before.get(id_, ())), default=0) for id_ in ready})
        waiting = [id_ for id_ in waiting if id_ not in layer]
    begin = {id_: min(layer[one] for one in after[id_]) - 1 for id_ in ids if id_ not in before and id_ in after}
    return {**layer, **begin}


def _neighbors(edges: Iterable[Edge], end: int) -> Mapping[str, list[str]]:
    """Return what leads to each node if `end` is 1, what it leads to if it is 0."""
    found: dict[str, list[str]] = {}
    for edge in edges:
        found.setdefault(edge[end], []).append(edge[1 - end])
    return found


def _passing(edge: Edge, layer: Mapping[str, int]) -> list[_Place]:
    return [_Place(str(between), edge) for between in range(layer[edge[0]] + 1, layer[edge[1]])]


def _ordered(ids: Sequence[str], layer: Mapping[str, int], ways: Mapping[Edge, Sequence[_Place]]) -> list[list[_Place]]:
    """Return the places of each layer from top to bottom, near to what they are connected with."""
    rows: list[list[_Place]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for id_ in ids:
        rows[layer[id_]].append(_Place(id_))
    left: dict[_Place, list[_Place]] = {}
    right: dict[_Place, list[_Place]] = {}
    for edge, way in ways.items():
        for step, (one, other) in enumerate(pairwise(way)):
            left.setdefault(other, []).append(one)
            right.setdefault(one, []).append(other)
            if other.edge is not None:
                rows[layer[edge[0]] + 1 + step].append(other)
    best = list(rows)
    for _ in range(SWEEPS):
        for column in range(len(rows) - 2, -1, -1):
            rows[column] = _by(rows[column], rows[column + 1], right)
        for column in range(1, len(rows)):
            rows[column] = _by(rows[column], rows[column - 1], left)
        best = min(best, list(rows), key=lambda each: _crossings(each, right))
    return best


def _crossings(rows: Sequence[Sequence[_Place]], right: Mapping[_Place, Sequence[_Place]]) -> int:
    """Return how many pairs of lines cross."""
    found = 0
    for row, beside in pairwise(rows):
        rank = {place: number for number, place in enumerate(beside)}
        ends = [sorted(rank[other] for other in right.get(place, ())) for place in row]
        found += sum(low > high for upper, lower in combinations(ends, 2) for low in upper for high in lower)
    return found


def _by(row: list[_Place], beside: list[_Place], near: Mapping[_Place, list[_Place]]) -> list[_Place]:
    """Return a layer in the order of the middle of what each place is connected with in the layer beside."""
    rank = {place: (number + 0.5) / len(beside) for number, place in enumerate(beside)}

    def middle(numbered: tuple[int, _Place]) -> float:
        number, place = numbered
        ranks = [rank[one] for one in near.get(place, ()) if one in rank]
        return sum(ranks) / len(ranks) if ranks else (number + 0.5) / len(row)

    return [place for _, place in sorted(enumerate(row), key=middle)]


def _tops(row: Sequence[_Place]) -> tuple[list[float], float]:
    """Return where the places of a layer begin, and how tall it is."""
    tops, end = [], 0.0
    for place in row:
        tops.append(end)
        end += (TALL if place.edge is None else AISLE) + UNDER
    return tops, max(0.0, end - UNDER)


def _points(way: Sequence[_Place], at: Mapping[_Place, Point]) -> tuple[Point, ...]:
    first, last = at[way[0]], at[way[-1]]
    points: list[Point] = [(first[0] + WIDE, first[1] + TALL / 2)]
    for place in way[1:-1]:
        x, y = at[place]
        points += [(x, y + AISLE / 2), (x + WIDE, y + AISLE / 2)]
    return (*points, (last[0], last[1] + TALL / 2))
