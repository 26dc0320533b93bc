"""Writes Arrow batches as Parquet parts: the same rows give the same bytes, however they arrive.

NaN is written as missing. The statistics of a Parquet file leave NaN out, and DuckDB trusts them so far that ``isnan``
is false for a NaN; and what an estimator does with either is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from modelyard.core.datasets.types import Part
from modelyard.core.storage.artifacts import ArtifactStore, ArtifactWriter

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

ROWS_PER_PART = 1_000_000
BYTES_PER_PART = 128 << 20
_ROWS_PER_GROUP = 131_072
_BYTES_PER_GROUP = 32 << 20  # in memory, before compression
_MOST_BYTES = 64 << 20  # of a sample
_PROBE = 16_384  # rows by which the width of a row is judged
_CHUNKS = 1 << 14  # columns times row groups of a part: a kilobyte is held for each until the part ends
_CELLS = 1 << 22  # fewer rows of wide tables: they are all in memory until then


class PartsWriter:
    """Context manager that collects batches into parts; on an error nothing is kept.

    Parameters
    ----------
    artifacts : ArtifactStore
        Where the parts are kept, once all are written.
    schema : pyarrow.Schema
        Of every batch.
    """

    def __init__(self, artifacts: ArtifactStore, schema: pa.Schema) -> None:
        self._artifacts = artifacts
        self._schema = schema
        self._stack = ExitStack()
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0
        self._group_rows = 0
        self._probe = max(256, min(_PROBE, _CELLS // max(1, len(schema))))
        self._writer: pa.parquet.ParquetWriter | None = None
        self._sink: pa.NativeFile | None = None
        self._part_rows = self._part_groups = 0
        self._written: list[tuple[ArtifactWriter, int]] = []
        self.rows = 0
        self.nan_columns: set[str] = set()

    def __enter__(self) -> Self:
        self._stack.__enter__()
        return self

    def write(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Add rows."""
        for batch in batches:
            if batch.num_rows:
                self._waiting.append(batch)
                self._waiting_rows += batch.num_rows
                self.rows += batch.num_rows
                self._drain()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._drain(all_rows=True)
            self._close_part()
        except BaseException as failed:
            self._stack.__exit__(type(failed), failed, failed.__traceback__)
            raise
        self._stack.__exit__(kind, error, trace)

    def parts(self) -> tuple[Part, ...]:
        """Return what was kept; known after the ``with`` block."""
        return tuple(Part(writer.artifact.key, rows, writer.artifact.size) for writer, rows in self._written)

    def _drain(self, all_rows: bool = False) -> None:
        """Write full row groups; their borders depend on the rows alone, never on the borders of batches."""
        if not self._group_rows and (self._waiting_rows >= self._probe or all_rows):
            probe = self._take(min(self._probe, self._waiting_rows))
            width = max(1, probe.nbytes // max(1, probe.num_rows))
            self._group_rows = max(min(1024, self._probe), min(_ROWS_PER_GROUP, _BYTES_PER_GROUP // width))
            self._waiting = [*probe.to_batches(), *self._waiting]
            self._waiting_rows += probe.num_rows
        while self._group_rows and self._waiting_rows >= self._group_rows:
            self._write_group(self._take(self._group_rows))
        if all_rows and self._waiting_rows:
            self._write_group(self._take(self._waiting_rows))

    def _take(self, rows: int) -> pa.Table:
        """Remove the first `rows` waiting rows and return them as one contiguous table."""
        import pyarrow as pa

        table = pa.Table.from_batches(self._waiting, self._schema)
        rest = table.slice(rows)
        self._waiting = [batch for batch in rest.to_batches() if batch.num_rows]
        self._waiting_rows = rest.num_rows
        return table.slice(0, rows).combine_chunks()

    def _write_group(self, table: pa.Table) -> None:
        if self._writer is None:
            self._open_part()
        table = self._without_nan(table)
        self._writer.write_table(table, row_group_size=table.num_rows)  # type: ignore[union-attr]
        self._part_rows += table.num_rows
        self._part_groups += 1
        if (
            self._part_rows + self._group_rows > ROWS_PER_PART
            or (self._part_groups + 1) * len(self._schema) > _CHUNKS
            or self._sink.tell() >= BYTES_PER_PART  # type: ignore[union-attr]
        ):
            self._close_part()

    def _without_nan(self, table: pa.Table) -> pa.Table:
        import pyarrow as pa
        import pyarrow.compute as pc

        for i, field in enumerate(self._schema):
            if pa.types.is_floating(field.type):
                nan = pc.is_nan(table.column(i))
                if pc.any(nan).as_py():
                    self.nan_columns.add(field.name)
                    table = table.set_column(i, field, pc.if_else(nan, None, table.column(i)))
        return table

    def _open_part(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        # All parts stay temporary until the block ends, so a cast that fails late leaves nothing in the store.
        artifact = self._stack.enter_context(self._artifacts.write(".parquet"))
        self._sink = pa.OSFile(str(artifact.path), "wb")
        # Dictionaries of numbers cost half of the writing time, and zstd makes smaller files without them.
        texts = [field.name for field in self._schema if pa.types.is_string(field.type)]
        self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd", use_dictionary=texts)
        self._part_rows = self._part_groups = 0
        self._written.append((artifact, 0))

    def _close_part(self) -> None:
        if self._writer is not None and self._sink is not None:
            self._writer.close()
            self._sink.close()
            artifact, _ = self._written[-1]
            self._written[-1] = (artifact, self._part_rows)
        self._writer = self._sink = None


def first_rows(path: Path, rows: int) -> pa.Table:
    """Return the first rows of a part; fewer than asked for where they would take more than some 64 MB."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        tables: list[pa.Table] = []
        for group in range(file.metadata.num_row_groups):
            tables.append(file.read_row_group(group))
            if sum(table.num_rows for table in tables) >= rows or sum(table.nbytes for table in tables) >= _MOST_BYTES:
                break
        return pa.concat_tables(tables).slice(0, rows)


def columns_of(files: Sequence[pq.ParquetFile], columns: Sequence[int]) -> pa.Table:
    """Return some columns of all parts, by position and named ``c0``, ``c1``, … after it."""
    import pyarrow as pa

    # By position, since a name with a dot is taken for a path into a nested column.
    tables = [file.reader.read_all(column_indices=list(columns), use_threads=False) for file in files]
    return pa.concat_tables(tables).rename_columns([f"c{i}" for i in columns])
