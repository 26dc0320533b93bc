"""Computes a profile with DuckDB over the Parquet parts: a few passes, each over one or few columns.

Up to a million rows everything is exact. Beyond, the number of distinct values and the quantiles are estimates, so that
memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import batched
from pathlib import Path
from typing import Any

from modelyard.core.datasets.measures import Measures, of_column
from modelyard.core.datasets.profile_gaps import date_gaps
from modelyard.core.datasets.profile_types import ColumnProfile, Histogram, Profile, TopValue, Value
from modelyard.core.datasets.scan import EXACT_ROWS, Scan, scanning
from modelyard.core.datasets.types import ColumnInfo

_DUPLICATES_UP_TO = 2_000_000  # rows
_BINS = 30
_TOP = 10
_REPEATING = 100_000  # distinct values up to which counting each of them is cheap, however many rows
_COLUMNS_AT_ONCE = 8
_COLUMNS_OF_WIDE = 4  # planning time grows faster than their number


def compute_profile(
    paths: Sequence[str | Path],
    columns: Sequence[ColumnInfo],
    *,
    on_progress: Callable[[float, str], None] | None = None,
) -> Profile:
    """Compute the facts of each column.

    Parameters
    ----------
    paths : sequence of path
        The Parquet parts of a version.
    columns : sequence of ColumnInfo
        Its columns, in the order of the parts.
    on_progress : callable, optional
        Called with a fraction from 0 to 1 and a message.

    Examples
    --------
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> path = getfixture("tmp_path") / "part.parquet"
    >>> pq.write_table(pa.table({"x": [1, 2, 2, None]}), path)
    >>> profile = compute_profile([path], [ColumnInfo("x", "int64", "integer")])
    >>> profile.rows, profile.columns[0].distinct, profile.columns[0].missing
    (4, 2, 1)
    """
    report = on_progress or (lambda _fraction, _message: None)
    with scanning(paths, len(columns)) as table:
        rows = table.n_rows
        profiled: list[ColumnProfile] = []
        for some in batched(enumerate(columns), _COLUMNS_OF_WIDE if table.wide else _COLUMNS_AT_ONCE):
            report(0.95 * len(profiled) / len(columns), f"Profiling {some[0][1].name}")
            narrow = table.loaded([i for i, _ in some]) if table.wide else table
            profiled.extend(_profile_columns(narrow, rows, some))
        report(0.95, "Counting duplicate rows")
        duplicates = _duplicates(table, rows, profiled)
    report(1.0, f"{rows:,} rows profiled")
    return Profile(
        rows=rows,
        bytes=sum(path.stat().st_size for path in table.paths),
        columns=tuple(profiled),
        duplicate_rows=duplicates,
    )


def _profile_columns(table: Scan, rows: int, some: Sequence[tuple[int, ColumnInfo]]) -> list[ColumnProfile]:
    exact = rows <= EXACT_ROWS
    asked = [of_column(f"c{i}", column, exact) for i, column in some]
    answer = table.row(", ".join(sql for measures in asked for sql in measures.sql))
    profiled = []
    position = 0
    for (i, column), measures in zip(some, asked, strict=True):
        facts = dict(zip(measures.names, answer[position : position + len(measures.sql)], strict=True))
        position += len(measures.sql)
        profiled.append(_column(table, rows, i, column, measures, facts))
    return profiled


def _column(
    table: Scan, rows: int, i: int, column: ColumnInfo, measures: Measures, facts: dict[str, Any]
) -> ColumnProfile:
    count = int(facts["count"])
    distinct = min(count, int(facts["distinct"]))
    show = measures.show
    return ColumnProfile(
        name=column.name,
        type=column.type,
        kind=column.kind,
        count=count,
        missing=rows - count,
        distinct=distinct,
        distinct_exact=rows <= EXACT_ROWS,
        min=show(facts.get("min")),
        max=show(facts.get("max")),
        mean=measures.number(facts.get("mean")),
        std=measures.number(facts.get("std")),
        quantiles=tuple(show(value) for value in _quantiles(facts)),
        zeros=int(facts.get("zeros") or 0),
        infinite=int(facts.get("infinite") or 0),
        histogram=_histogram(table, column, measures, facts),
        top=_top(table, f"c{i}", rows, count, distinct, measures),
        true_share=measures.number(facts.get("true_share")),
        length_min=measures.number(facts.get("length_min")),
        length_mean=measures.number(facts.get("length_mean")),
        length_max=measures.number(facts.get("length_max")),
        words_mean=measures.number(facts.get("words_mean")),
        numbers_in_text=int(facts.get("numbers") or 0),
        dates_in_text=int(facts.get("dates") or 0),
        memory=_memory(table, i, rows, count, facts),
        gaps=date_gaps(table, measures, facts, exact=rows <= EXACT_ROWS or distinct <= _REPEATING),
    )


def _memory(table: Scan, i: int, rows: int, count: int, facts: dict[str, Any]) -> int:
    """Return the bytes of a column as Arrow keeps it: values, their ends where lengths differ, a bit each."""
    valid = 0 if count == rows else (rows + 7) // 8
    if "bytes" in facts:
        return int(facts["bytes"] or 0) + 4 * (rows + 1) + valid
    type_ = table.files[0].schema_arrow.types[i]
    return 0 if str(type_) == "null" else (rows * int(type_.bit_width) + 7) // 8 + valid


def _quantiles(facts: dict[str, Any]) -> list[Any]:
    """Return the quantiles; the estimate of DuckDB misses the smallest and the largest value, which are known."""
    inner = facts.get("quantiles")
    return [facts["min"], *inner[1:-1], facts["max"]] if inner else []


def _histogram(table: Scan, column: ColumnInfo, measures: Measures, facts: dict[str, Any]) -> Histogram | None:
    low, high = facts.get("min"), facts.get("max")
    if measures.x is None or low is None or high is None:
        return None
    low, high = float(low), float(high)
    if column.kind == "integer" and high - low < _BINS:  # one bin for each integer
        edges = [low - 0.5 + k for k in range(int(high - low) + 2)]
    else:
        width = (high / _BINS - low / _BINS) or 1.0
        edges = [low + k * width for k in range(_BINS)] + [high if high > low else low + _BINS]
    bins = len(edges) - 1
    # Divided first, since the range of huge numbers has no floating point.
    scaled = f"({measures.x}::DOUBLE / {_BINS} - ({edges[0]!r}::DOUBLE) / {_BINS})"
    width = edges[1] - edges[0]
    bin_ = f"greatest(0, least({bins - 1}, floor({scaled} / ({width!r}::DOUBLE) * {_BINS})))::INTEGER"
    found = dict(table.rows(f"{bin_} AS bin, count(*)", f"WHERE {measures.x} IS NOT NULL GROUP BY bin"))
    return Histogram(
        edges=tuple(measures.show(edge) for edge in edges),
        counts=tuple(int(found.get(k, 0)) for k in range(bins)),
    )


def _top(table: Scan, x: str, rows: int, count: int, distinct: int, measures: Measures) -> tuple[TopValue, ...]:
    """Return the most frequent values with exact counts; in large tables only where values repeat."""
    if measures.top is None or not count:
        return ()
    value, where = measures.top, f"WHERE {measures.present}"
    parameters: list[object] = []
    if rows > EXACT_ROWS and distinct > _REPEATING:
        if not measures.is_text or distinct > 0.5 * count:
            return ()
        candidates = table.row(f"approx_top_k({value}, {3 * _TOP})")[0] or []
        where += f" AND list_contains(?, {value})"
        parameters.append(candidates)
    # The shortest text that tells values apart decides between equal counts, so that a profile can be repeated.
    rest = f"{where} GROUP BY value ORDER BY n DESC, value LIMIT {_TOP}"
    found = table.rows(f"{value} AS value, count(*) AS n", rest, parameters)
    return tuple(TopValue(_short(measures.show_top(value)), int(n)) for value, n in found)


def _short(value: Value) -> Value:
    return value[:199] + "…" if isinstance(value, str) and len(value) > 200 else value


def _duplicates(table: Scan, rows: int, columns: Sequence[ColumnProfile]) -> int | None:
    """Return how many rows are there before; None where that would be expensive."""
    if any(column.distinct_exact and column.distinct == rows for column in columns):
        return 0
    if rows > _DUPLICATES_UP_TO:
        return None
    every = ", ".join(f"c{i}" for i in range(table.width))
    return rows - int(table.row(f"count(DISTINCT hash({every}))")[0])
