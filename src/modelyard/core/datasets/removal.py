"""Versions that go: their rows and files do, where they came from stays on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from modelyard.core.datasets.tables import dataset_tombstones, dataset_versions
from modelyard.core.datasets.types import Tombstone


def bury(connection: Connection, rows: Sequence[Row[Any]], *, at: datetime, by: str) -> None:
    """Write a tombstone for each version, in the transaction that deletes it."""
    values = [
        {
            "id": row.id,
            "dataset_id": row.dataset_id,
            "dataset_name": row.dataset_name,
            "number": row.number,
            "dataset_version_hash": row.hash,
            "rows": row.rows,
            "origin": row.origin,
            "parents": row.parents,
            "created_at": row.created_at,
            "created_by": row.created_by,
            "deleted_at": at,
            "deleted_by": by,
        }
        for row in rows
    ]
    if values:
        connection.execute(insert(dataset_tombstones), values)


def next_number(connection: Connection, dataset_id: str) -> int:
    """Return the number of the next version; those of deleted versions are not given again."""
    numbers = [
        connection.execute(select(func.max(table.c.number)).where(table.c.dataset_id == dataset_id)).scalar() or 0
        for table in (dataset_versions, dataset_tombstones)
    ]
    return int(max(numbers)) + 1


def tombstones_of(connection: Connection, dataset_id: str) -> list[Tombstone]:
    """Return what is known of the deleted versions of a dataset, newest first."""
    wanted = dataset_tombstones.c.dataset_id == dataset_id
    rows = connection.execute(select(dataset_tombstones).where(wanted).order_by(dataset_tombstones.c.number.desc()))
    return [tombstone(row) for row in rows]


def tombstone(row: Row[Any]) -> Tombstone:
    """Return a row as a value."""
    return Tombstone(
        id=row.id,
        dataset_id=row.dataset_id,
        dataset_name=row.dataset_name,
        number=row.number,
        hash=row.dataset_version_hash,
        rows=row.rows,
        origin=row.origin,
        parents=tuple(row.parents),
        created_at=row.created_at,
        created_by=row.created_by,
        deleted_at=row.deleted_at,
        deleted_by=row.deleted_by,
    )
