"""Finds how the columns of a version hang together, in a sample of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from modelyard.core.datasets.profile_relations import Pair, Related, Relations, Target

if TYPE_CHECKING:
    import pandas as pd

    from modelyard.core.datasets.profile_associations import Array
    from modelyard.core.datasets.profile_types import ColumnProfile
    from modelyard.core.datasets.quality.assess import Version
    from modelyard.core.datasets.types import ColumnInfo

MOST_COLUMNS = 60
"""Columns that are compared with each other, the most informative ones."""

_NUMBERS = ("integer", "number", "date", "datetime", "time", "duration")
_CATEGORIES = ("boolean", "category", "text")
_MOST_TEXTS = 1_000  # different texts up to which a column is a category
_OUT = ("id", "ignore")  # roles


def compute_relations(
    version: Version, *, target: str | None = None, on_progress: Callable[[float, str], None] | None = None
) -> Relations:
    """Return how the columns hang together, and what each tells of the target.

    Parameters
    ----------
    version : Version
        Its parts, columns and profile.
    target : str, optional
        The column to be predicted; by default the one with that role.
    on_progress : callable, optional
        Called with a fraction from 0 to 1 and a message.

    Raises
    ------
    NotFound
        If there is no such target.

    Examples
    --------
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> from modelyard.core.datasets import compute_profile
    >>> from modelyard.core.datasets.quality.assess import Version
    >>> from modelyard.core.datasets.types import ColumnInfo
    >>> path = getfixture("tmp_path") / "part.parquet"
    >>> pq.write_table(pa.table({"x": range(50), "y": [n * n for n in range(50)]}), path)
    >>> columns = (ColumnInfo("x", "int64", "integer"), ColumnInfo("y", "int64", "integer"))
    >>> relations = compute_relations(Version((path,), columns, compute_profile([path], columns)))
    >>> relations.pair("x", "y").strength, round(relations.pair("x", "y").pearson, 2)
    (1.0, 0.97)
    """
    from modelyard.core.datasets.frame import read_frame
    from modelyard.core.datasets.quality.assess import looking
    from modelyard.core.datasets.quality.relations import SAMPLE

    report = on_progress or (lambda _share, _message: None)
    report(0.0, "Reading rows")
    with looking(version, target=target) as table:
        name = None if table.target is None else table.target.name
        chosen = chosen_columns(version.columns, version.profile.columns, name)
        frame = read_frame(version.paths, columns=[info.name for info in chosen], rows=SAMPLE)
        report(0.3, "Comparing columns")
        pairs = tuple(_pairs(frame, chosen))
        report(0.6, "Looking at the target")
        found = target_of(table)
    report(1.0, f"{len(chosen):,} columns compared")
    names = {info.name for info in chosen}
    return Relations(
        rows=version.profile.rows,
        sampled=len(frame) if chosen else 0,
        columns=tuple(info.name for info in chosen),
        left_out=tuple(info.name for info in version.columns if info.name not in names),
        pairs=pairs,
        target=found,
    )


def target_of(table: object) -> Target | None:
    """Return what each column tells of the target of a table, by what the check of leakage looks at."""
    from modelyard.core.datasets.quality.base import Table
    from modelyard.core.datasets.quality.target import Leakage, classes, relations

    assert isinstance(table, Table)
    target = table.target
    if target is None:
        return None
    related = [Related(column.name, share, share >= Leakage.least) for column, share in relations(table)]
    is_class = classes(target)
    return Target(
        name=target.name,
        classes=is_class,
        balance=target.facts.top if is_class else (),
        related=tuple(sorted(related, key=lambda one: (-one.told, one.column))),
    )


def chosen_columns(
    columns: Sequence[ColumnInfo], facts: Sequence[ColumnProfile], target: str | None = None
) -> list[ColumnInfo]:
    """Return the columns that are worth comparing, in their order: those that are there and spread most."""
    able = [
        (info, fact)
        for info, fact in zip(columns, facts, strict=True)
        if info.name == target or (info.role not in _OUT and _compares(info, fact))
    ]
    able = [(info, fact) for info, fact in able if info.kind in (*_NUMBERS, *_CATEGORIES)]
    best = sorted(able, key=lambda one: (one[0].name != target, -_informs(one[1])))[:MOST_COLUMNS]
    kept = {info.name for info, _ in best}
    return [info for info in columns if info.name in kept]


def _compares(info: ColumnInfo, facts: ColumnProfile) -> bool:
    if facts.distinct < 2 or not facts.count:
        return False
    return info.kind in _NUMBERS or (info.kind in _CATEGORIES and facts.distinct <= min(_MOST_TEXTS, facts.count / 2))


def _informs(facts: ColumnProfile) -> float:
    """Return the share of rows whose value is there and not the most frequent one."""
    return (1 - facts.missing_share) * (1 - (facts.top[0].count / facts.count if facts.top else 0.0))


def _pairs(frame: pd.DataFrame, columns: Sequence[ColumnInfo]) -> Iterator[Pair]:
    from modelyard.core.datasets.profile_associations import codes_of, correlation_ratio, cramers_v

    numbers = {info.name: _numbers(frame[info.name]) for info in columns if info.kind in _NUMBERS}
    codes = {info.name: codes_of(frame[info.name]) for info in columns if info.name not in numbers}
    correlated = _correlations(numbers)
    for a, b in combinations([info.name for info in columns], 2):
        if a in numbers and b in numbers:
            yield correlated[a, b]
        elif a in codes and b in codes:
            yield Pair(a, b, "cramers_v", *_rounded(cramers_v(codes[a], codes[b])))
        else:
            group, value = (a, b) if a in codes else (b, a)
            yield Pair(a, b, "correlation_ratio", *_rounded(correlation_ratio(codes[group], numbers[value])))


def _rounded(found: tuple[float | None, int]) -> tuple[float | None, int]:
    strength, rows = found
    return (None if strength is None else round(strength, 6)), rows


def _numbers(values: pd.Series) -> Array:
    """Return numbers; of dates and spans of time their microseconds, and NaN for what is missing or infinite."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values):
        values = values.astype("int64").where(values.notna())
    found: Array = values.to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.abs(found) < 1e150, found, np.nan)  # squares beyond have no floating point


def _correlations(numbers: dict[str, Array]) -> dict[tuple[str, str], Pair]:
    import numpy as np
    import pandas as pd

    from modelyard.core.datasets.profile_associations import LEAST

    names = list(numbers)
    frame = pd.DataFrame({k: numbers[name] for k, name in enumerate(names)})
    there = frame.notna().to_numpy().astype(np.int64)
    rows = there.T @ there
    with np.errstate(all="ignore"):
        pearson = frame.corr("pearson", min_periods=LEAST).to_numpy()
        spearman = frame.corr("spearman", min_periods=LEAST).to_numpy()
    pairs = {}
    for i, j in combinations(range(len(names)), 2):
        p, s = (round(float(m[i, j]), 6) if np.isfinite(m[i, j]) else None for m in (pearson, spearman))
        known = [abs(value) for value in (p, s) if value is not None]
        strength = max(known) if known else None
        pairs[names[i], names[j]] = Pair(names[i], names[j], "correlation", strength, int(rows[i, j]), p, s)
    return pairs
