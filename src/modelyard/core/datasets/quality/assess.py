"""Runs all checks over a version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import NotFound
from modelyard.core.datasets.duck import MEMORY_VARIABLE, connection
from modelyard.core.datasets.profile_types import Profile
from modelyard.core.datasets.quality.asking import answers
from modelyard.core.datasets.quality.base import Check, Column, ColumnCheck, Table
from modelyard.core.datasets.quality.registry import CHECKS
from modelyard.core.datasets.quality.types import Finding, Quality, Ran, by_severity
from modelyard.core.datasets.scan import opened
from modelyard.core.datasets.types import ColumnInfo

if TYPE_CHECKING:
    import duckdb

_WHY_NOT = {
    "target": "No column has the role target.",
    "other": "It needs another version or dataset to compare with.",
    "memory": f"It needs more memory than one query may use; {MEMORY_VARIABLE} sets that.",
}


@dataclass(frozen=True, slots=True)
class Version:
    """What checks need of a version.

    Parameters
    ----------
    paths : tuple of path
        Its Parquet parts.
    columns : tuple of ColumnInfo
        Its columns.
    profile : Profile
        Its profile.
    id, dataset : str
        Of the version and its dataset, where they have one.
    """

    paths: tuple[Path, ...]
    columns: tuple[ColumnInfo, ...]
    profile: Profile
    id: str = ""
    dataset: str = ""


def assess(
    version: Version,
    *,
    target: str | None = None,
    other: Version | None = None,
    checks: Iterable[Check] | None = None,
    now: datetime | None = None,
    on_progress: Callable[[float, str], None] | None = None,
) -> Quality:
    """Return what the checks find.

    Parameters
    ----------
    version : Version
        What is checked.
    target : str, optional
        The column to be predicted; by default the one with that role.
    other : Version, optional
        What it is compared with.
    checks : iterable of Check, optional
        By default all of `CHECKS`.
    now : datetime, optional
        The time of the check.
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
    >>> path = getfixture("tmp_path") / "part.parquet"
    >>> pq.write_table(pa.table({"x": [1, 1, 1]}), path)
    >>> columns = (ColumnInfo("x", "int64", "integer"),)
    >>> quality = assess(Version((path,), columns, compute_profile([path], columns)))
    >>> [(finding.code, finding.sentence) for finding in quality.findings][0]
    ('Q103', "'x' is always 1.")
    """
    report = on_progress or (lambda _share, _message: None)
    running = [entry.load()() for entry in CHECKS] if checks is None else list(checks)
    with looking(version, target=target, other=other, now=now) as table:
        found, ran = _run(table, running, report)
    report(1.0, f"{len(found):,} findings")
    return Quality(
        rows=version.profile.rows,
        findings=by_severity(found),
        checks=tuple(sorted(ran, key=lambda each: each.code)),
        target=None if table.target is None else table.target.name,
        against=None if other is None else other.id,
    )


@contextmanager
def looking(
    version: Version, *, target: str | None = None, other: Version | None = None, now: datetime | None = None
) -> Iterator[Table]:
    """Open a version as checks see it; arguments as of `assess`."""
    with connection() as con, ExitStack() as stack:
        table = _table(con, stack, version, "parts", target, now or datetime.now(UTC))
        if other is not None:
            same = bool(version.dataset) and version.dataset == other.dataset
            compared = _table(con, stack, other, "other", None, table.now)
            table = replace(table, other=compared, same_dataset=same)
        yield table


def _table(
    con: duckdb.DuckDBPyConnection, stack: ExitStack, version: Version, name: str, target: str | None, now: datetime
) -> Table:
    scan = opened(con, stack, version.paths, len(version.columns), name)
    columns = tuple(
        Column(i, info, facts)
        for i, (info, facts) in enumerate(zip(version.columns, version.profile.columns, strict=True))
    )
    return Table(scan, columns, version.profile, now, _target(columns, target))


def _target(columns: Sequence[Column], name: str | None) -> Column | None:
    if name is None:
        return next((column for column in columns if column.info.role == "target"), None)
    for column in columns:
        if column.name == name:
            return column
    raise NotFound.named("column", name, [column.name for column in columns])


def _run(
    table: Table, checks: Sequence[Check], report: Callable[[float, str], None]
) -> tuple[list[Finding], list[Ran]]:
    import duckdb

    missing = {name for name, value in (("target", table.target), ("other", table.other)) if value is None}
    able = [check for check in checks if check.needs not in missing]
    ran = [Ran(c.code, c.name, c.title, why_not=_WHY_NOT[c.needs]) for c in checks if c.needs in missing]
    by_column = [check for check in able if isinstance(check, ColumnCheck)]
    got = answers(table, by_column, lambda share, message: report(0.7 * share, message))
    found: list[Finding] = []
    for k, check in enumerate(able):
        report(0.7 + 0.3 * k / len(able), check.title)
        try:
            mine = _findings(check, table, got)
        except duckdb.OutOfMemoryException:  # the others are no worse for it
            ran.append(Ran(check.code, check.name, check.title, why_not=_WHY_NOT["memory"]))
            continue
        found += mine
        ran.append(Ran(check.code, check.name, check.title, found=len(mine)))
    return found, ran


def _findings(check: Check, table: Table, got: Mapping[tuple[int, str], Mapping[str, Any]]) -> list[Finding]:
    if not isinstance(check, ColumnCheck):
        return list(check.find(table))
    columns = [column for column in table.columns if check.applies(column)]
    judged = (check.judge(column, table, got[column.index, check.code]) for column in columns)
    return [finding for finding in judged if finding is not None]
