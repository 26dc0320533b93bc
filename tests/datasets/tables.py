"""What a test looks at after an import."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from modelyard.core.datasets.types import ColumnInfo, Ingested


@dataclass(frozen=True)
class Imported:
    """An import and its parts."""

    ingested: Ingested
    paths: list[Path]

    @property
    def table(self) -> pa.Table:
        return pa.concat_tables([pq.read_table(path) for path in self.paths])

    @property
    def values(self) -> dict[str, list[Any]]:
        return self.table.to_pydict()

    @property
    def types(self) -> dict[str, str]:
        return {column.name: column.type for column in self.ingested.columns}

    @property
    def kinds(self) -> dict[str, str]:
        return {column.name: column.kind for column in self.ingested.columns}

    @property
    def notes(self) -> str:
        return "\n".join(self.ingested.notes)

    @property
    def columns(self) -> tuple[ColumnInfo, ...]:
        return self.ingested.columns
