"""A Parquet file to the parts of a version: streamed, with the few types normalized that tools disagree on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.damaged import damage_told
from modelyard.core.datasets.names import repair
from modelyard.core.datasets.normalize import Normalizer
from modelyard.core.datasets.parts import PartsWriter
from modelyard.core.datasets.raw import RawTable
from modelyard.core.storage.artifacts import ArtifactStore

type Progress = Callable[[float, str], None]

_BATCH_ROWS = 65_536


def import_parquet(path: Path, artifacts: ArtifactStore, on_progress: Progress) -> RawTable:
    """Write the rows of a Parquet file as parts; see `modelyard.core.datasets.ingest.ingest_file`."""
    import pyarrow.parquet as pq

    with damage_told(path, "Parquet"), pq.ParquetFile(path) as file:
        return _import(path, file, artifacts, on_progress)


def _import(path: Path, file: Any, artifacts: ArtifactStore, on_progress: Progress) -> RawTable:
    total, source = file.metadata.num_rows, file.schema_arrow
    if not total or not len(source):
        raise InvalidInput(
            "The file has no rows." if len(source) else "The file has no columns.",
            where=str(path),
            remedy="Import a file with at least one row of data.",
        )
    with path.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    names, notes = repair(source.names)
    normalizer = Normalizer(names, source)
    with PartsWriter(artifacts, normalizer.schema) as writer:
        for batch in file.iter_batches(_BATCH_ROWS):
            writer.write([normalizer.batch(batch)])
            on_progress(0.95 * writer.rows / total, f"Read {writer.rows:,} of {total:,} rows")
    return RawTable(
        parts=writer.parts(),
        fields=normalizer.fields,
        rows=writer.rows,
        size=path.stat().st_size,
        sha256=sha256,
        options={},
        notes=(*notes, *normalizer.notes(writer.nan_columns)),
        nested=normalizer.nested,
    )
