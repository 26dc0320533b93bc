"""DuckDB connections with bounded memory that never reach out, and tables whose columns have safe names.

Columns are addressed by position, as ``c0``, ``c1``, …: DuckDB takes ``x`` and ``X`` for one name, and a name that
comes from a file never becomes part of a statement.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    import duckdb

MEMORY = "1GB"
"""What one connection may use before it spills to disk, where `MEMORY_VARIABLE` says nothing else."""

MEMORY_VARIABLE = "MODELYARD_QUERY_MEMORY"
"""Environment variable with another limit, such as ``512MB``."""

THREADS = 2
"""More threads hold more row groups in memory at once."""


@contextmanager
def connection(memory: str | None = None, threads: int = THREADS) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection of one's own; spill files are gone at the end.

    Parameters
    ----------
    memory : str, optional
        Its limit; by default that of `MEMORY_VARIABLE`, or `MEMORY`.
    threads : int
        At most so many.

    Raises
    ------
    InvalidInput
        If the limit is no amount of memory.
    Unavailable
        If a query needs more memory than that, or more room on the disk than there is.
    """
    import duckdb

    memory = memory or os.environ.get(MEMORY_VARIABLE) or MEMORY
    if not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", memory):
        raise InvalidInput(f"{memory!r} is no amount of memory.", where=MEMORY_VARIABLE, possible=["512MB", "2GB"])
    with tempfile.TemporaryDirectory(prefix="modelyard-duckdb-") as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "threads": threads,
            "temp_directory": spill,
            "autoinstall_known_extensions": False,  # otherwise it downloads from a foreign host
            "autoload_known_extensions": False,
        }
        with duckdb.connect(config=config) as opened:
            opened.execute("SET TimeZone = 'UTC'")
            with suppress(duckdb.InvalidInputException):  # notebooks without ipywidgets refuse even to switch it off
                opened.execute("SET enable_progress_bar = false")  # it would be printed into the log of a job
            try:
                yield opened
            except duckdb.OutOfMemoryException as error:
                raise Unavailable(
                    f"The data needs more memory than the limit of {memory}.",
                    remedy=f"Raise the limit: the environment variable {MEMORY_VARIABLE}, such as 4GB.",
                    details=str(error),
                ) from error


def parts_table(n_columns: int) -> str:
    """Return the FROM item for Parquet parts; takes the list of paths as its one parameter.

    Examples
    --------
    >>> parts_table(2)
    'read_parquet(?) AS t(c0, c1)'
    """
    return f"read_parquet(?) AS t({', '.join(f'c{i}' for i in range(n_columns))})"


def as_strings(paths: Sequence[Path]) -> list[str]:
    """Return paths as DuckDB reads them literally, without taking ``*``, ``?`` or ``[`` for wildcards."""
    return [str(path).replace("[", "[[]").replace("*", "[*]").replace("?", "[?]") for path in paths]


def one_row(con: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()) -> tuple[Any, ...]:
    """Return the one row of a query; `fetchone` would leave the connection busy until it is read to its end."""
    return tuple(con.execute(sql, list(parameters)).fetchall()[0])


def literal(text: str) -> str:
    """Return `text` as an SQL string literal; for our own constants.

    Examples
    --------
    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
