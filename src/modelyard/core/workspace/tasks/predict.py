"""A stored model predicts a file, a dataset or one row."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from modelyard.core.common.types import Json
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.jobs.context import JobContext
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.workspace.inference import load, predict_frame, predict_row
from modelyard.core.workspace.tasks.opening import open_workspace
from modelyard.core.workspace.workspace import Workspace

BATCH_ROWS = 50_000


def run_row(context: JobContext) -> Json:
    """Predict one row."""
    yard = open_workspace(context)
    model, signature = load(yard.artifacts, context.params["model_key"])
    prediction = predict_row(model, signature, context.params["row"])
    return {**prediction.to_json(), "message": str(prediction.value)}


def run(context: JobContext) -> Json:
    """Predict all rows in pieces and store one file: the rows as they came, with their predictions behind."""
    yard = open_workspace(context)
    model, signature = load(yard.artifacts, context.params["model_key"])
    scratch = yard.settings.run / context.job.id
    try:
        parts = _parts(context, yard, scratch)
        rows = sum(pyarrow.parquet.read_metadata(part).num_rows for part in parts)
        done = 0
        with yard.artifacts.write(context.params["suffix"]) as writer:
            sink = _Sink(writer.path)
            try:
                for frame in _frames(parts):
                    found = predict_frame(model, signature, frame, probabilities=True)
                    sink.write(_beside(frame, found))
                    done += len(frame)
                    context.progress(done / max(rows, 1), f"{done:,} of {rows:,} rows")
            finally:
                sink.close()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if context.params.get("upload"):
        shutil.rmtree(Path(context.params["path"]).parent, ignore_errors=True)
    return {"key": writer.artifact.key, "rows": done, "message": f"{done:,} rows predicted"}


def _parts(context: JobContext, yard: Workspace, scratch: Path) -> Sequence[Path]:
    """Return Parquet files with the rows to predict; a file is read as an import would, into a scratch store."""
    if "path" not in context.params:
        version = yard.catalog.version(context.params["dataset_id"], context.params["number"])
        return [yard.artifacts.path(key) for key in version.parts]
    store = ArtifactStore(scratch)
    ingested = ingest_file(
        Path(context.params["path"]), store, on_progress=lambda share, message: context.progress(None, message)
    )
    return [store.path(part.key) for part in ingested.parts]


def _frames(parts: Sequence[Path]) -> Iterator[pd.DataFrame]:
    for part in parts:
        for batch in pyarrow.parquet.ParquetFile(part).iter_batches(BATCH_ROWS):
            yield batch.to_pandas()


def _beside(frame: pd.DataFrame, found: pd.DataFrame) -> pa.Table:
    """Put predictions behind the columns that came; a column that has such a name already gives way."""
    kept = frame.drop(columns=[name for name in found.columns if name in frame.columns])
    return pa.Table.from_pandas(pd.concat([kept, found], axis=1), preserve_index=False)


class _Sink:
    """Writes tables one after the other to a CSV or Parquet file; the first one decides the types."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._schema: pa.Schema | None = None
        self._writer: pyarrow.csv.CSVWriter | pyarrow.parquet.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        if self._writer is None:
            self._schema = table.schema
            kind = pyarrow.parquet.ParquetWriter if self._path.suffix == ".parquet" else pyarrow.csv.CSVWriter
            self._writer = kind(str(self._path), table.schema)
        self._writer.write_table(table.cast(self._schema))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
