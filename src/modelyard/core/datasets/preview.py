"""Pages of rows, sorted and searched by DuckDB, as plain Python values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.duck import as_strings, connection, one_row, parts_table
from modelyard.core.datasets.types import ColumnInfo

LIMIT = 1000
"""The most rows of one page."""

KEPT, MOST_CELLS = 64, 10_000
"""Pages that are kept by `preview_version`, and the most values of one that is."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a table.

    Parameters
    ----------
    rows : list of tuple
        Plain Python values; None where one is missing.
    columns : tuple of str
        Names, in the order of the values.
    total : int
        Rows that were found in all, not only on this page.
    """

    rows: list[tuple[Any, ...]]
    columns: tuple[str, ...]
    total: int


def preview(
    paths: Sequence[str | Path],
    columns: Sequence[ColumnInfo],
    offset: int = 0,
    limit: int = 50,
    sort: str | None = None,
    descending: bool = False,
    search: str | None = None,
) -> Page:
    """Return a page of rows.

    Parameters
    ----------
    paths : sequence of path
        The Parquet parts of a version.
    columns : sequence of ColumnInfo
        Its columns, in the order of the parts.
    offset, limit : int
        The slice; at most `LIMIT` rows.
    sort : str, optional
        Column to sort by; missing values come last, equal values in the order of the data.
    descending : bool
        Sort from the largest.
    search : str, optional
        Only rows where a column of text contains this, in any case.

    Raises
    ------
    InvalidInput
        If the sort column does not exist, or the slice makes no sense.

    Examples
    --------
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> path = getfixture("tmp_path") / "part.parquet"
    >>> pq.write_table(pa.table({"name": ["Bob", "Ann", "Eve"]}), path)
    >>> preview([path], [ColumnInfo("name", "string", "category")], sort="name", limit=2)
    Page(rows=[('Ann',), ('Bob',)], columns=('name',), total=3)
    """
    names = [column.name for column in columns]
    if offset < 0 or not 0 < limit <= LIMIT:
        raise InvalidInput(
            f"A page of {limit} rows from row {offset} cannot be shown.", possible=[f"1 to {LIMIT} rows"]
        )
    if sort is not None and sort not in names:
        raise InvalidInput(f"There is no column {sort!r} to sort by.", possible=names)
    where, words = _where(columns, search)
    order = "" if sort is None else _order(names.index(sort), descending)
    source = f"FROM {parts_table(len(columns))} {where}"
    files: list[object] = [as_strings([Path(path) for path in paths])]
    selected = ", ".join(f"c{i}" for i in range(len(columns)))
    with connection() as con:
        total = int(one_row(con, f"SELECT count(*) {source}", files + words)[0])
        sql = f"SELECT {selected} {source} {order} LIMIT {int(limit)} OFFSET {int(offset)}"
        table = con.sql(sql, params=files + words).to_arrow_table()
    return Page(rows=plain(table, columns), columns=tuple(names), total=total)


def preview_version(
    paths: Sequence[str | Path],
    columns: Sequence[ColumnInfo],
    offset: int = 0,
    limit: int = 50,
    sort: str | None = None,
    descending: bool = False,
    search: str | None = None,
) -> Page:
    """Return a page of rows as `preview` does, of files that never change: one that was read lately is kept.

    Most people look at the first page, and it costs as much as the whole rest of the screen that shows it.

    Examples
    --------
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> path = getfixture("tmp_path") / "part.parquet"
    >>> pq.write_table(pa.table({"name": ["Bob", "Ann", "Eve"]}), path)
    >>> preview_version([path], [ColumnInfo("name", "string", "category")], sort="name", limit=2)
    Page(rows=[('Ann',), ('Bob',)], columns=('name',), total=3)
    """
    asked = (tuple(paths), tuple(columns), offset, limit, sort, descending, search)
    if limit * len(columns) > MOST_CELLS:
        return preview(*asked)
    page = _kept(*asked)
    return replace(page, rows=[*page.rows])


_kept = lru_cache(maxsize=KEPT)(preview)


def _where(columns: Sequence[ColumnInfo], search: str | None) -> tuple[str, list[object]]:
    if not search:
        return "", []
    texts = [i for i, column in enumerate(columns) if column.type == "string"]
    if not texts:
        return "WHERE false", []
    found = " OR ".join(f"contains(lower(c{i}), lower(?))" for i in texts)
    return f"WHERE ({found})", [search] * len(texts)


def _order(column: int, descending: bool) -> str:
    direction = "DESC" if descending else "ASC"
    return f"ORDER BY c{column} {direction} NULLS LAST, file_index, file_row_number"


def plain(table: Any, columns: Sequence[ColumnInfo]) -> list[tuple[Any, ...]]:
    """Return rows of Python values, with times in the zone of their column."""
    from modelyard.core.datasets.arrow_types import parse_type

    values = []
    for column, info in zip(table.columns, columns, strict=True):
        if info.kind in ("datetime", "duration"):  # DuckDB knows UTC alone, and durations as whole numbers
            column = column.cast(parse_type(info.type))
        values.append(column.to_pylist())
    return list(zip(*values, strict=True))
