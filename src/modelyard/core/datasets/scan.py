"""The parts of a version as a table to be asked; its columns are called ``c0``, ``c1``, … whatever their names are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.datasets.duck import as_strings, connection, literal, one_row
from modelyard.core.datasets.parts import columns_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow.parquet as pq

EXACT_ROWS = 1_000_000
"""Up to how many rows distinct values and quantiles are counted exactly."""

WIDE = 100
"""Columns from which planning a query takes longer than running it."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The parts, to be asked; or some of their columns in memory.

    Parameters
    ----------
    con : DuckDBPyConnection
        Where the view of the parts is.
    paths : tuple of path
        The Parquet parts.
    width : int
        How many columns they have.
    files : tuple of ParquetFile
        The same parts, opened.
    source : str
        What is asked: a view, or a table in memory.
    """

    con: duckdb.DuckDBPyConnection
    paths: tuple[Path, ...]
    width: int
    files: tuple[pq.ParquetFile, ...]
    source: str = "parts"

    @property
    def n_rows(self) -> int:
        """Rows of all parts."""
        return sum(int(file.metadata.num_rows) for file in self.files)

    @property
    def wide(self) -> bool:
        """Whether columns are better loaded a few at a time: each query of a wide file takes long to plan."""
        return self.width > WIDE and self.n_rows <= EXACT_ROWS

    def loaded(self, columns: Sequence[int]) -> Scan:
        """Return a table of some columns in memory, which knows nothing of the places of rows."""
        name = f"loaded_{self.source}" if not self.source.startswith("loaded_") else self.source
        self.con.register(name, columns_of(self.files, columns))
        return replace(self, source=name)

    def row(self, select: str, rest: str = "", parameters: Sequence[object] = ()) -> tuple[Any, ...]:
        """Return the one row of a query."""
        return one_row(self.con, f"SELECT {select} FROM {self.source} {rest}", parameters)  # noqa: S608

    def rows(self, select: str, rest: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self.con.execute(f"SELECT {select} FROM {self.source} {rest}", list(parameters)).fetchall()  # noqa: S608


@contextmanager
def scanning(paths: Sequence[str | Path], width: int) -> Iterator[Scan]:
    """Open the parts of a version.

    Examples
    --------
    >>> import pyarrow as pa, pyarrow.parquet as pq
    >>> path = getfixture("tmp_path") / "part.parquet"
    >>> pq.write_table(pa.table({"x": [1, 2, 3]}), path)
    >>> with scanning([path], 1) as table:
    ...     table.row("max(c0)")
    (3,)
    """
    with connection() as con, ExitStack() as stack:
        yield opened(con, stack, paths, width)


def opened(
    con: duckdb.DuckDBPyConnection, stack: ExitStack, paths: Sequence[str | Path], width: int, name: str = "parts"
) -> Scan:
    """Return the parts as a view of a connection, closed at the end of the stack."""
    import pyarrow.parquet as pq

    files = tuple(Path(path) for path in paths)
    make_view(con, files, width, name)
    return Scan(con, files, width, tuple(stack.enter_context(pq.ParquetFile(path)) for path in files), name)


def make_view(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], width: int, name: str) -> None:
    """Make a view of parts; beside their columns it has the places of rows, ``file_index`` and ``file_row_number``."""
    columns = ", ".join(f"c{i}" for i in range(width))
    listed = ", ".join(literal(path) for path in as_strings(paths))
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {columns}, file_index, file_row_number "  # noqa: S608
        f"FROM read_parquet([{listed}]) AS t({columns})"
    )
