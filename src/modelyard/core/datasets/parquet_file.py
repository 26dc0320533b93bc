"""A Parquet file to the parts of a version: streamed, with the few types normalized that tools disagree on."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.names import repair
from modelyard.core.datasets.parts import PartsWriter
from modelyard.core.datasets.raw import RawTable
from modelyard.core.storage.artifacts import ArtifactStore

if TYPE_CHECKING:
    import pyarrow as pa

type Progress = Callable[[float, str], None]

_BATCH_ROWS = 65_536
_DUCKDB_DIGITS = 38  # the widest decimal that DuckDB reads


def import_parquet(path: Path, artifacts: ArtifactStore, on_progress: Progress) -> RawTable:
    """Write the rows of a Parquet file as parts; see `modelyard.core.datasets.ingest.ingest_file`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            return _import(path, file, artifacts, on_progress)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # a full disk is not the file's fault
            raise
        raise InvalidInput(
            "The Parquet file is damaged or incomplete.",
            where=str(path),
            remedy="Copy or write it again.",
            details=str(error),
        ) from error


def _import(path: Path, file: Any, artifacts: ArtifactStore, on_progress: Progress) -> RawTable:
    import pyarrow as pa

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
    converters = [_Converter(name, field.type) for name, field in zip(names, source, strict=True)]
    schema = pa.schema([(converter.name, converter.target) for converter in converters])
    with PartsWriter(artifacts, schema) as writer:
        for batch in file.iter_batches(_BATCH_ROWS):
            columns = [converter.convert(column) for converter, column in zip(converters, batch.columns, strict=True)]
            writer.write([pa.RecordBatch.from_arrays(columns, schema=schema)])
            on_progress(0.95 * writer.rows / total, f"Read {writer.rows:,} of {total:,} rows")
    notes += [f"Column {name!r}: NaN was taken as missing." for name in names if name in writer.nan_columns]
    return RawTable(
        parts=writer.parts(),
        fields=tuple((field.name, str(field.type)) for field in schema),
        rows=writer.rows,
        size=path.stat().st_size,
        sha256=sha256,
        options={},
        notes=(*notes, *(f"Column {c.name!r}: {note}." for c in converters for note in c.notes)),
        nested=frozenset(converter.name for converter in converters if converter.nested),
    )


class _Converter:
    """Brings one column, batch by batch, to the type that it is kept in."""

    def __init__(self, name: str, source: pa.DataType) -> None:
        import pyarrow as pa

        self.name = name
        self.notes: list[str] = []
        if isinstance(source, pa.BaseExtensionType):
            source = source.storage_type
        if pa.types.is_dictionary(source):
            source = source.value_type
        self.source = source
        self.nested = pa.types.is_nested(source)
        self.target = pa.string() if self.nested else self._target(source)
        if self.nested:
            self.notes.append(f"nested values ({_short(source)}) were turned to JSON text")

    def convert(self, column: pa.Array) -> pa.Array:
        """Return the column in its target type."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if isinstance(column, pa.ExtensionArray):
            column = column.storage
        if isinstance(column.type, pa.DictionaryType):
            column = column.dictionary_decode()
        if self.nested:
            return pa.array([_json(value) for value in column.to_pylist()], pa.string())
        if column.type == self.target:
            return column
        try:
            return pc.cast(column, self.target)
        except pa.ArrowInvalid as error:
            if not pa.types.is_temporal(self.target):
                raise InvalidInput(
                    f"Column {self.name!r} holds values that do not fit {self.target}.", details=str(error)
                ) from error
        note = "times finer than a microsecond were cut"
        if note not in self.notes:
            self.notes.append(note)
        return pc.cast(column, self.target, safe=False)

    def _target(self, source: pa.DataType) -> pa.DataType:
        """Return the type that is kept for a plain type."""
        import pyarrow as pa

        is_ = pa.types
        if is_.is_timestamp(source):
            return pa.timestamp("us", source.tz)
        if is_.is_date(source):
            return pa.date32()
        if is_.is_time(source):
            return pa.time64("us")
        if is_.is_duration(source):
            return pa.duration("us")
        if is_.is_string(source) or is_.is_large_string(source) or is_.is_string_view(source):
            return pa.string()
        if is_.is_binary(source) or is_.is_large_binary(source) or is_.is_binary_view(source):
            return pa.binary()
        if is_.is_float16(source):
            return pa.float32()
        if is_.is_decimal(source):
            if source.precision <= _DUCKDB_DIGITS:
                return pa.decimal128(source.precision, source.scale)
            self.notes.append(f"decimals of {source.precision} digits were turned to floating point")
            return pa.float64()
        return pa.string() if is_.is_null(source) else source


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else str(value)


def _short(type_: pa.DataType) -> str:
    text = str(type_)
    return text if len(text) <= 60 else text[:57] + "…"
