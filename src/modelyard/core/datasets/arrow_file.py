"""An Arrow IPC file or stream, which Feather is too, to the parts of a version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.damaged import damage_told
from modelyard.core.datasets.names import repair
from modelyard.core.datasets.normalize import Normalizer
from modelyard.core.datasets.packing import Packed
from modelyard.core.datasets.parts import PartsWriter
from modelyard.core.datasets.raw import RawTable
from modelyard.core.storage.artifacts import ArtifactStore

if TYPE_CHECKING:
    import pyarrow as pa

type Progress = Callable[[float, str], None]

_BATCH_ROWS = 65_536


def import_arrow(path: Path, artifacts: ArtifactStore, on_progress: Progress) -> RawTable:
    """Write the rows of an Arrow file as parts; see `modelyard.core.datasets.ingest.ingest_file`."""
    with damage_told(path, "Arrow"), _opened(path) as (schema, batches):
        names, notes = repair(schema.names)
        normalizer = Normalizer(names, schema)
        with PartsWriter(artifacts, normalizer.schema) as writer:
            for batch, done in batches:
                for start in range(0, batch.num_rows, _BATCH_ROWS):
                    piece = batch.slice(start, _BATCH_ROWS)
                    piece.validate(full=True)  # offsets of a damaged file would be read out of bounds
                    writer.write([normalizer.batch(piece)])
                on_progress(0.95 * done, f"Read {writer.rows:,} rows")
            if not writer.rows or not len(schema):
                raise InvalidInput(
                    "The file has no rows." if len(schema) else "The file has no columns.",
                    where=str(path),
                    remedy="Import a file with at least one row of data.",
                )
    packed = Packed(path)
    return RawTable(
        parts=writer.parts(),
        fields=normalizer.fields,
        rows=writer.rows,
        size=packed.size,
        sha256=packed.sha256(),
        options={},
        notes=(*notes, *normalizer.notes(writer.nan_columns)),
        nested=normalizer.nested,
    )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[pa.Schema, Iterator[tuple[pa.RecordBatch, float]]]]:
    """Yield the schema, and the batches with the fraction that was read once each is there."""
    import pyarrow as pa

    # Not memory-mapped: mapped pages count as memory of the job, and a file that shrinks would kill it.
    with pa.OSFile(str(path), "rb") as file:
        if file.read(6) == b"ARROW1":
            file.seek(0)
            reader = pa.ipc.open_file(file)
            total = max(1, reader.num_record_batches)
            yield reader.schema, ((reader.get_batch(i), (i + 1) / total) for i in range(reader.num_record_batches))
        else:
            file.seek(0)
            stream, size = pa.ipc.open_stream(file), max(1, path.stat().st_size)
            yield stream.schema, ((batch, min(1.0, file.tell() / size)) for batch in stream)
