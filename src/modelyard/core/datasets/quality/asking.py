"""Asks what checks want to know of columns: one query for a column of text, one for several columns of other kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import batched, groupby
from typing import Any

from modelyard.core.datasets.quality.base import Column, ColumnCheck, Table
from modelyard.core.datasets.scan import Scan

type Answers = dict[tuple[int, str], Mapping[str, Any]]
"""By column and code of the check."""

type _Asked = list[tuple[Column, str, str, str]]

_COLUMNS_AT_ONCE = 8
_COLUMNS_OF_WIDE = 4
_WORTH_COUNTING = 20_000  # distinct texts up to which each is looked at once, with its number


def answers(
    table: Table, checks: Sequence[ColumnCheck], on_progress: Callable[[float, str], None] | None = None
) -> Answers:
    """Return the answers for every column that a check applies to."""
    report = on_progress or (lambda _share, _message: None)
    got: Answers = {}
    asked: _Asked = []
    for column in table.columns:
        for check in checks:
            if check.applies(column):
                got[column.index, check.code] = {}
                asked += [(column, check.code, name, sql) for name, sql in check.ask(column, table).items()]
    done = 0
    for some in _batches(asked, table.scan):
        report(done / len(asked), f"Checking {some[0][0].name}")
        source = table.scan.loaded(sorted({column.index for column, *_ in some})) if table.scan.wide else table.scan
        values = _ask(source, some)
        for (column, code, name, _), value in zip(some, values, strict=True):
            got[column.index, code] = {**got[column.index, code], name: value}
        done += len(some)
    return got


def _batches(asked: _Asked, scan: Scan) -> Iterator[_Asked]:
    """Yield questions that are asked together: of one column of text, or of a few other columns."""
    by_column = [list(each) for _, each in groupby(asked, key=lambda one: one[0].index)]
    yield from (each for each in by_column if _repeats(each[0][0]))
    rest = [each for each in by_column if not _repeats(each[0][0])]
    for some in batched(rest, _COLUMNS_OF_WIDE if scan.wide else _COLUMNS_AT_ONCE):
        yield [question for each in some for question in each]


def _repeats(column: Column) -> bool:
    return column.info.type == "string" and column.facts.distinct <= min(_WORTH_COUNTING, column.facts.count / 2)


def _ask(scan: Scan, asked: _Asked) -> tuple[Any, ...]:
    column = asked[0][0]
    if _repeats(column):
        inner = f"(SELECT {column.x}, count(*) AS n FROM {scan.source} GROUP BY {column.x})"  # noqa: S608
    else:
        names = ", ".join(dict.fromkeys(each[0].x for each in asked))
        inner = f"(SELECT {names}, 1 AS n FROM {scan.source})"  # noqa: S608
    select = ", ".join(sql for *_, sql in asked)
    return tuple(scan.con.execute(f"SELECT {select} FROM {inner}").fetchall()[0])  # noqa: S608
