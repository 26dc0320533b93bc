"""The rows that show a finding, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.duck import connection
from modelyard.core.datasets.preview import LIMIT, Page, plain
from modelyard.core.datasets.quality.types import Rows
from modelyard.core.datasets.scan import make_view
from modelyard.core.datasets.types import ColumnInfo


def rows_of(
    rows: Rows,
    paths: Sequence[Path],
    columns: Sequence[ColumnInfo],
    offset: int = 0,
    limit: int = 50,
    *,
    other: tuple[Sequence[Path], int] | None = None,
) -> Page:
    """Return a page of the rows of a version that meet a condition, in the order of the data.

    Parameters
    ----------
    rows : Rows
        The condition.
    paths : sequence of path
        The Parquet parts of the version.
    columns : sequence of ColumnInfo
        Its columns.
    offset, limit : int
        The slice; at most `modelyard.core.datasets.preview.LIMIT` rows.
    other : tuple, optional
        Parts of the version that it was compared with, and how many columns they have.

    Raises
    ------
    InvalidInput
        If the slice makes no sense.
    """
    if offset < 0 or not 0 < limit <= LIMIT:
        raise InvalidInput(
            f"A page of {limit} rows from row {offset} cannot be shown.", possible=[f"1 to {LIMIT} rows"]
        )
    selected = ", ".join(f"c{i}" for i in range(len(columns)))
    with connection() as con:
        make_view(con, list(paths), len(columns), "parts")
        if other is not None:
            make_view(con, list(other[0]), other[1], "other")
        source = f"FROM parts WHERE ({rows.sql})"
        total = int(con.execute(f"SELECT count(*) {source}", list(rows.values)).fetchall()[0][0])
        sql = f"SELECT {selected} {source} ORDER BY file_index, file_row_number LIMIT {int(limit)} OFFSET {int(offset)}"
        table = con.sql(sql, params=list(rows.values)).to_arrow_table()
    return Page(rows=plain(table, columns), columns=tuple(column.name for column in columns), total=total)
