"""Rows as lines of JSON and back, the same for every database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import batched
from typing import Any

from sqlalchemy import JSON, Boolean, Connection, Float, Table, column, func, insert, select, table, text
from sqlalchemy.types import NULLTYPE, TypeEngine

from modelyard.core.storage.database import UtcDateTime

AT_ONCE = 1000

_KINDS: dict[str, TypeEngine[Any]] = {
    "time": UtcDateTime(),
    "json": JSON(none_as_null=True),
    "boolean": Boolean(),
    "float": Float(),
    "value": NULLTYPE,
}


def column_kinds(source: Table) -> dict[str, str]:
    """Return how each column of a table is written: what a reader needs who does not know the table."""
    kinds: list[tuple[type[TypeEngine[Any]], str]] = [
        (UtcDateTime, "time"),
        (JSON, "json"),
        (Boolean, "boolean"),
        (Float, "float"),
    ]
    return {
        each.name: next((kind for type_, kind in kinds if isinstance(each.type, type_)), "value") for each in source.c
    }


def dump(connection: Connection, source: Table) -> Iterator[bytes]:
    """Yield the rows of a table as lines of JSON, a few in memory at a time."""
    query = select(source).order_by(*source.primary_key.columns)
    with connection.execution_options(yield_per=AT_ONCE).execute(query) as rows:
        for row in rows:
            yield json.dumps(row._asdict(), default=_text, ensure_ascii=False).encode() + b"\n"


def load(connection: Connection, name: str, kinds: Mapping[str, str], lines: Iterable[bytes]) -> int:
    """Insert lines of `dump` into the table called `name` and return how many.

    Parameters
    ----------
    kinds : mapping of str to str
        As `column_kinds` gave them when the lines were written.
    """
    target = table(name, *(column(each, _KINDS[kind]) for each, kind in kinds.items()))
    times = [each for each, kind in kinds.items() if kind == "time"]
    total = 0
    for batch in batched(lines, AT_ONCE):
        rows = [json.loads(line) for line in batch]
        for row in rows:
            row.update({each: datetime.fromisoformat(row[each]) for each in times if row[each] is not None})
        connection.execute(insert(target), rows)
        total += len(rows)
    return total


def continue_ids(connection: Connection, tables: Iterable[Table]) -> None:
    """Have ids that grow go on behind those that were loaded; SQLite sees to that itself."""
    if connection.dialect.name != "postgresql":
        return
    for each in tables:
        if (growing := each.autoincrement_column) is not None:
            last = connection.execute(select(func.max(growing))).scalar()
            if last is not None:
                move = text("SELECT setval(pg_get_serial_sequence(:name, :column), :last)")
                connection.execute(move, {"name": each.name, "column": growing.name, "last": last})


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON")
