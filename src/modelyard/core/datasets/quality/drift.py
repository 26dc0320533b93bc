"""How differently a column is distributed in two tables: an effect with an interval, which more rows only narrow.

The effect is the total variation distance over bins: the share of values that would have to change for one table to be
distributed as the other. Numbers fall into the deciles of the other table, categories count one by one, and missing is
a bin of its own. The interval is a basic bootstrap's, which takes away what chance alone adds, at a level that is
divided by the number of columns compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from modelyard.core.datasets.quality.base import Column
from modelyard.core.datasets.quality.words import percent
from modelyard.core.datasets.scan import Scan

if TYPE_CHECKING:
    import numpy as np

LEAST_ROWS = 200
"""Rows of both tables below which nothing is said."""

_DRAWS = 2000
_LEVEL = 0.05
_CATEGORIES = 20
_DECILES = [k / 10 for k in range(1, 10)]


@dataclass(frozen=True, slots=True)
class Shift:
    """What was measured.

    Parameters
    ----------
    effect, low, high : float
        Share of values that would have to change, and the ends of its interval.
    most : str
        Which bin changed most, in words.
    """

    effect: float
    low: float
    high: float
    most: str


def drift(scan: Scan, mine: Column, other_scan: Scan, theirs: Column, *, tests: int) -> Shift | None:
    """Return how differently a column is distributed, None where it has too few values."""
    import numpy as np

    if min(mine.facts.count + mine.facts.missing, theirs.facts.count + theirs.facts.missing) < LEAST_ROWS:
        return None
    if max(mine.facts.distinct, theirs.facts.distinct) > _CATEGORIES and theirs.info.kind not in (
        "category",
        "boolean",
    ):
        edges = _edges(other_scan, theirs.x)
        after, before = (_numbers(s, c.x, edges) for s, c in ((scan, mine), (other_scan, theirs)))
        names = _names(edges)
    else:
        after, before, names = _categories(scan, mine.x, other_scan, theirs.x)
    effect, low, high = interval(np.array(before), np.array(after), tests=tests)
    p, q = (np.array(counts) / sum(counts) for counts in (before, after))
    k = int(np.abs(q - p).argmax())
    most = f"{names[k]} {'rose' if q[k] > p[k] else 'fell'} from {percent(float(p[k]))} to {percent(float(q[k]))}"
    return Shift(effect, low, high, most)


def interval(
    before: np.ndarray[Any, Any], after: np.ndarray[Any, Any], *, tests: int = 1
) -> tuple[float, float, float]:
    """Return the distance of two tables of counts, and an interval for it.

    Parameters
    ----------
    before, after : array of int
        Counts in the same bins.
    tests : int
        How many columns are compared; the level is divided by it.

    Examples
    --------
    >>> import numpy as np
    >>> [round(x, 2) for x in interval(np.array([500, 500]), np.array([900, 100]))]
    [0.4, 0.36, 0.44]
    """
    import numpy as np

    p, q = before / before.sum(), after / after.sum()
    effect = float(np.abs(p - q).sum() / 2)
    rng = np.random.default_rng(0)
    drawn_p = rng.multinomial(int(before.sum()), p, _DRAWS) / before.sum()
    drawn_q = rng.multinomial(int(after.sum()), q, _DRAWS) / after.sum()
    drawn = np.abs(drawn_p - drawn_q).sum(axis=1) / 2
    tail = max(_LEVEL / max(1, tests) / 2, 1 / _DRAWS)
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return effect, float(np.clip(2 * effect - high, 0, 1)), float(np.clip(2 * effect - low, 0, 1))


def _edges(scan: Scan, x: str) -> list[float]:
    number = _number(x)
    found = scan.row(f"approx_quantile({number}, {_DECILES})", f"WHERE {number} IS NOT NULL")[0]
    return sorted({float(edge) for edge in found or []})


def _number(x: str) -> str:
    return f"CASE WHEN isfinite(TRY_CAST({x} AS DOUBLE)) THEN {x}::DOUBLE END"


def _numbers(scan: Scan, x: str, edges: list[float]) -> list[int]:
    """Return counts between the edges, and last those without a finite number."""
    number = _number(x)
    bin_ = " + ".join(["0", *(f"({number} > {edge!r}::DOUBLE)::INTEGER" for edge in edges)])
    found = dict(scan.rows(f"CASE WHEN {number} IS NULL THEN -1 ELSE {bin_} END AS bin, count(*)", "GROUP BY bin"))
    return [*(int(found.get(k, 0)) for k in range(len(edges) + 1)), int(found.get(-1, 0))]


def _names(edges: list[float]) -> list[str]:
    if not edges:
        return ["numbers", "missing"]
    between = [f"{a:.6g} to {b:.6g}" for a, b in pairwise(edges)]
    return [f"up to {edges[0]:.6g}", *between, f"above {edges[-1]:.6g}", "missing"]


def _categories(scan: Scan, x: str, other: Scan, y: str) -> tuple[list[int], list[int], list[str]]:
    """Return counts of the most frequent values of both, of all others, and of missing."""
    top = f"GROUP BY value ORDER BY count(*) DESC, value LIMIT {_CATEGORIES}"
    values = {
        value: None for table, c in ((other, y), (scan, x)) for (value,) in table.rows(f"{c}::VARCHAR AS value", top)
    }
    known = [value for value in values if value is not None]
    after, before = (_counts(table, c, known) for table, c in ((scan, x), (other, y)))
    return after, before, [*(repr(value) for value in known), "other values", "missing"]


def _counts(scan: Scan, x: str, known: list[str]) -> list[int]:
    """Return how often each known value is there, then any other, then none."""
    marks = ", ".join("?" * len(known))
    listed = f"CASE WHEN list_contains([{marks}]::VARCHAR[], {x}::VARCHAR) THEN {x}::VARCHAR END AS value"
    counted = scan.rows(f"{x} IS NULL AS missing, {listed}, count(*)", "GROUP BY ALL", known)
    found = {(bool(missing), value): int(n) for missing, value, n in counted}
    return [*(found.get((False, value), 0) for value in known), found.get((False, None), 0), found.get((True, None), 0)]
