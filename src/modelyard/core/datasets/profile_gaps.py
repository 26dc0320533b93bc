"""The steps between the moments of a column, and the largest gaps.

In large tables with many different moments the axis of time is cut into stretches, of which the first and the last
moment are kept: any gap longer than a stretch is found exactly, in one pass and bounded memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelyard.core.datasets.profile_types import DateGap, DateGaps

if TYPE_CHECKING:
    from modelyard.core.datasets.measures import Measures
    from modelyard.core.datasets.scan import Scan

LARGEST = 5
"""Gaps that are kept."""

_STRETCHES = 100_000
_LOOKED_AT = 1_000  # stretches from the middle on, in which the usual step is looked for
_MICROSECONDS = 1_000_000
_SUMMARY = "quantile_disc(step, 0.5), count(*)"


def date_gaps(table: Scan, measures: Measures, facts: dict[str, Any], *, exact: bool) -> DateGaps | None:
    """Return the steps of a column of dates or datetimes; None where there are fewer than three different moments."""
    x, low, high = measures.x, facts.get("min"), facts.get("max")
    if measures.column.kind not in ("date", "datetime") or x is None or low is None or high is None or low == high:
        return None
    if exact:
        return _of_all(table, measures, f"SELECT DISTINCT {x} AS x FROM {table.source} WHERE {x} IS NOT NULL")  # noqa: S608
    return _of_stretches(table, measures, int(low), int(high), int(_middle(facts)))


def _of_all(table: Scan, measures: Measures, moments: str) -> DateGaps | None:
    _steps_of(table, moments)
    usual, n = table.con.execute(f"SELECT {_SUMMARY} FROM steps").fetchall()[0]  # noqa: S608
    return _gaps(table, measures, int(usual), _share_of(table, usual, n), 0) if n >= 2 else None


def _of_stretches(table: Scan, measures: Measures, low: int, high: int, middle: int) -> DateGaps | None:
    x, width = measures.x, (high - low) // _STRETCHES + 1
    inner = f"{x} BETWEEN {middle} AND {middle + _LOOKED_AT * width}"
    _steps_of(table, f"SELECT DISTINCT {x} AS x FROM {table.source} WHERE {inner}")  # noqa: S608
    usual, n = table.con.execute(f"SELECT {_SUMMARY} FROM steps").fetchall()[0]  # noqa: S608
    if n < 2:
        return None
    share = _share_of(table, usual, n)
    ends = f"SELECT min({x}) AS a, max({x}) AS b FROM {table.source} WHERE {x} IS NOT NULL GROUP BY ({x} - {low}) // {width}"  # noqa: E501, S608
    table.con.execute(
        "CREATE OR REPLACE TEMP TABLE steps AS SELECT b AS x, step FROM "  # noqa: S608
        f"(SELECT b, lead(a) OVER (ORDER BY a) - b AS step FROM ({ends})) WHERE step > {width}"
    )
    return _gaps(table, measures, int(usual), share, width)


def _steps_of(table: Scan, moments: str) -> None:
    table.con.execute(
        "CREATE OR REPLACE TEMP TABLE steps AS SELECT x, step FROM "  # noqa: S608
        f"(SELECT x, lead(x) OVER (ORDER BY x) - x AS step FROM ({moments})) WHERE step IS NOT NULL"
    )


def _share_of(table: Scan, usual: int, n: int) -> float:
    same = table.con.execute("SELECT count(*) FROM steps WHERE step = ?", [usual]).fetchall()[0][0]
    return float(same) / n


def _gaps(table: Scan, measures: Measures, usual: int, share: float, resolution: int) -> DateGaps:
    n = table.con.execute("SELECT count(*) FROM steps WHERE step >= ?", [2 * usual]).fetchall()[0][0]
    largest = table.con.execute(
        "SELECT x, step FROM steps WHERE step >= ? ORDER BY step DESC, x LIMIT ?", [2 * usual, LARGEST]
    ).fetchall()
    table.con.execute("DROP TABLE steps")
    return DateGaps(
        step_s=usual / _MICROSECONDS,
        step_share=share,
        gaps=int(n),
        largest=tuple(
            DateGap(str(measures.show(x)), str(measures.show(x + step)), step / _MICROSECONDS) for x, step in largest
        ),
        exact=resolution == 0,
        resolution_s=resolution / _MICROSECONDS,
    )


def _middle(facts: dict[str, Any]) -> float:
    quantiles = facts["quantiles"]
    return float(quantiles[len(quantiles) // 2])
