"""What ``modelyard sql`` does."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

import modelyard as my
from modelyard.cli.verbs import existing, out, print_dataset


def sql(workspace: Path, statement: str, *, limit: int, into: str | None) -> None:
    """Print the first rows of a statement, or make a dataset of all."""
    if into is not None:
        with my.open(existing(workspace)) as yard:
            print_dataset(yard.datasets.from_sql(statement, into, wait=False).watch())
        return
    with my.open(existing(workspace), worker="shared") as yard:
        found = yard.datasets.sql(statement, limit=limit)
    table = Table(*(f"{column.name}\n{column.type}" for column in found.columns))
    for values in found.rows(0, limit):
        table.add_row(*("" if value is None else str(value) for value in values))
    out.print(table)
    more = "; there are more, see --limit" if found.more else ""
    out.print(f"{len(found):,} rows in {found.seconds:.2f} s{more}")
