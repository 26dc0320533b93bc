"""How far the values of a column in one version are from those in another, by DuckDB in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from modelyard.core.datasets.duck import one_row, parts_table
from modelyard.core.datasets.measures import Measures, of_column
from modelyard.core.datasets.profile_types import Value
from modelyard.core.datasets.types import ColumnInfo, VersionInfo

if TYPE_CHECKING:
    import duckdb

_QUANTILES = 100
_BINS = 20
_CATEGORIES = 10
_EXACT_ROWS = 1_000_000
_LENGTHS = {"text": "length({})", "nested": "length({})", "binary": "octet_length({})"}
_FAMILIES = {
    "integer": "number",
    "number": "number",
    "date": "moment",
    "datetime": "moment",
    "category": "word",
    "text": "word",
}

type Pair[T] = tuple[T, T]


@dataclass(frozen=True, slots=True)
class Distance:
    """What `ColumnChange` says of values."""

    effect: float | None = None
    missing: Pair[float | None] = (None, None)
    mean: Pair[float | None] = (None, None)
    labels: tuple[Value, ...] = ()
    shares: Pair[tuple[float, ...]] = ((), ())


@dataclass(frozen=True, slots=True)
class Side:
    """The rows of one version, to be asked."""

    con: duckdb.DuckDBPyConnection
    version: VersionInfo
    paths: list[str]

    def of(self, column: ColumnInfo) -> Measures:
        """Return how a column is asked about."""
        return of_column(self.place(column), column, exact=False)

    def place(self, column: ColumnInfo) -> str:
        """Return what a column is called in SQL."""
        return f"c{[each.name for each in self.version.columns].index(column.name)}"

    @property
    def table(self) -> str:
        """The FROM item, which takes `paths`."""
        return parts_table(len(self.version.columns))

    def row(self, select: str, *values: object) -> tuple[Any, ...]:
        """Return the one row of a query."""
        return one_row(self.con, f"SELECT {select} FROM {self.table}", [*values, self.paths])  # noqa: S608


def distance(sides: Pair[Side], columns: Pair[ColumnInfo]) -> Distance:
    """Return how far the values of a column have moved."""
    asked = (sides[0].of(columns[0]), sides[1].of(columns[1]))
    missing = tuple(_missing(side, measures) for side, measures in zip(sides, asked, strict=True))
    known = Distance(missing=(missing[0], missing[1]))
    families = {_FAMILIES.get(column.kind, column.kind) for column in columns}
    if len(families) > 1:
        return known
    numbers = _numbers(sides, columns, asked)
    if numbers is not None:
        found = _ordered(sides, numbers, asked[1] if columns[1].kind not in _LENGTHS else None, known)
        if families == {"number"}:
            means = [side.row(f"avg(({x})::DOUBLE)")[0] for side, x in zip(sides, numbers, strict=True)]
            found = replace(found, mean=(means[0], means[1]))
    else:
        found = _named(sides, columns, known)
    moved = abs(missing[0] - missing[1])
    return replace(found, effect=None if found.effect is None else max(found.effect, moved))


def _missing(side: Side, measures: Measures) -> float:
    return 1 - int(side.row(f"count(*) FILTER (WHERE {measures.present})")[0]) / max(side.version.rows, 1)


def _numbers(sides: Pair[Side], columns: Pair[ColumnInfo], asked: Pair[Measures]) -> Pair[str] | None:
    """Return what orders the values: numbers, moments, or the lengths of what is too various to be counted."""
    kinds = {column.kind for column in columns}
    lengths = kinds & _LENGTHS.keys()
    if lengths:
        form = _LENGTHS[lengths.pop()]
        return form.format(sides[0].place(columns[0])), form.format(sides[1].place(columns[1]))
    first, second = asked
    return None if first.x is None or second.x is None else (first.x, second.x)


def _ordered(sides: Pair[Side], x: Pair[str], shown: Measures | None, known: Distance) -> Distance:
    quantiles = [_quantiles(side, each) for side, each in zip(sides, x, strict=True)]
    edges = sorted({value for some in quantiles for value in some})
    if not quantiles[0] or not quantiles[1]:
        return known
    low, high = edges[0], edges[-1]
    even = [low + (high - low) * k / _BINS for k in range(1, _BINS + 1)] if high > low else [high]
    fine = [_shares(side, each, edges) for side, each in zip(sides, x, strict=True)]
    wide = [_shares(side, each, even) for side, each in zip(sides, x, strict=True)]
    gaps = (abs(a - b) for a, b in zip(accumulate(fine[0]), accumulate(fine[1]), strict=True))
    show = shown.show if shown is not None else Measures.number
    return replace(
        known,
        effect=min(1.0, max(gaps)),
        labels=tuple(show(edge) for edge in [low, *even]),
        shares=(wide[0], wide[1]),
    )


def _quantiles(side: Side, x: str) -> list[float]:
    """Return points that cut the values into equal parts, exact in tables that are not large."""
    function = "quantile_disc" if side.version.rows <= _EXACT_ROWS else "approx_quantile"
    points = "[" + ", ".join(str(k / _QUANTILES) for k in range(_QUANTILES + 1)) + "]"
    found, low, high = side.row(f"{function}(({x})::DOUBLE, {points}), min(({x})::DOUBLE), max(({x})::DOUBLE)")
    return [low, *found[1:-1], high] if found else []


def _shares(side: Side, x: str, edges: Sequence[float]) -> tuple[float, ...]:
    """Return the share of values up to each edge and above the one before; `edges` holds the largest."""
    found = side.row(f"histogram(({x})::DOUBLE, ?::DOUBLE[])", list(edges))[0] or {}
    total = sum(found.values()) or 1
    return tuple(found.get(edge, 0) / total for edge in edges)


_TOGETHER = """
SELECT coalesce(a.v, b.v), coalesce(a.n, 0) / {a}, coalesce(b.n, 0) / {b}
FROM counted_0 a FULL JOIN counted_1 b ON a.v = b.v
"""


def _named(sides: Pair[Side], columns: Pair[ColumnInfo], known: Distance) -> Distance:
    con, totals = sides[0].con, []
    for number, (side, column) in enumerate(zip(sides, columns, strict=True)):
        x = side.place(column)
        counts = f"SELECT {x}::VARCHAR AS v, count(*) AS n FROM {side.table} WHERE {x} IS NOT NULL GROUP BY v"  # noqa: S608
        con.execute(f"CREATE OR REPLACE TEMP TABLE counted_{number} AS {counts}", [side.paths])
        totals.append(int(one_row(con, f"SELECT coalesce(sum(n), 0) FROM counted_{number}")[0]))  # noqa: S608
    if not all(totals):
        return known
    together = _TOGETHER.format(a=f"{totals[0]}::DOUBLE", b=f"{totals[1]}::DOUBLE")
    moved = one_row(con, f"SELECT sum(abs(p - q)) / 2 FROM ({together}) AS t(v, p, q)")[0]  # noqa: S608
    most = f"SELECT * FROM ({together}) AS t(v, p, q) ORDER BY greatest(p, q) DESC, v LIMIT {_CATEGORIES}"  # noqa: S608
    rows = con.execute(most).fetchall()
    return replace(
        known,
        effect=float(moved),
        labels=tuple(str(row[0])[:200] for row in rows),
        shares=(tuple(row[1] for row in rows), tuple(row[2] for row in rows)),
    )
