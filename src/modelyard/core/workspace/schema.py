"""All tables of a workspace, and which of their rows name which stored files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, Connection, String, Table, select

import modelyard.core.data_sources.streams.tables
import modelyard.core.data_sources.tables
import modelyard.core.datasets.tables
import modelyard.core.jobs.tables
import modelyard.core.storage.tables
import modelyard.core.tracking.tables  # noqa: F401  (they declare)
from modelyard.core.datasets.tables import dataset_tombstones
from modelyard.core.jobs.tables import events, workers
from modelyard.core.storage.database import metadata
from modelyard.core.storage.tables import audit, secrets

KEPT: tuple[Table, ...] = tuple(table for table in metadata.sorted_tables if table is not workers)
"""What a backup holds: everything but which processes live now."""

_SILENT = (workers, events, audit, secrets, dataset_tombstones)
"""Tables that name files only in passing."""

_HISTORY = {"dataset_version_hash"}
"""Columns that tell which bytes something came from; those bytes may be gone."""

_USES = {
    "trials": "models",
    "model_versions": "models",
    "dataset_versions": "datasets",
    "jobs": "predictions",
    "stream_parts": "datasets",
}
_HASH_LENGTH = 64
_HASH = re.compile(r"(?<![0-9a-f])([0-9a-f]{64})(?:\.[a-z0-9]{1,12})?(?![0-9a-f])")


def references(connection: Connection) -> dict[str, str]:
    """Return what stored files are used for, by their hash: ``datasets``, ``profiles``, ``models``, ``predictions``.

    Whatever looks like a hash in any row counts, so that a new column can never cost anybody a file.
    """
    return {
        match[1]: "profiles" if column in ("profile_key", "quality_key", "relations_key") else _USES.get(table, "other")
        for table, column, match in _mentions(connection)
        if column not in _HISTORY
    }


def needed_files(connection: Connection) -> set[str]:
    """Return the keys, with their suffixes, of the files that must be there."""
    return {
        match[0]
        for table, column, match in _mentions(connection)
        if len(match[0]) > _HASH_LENGTH and (table, column) != ("jobs", "params")  # what a job was given may be gone
    }


def _mentions(connection: Connection) -> Iterator[tuple[str, str, re.Match[str]]]:
    for table in sorted(metadata.sorted_tables, key=lambda each: each.name != "jobs"):  # what others say of a file wins
        if table in _SILENT:
            continue
        columns = [each for each in table.c if isinstance(each.type, String | JSON)]
        with connection.execution_options(yield_per=1000).execute(select(*columns)) as rows:
            for row in rows:
                for column, value in zip(columns, row, strict=True):
                    for match in _HASH.finditer(_text(value)):
                        yield table.name, column.name, match


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
