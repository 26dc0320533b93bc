"""Typed columns from elsewhere, brought to the few types that a version keeps; what is changed is told."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput

if TYPE_CHECKING:
    import pyarrow as pa

_DUCKDB_DIGITS = 38  # the widest decimal that DuckDB reads


class Normalizer:
    """Brings batches of one schema to the types that are kept.

    Parameters
    ----------
    names : sequence of str
        Of the columns, repaired.
    source : pyarrow.Schema
        Of the batches.
    """

    def __init__(self, names: Sequence[str], source: pa.Schema) -> None:
        import pyarrow as pa

        self._converters = [_Converter(name, field.type) for name, field in zip(names, source, strict=True)]
        self.schema = pa.schema([(converter.name, converter.target) for converter in self._converters])
        self.fields = tuple((field.name, str(field.type)) for field in self.schema)
        self.nested = frozenset(converter.name for converter in self._converters if converter.nested)

    def batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return a batch in the types that are kept."""
        import pyarrow as pa

        columns = [each.convert(column) for each, column in zip(self._converters, batch.columns, strict=True)]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def notes(self, nan_columns: Collection[str]) -> list[str]:
        """Return what was done, in sentences."""
        nan = [f"Column {c.name!r}: NaN was taken as missing." for c in self._converters if c.name in nan_columns]
        return nan + [f"Column {c.name!r}: {note}." for c in self._converters for note in c.notes]


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
