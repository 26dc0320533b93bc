"""From messages to a table of one schema; what does not fit is set aside with the reason."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("json", "csv")
"""A message is one JSON object or an array of them; or lines of separated text without a header."""

TYPES = ("integer", "number", "boolean", "text", "datetime")
"""What a column may be said to be."""

EXTRA = ("reject", "ignore")
"""What becomes of a record with a field that the schema does not have: set aside, or taken without the field."""

_LEARN = 10_000
_FEW = 32
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that does not fit.

    Parameters
    ----------
    record : str
        As it came; bytes that are no UTF-8 are escaped.
    reason : str
        Why, in a sentence.
    """

    record: str
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What became of some messages.

    Parameters
    ----------
    rows : pyarrow.Table
        The records that fit.
    rejected : tuple of Rejected
        The others.
    """

    rows: pa.Table
    rejected: tuple[Rejected, ...]


class RecordReader:
    """Reads messages by one schema, which is given or learned from the first messages.

    Parameters
    ----------
    schema : pyarrow.Schema, optional
        As `schema_of` makes it, or as a reader had learned it before.
    format : str
        One of `FORMATS`; ``csv`` needs a schema.
    extra : str
        One of `EXTRA`.

    Examples
    --------
    >>> reader = RecordReader()
    >>> found = reader.read([b'{"city": "Ulm", "height": 478}', b'{"city": "Bonn", "height": "low"}', b"hello"])
    >>> found.rows.to_pylist()
    [{'city': 'Ulm', 'height': 478}]
    >>> [each.reason for each in found.rejected]
    ["The field 'height' is text, not integer.", 'It is no JSON: Expecting value at character 1.']
    """

    def __init__(self, schema: pa.Schema | None = None, format: str = "json", extra: str = "reject") -> None:
        check_format(format, schema is not None)
        self.schema = schema
        self._format = format
        self._extra = extra

    def read(self, messages: Sequence[bytes]) -> Parsed:
        """Return the rows of some messages, in their order."""
        import pyarrow as pa

        if self.schema is None:
            self.schema = learned(messages)
        if self.schema is None:  # nothing was readable yet
            return Parsed(pa.table({}), tuple(_rejected(each, _reason(each, None, self._extra)) for each in messages))
        tables: list[pa.Table] = []
        rejected: list[Rejected] = []
        waiting = [list(messages)]
        while waiting:  # all at once, which is fast; where that fails, what is wrong is looked for by halving
            some = waiting.pop()
            try:
                tables.append(self._read(some, self.schema))
            except (pa.ArrowInvalid, UnicodeDecodeError):
                if len(some) > _FEW:
                    middle = len(some) // 2
                    waiting += [some[middle:], some[:middle]]
                else:
                    self._sift(some, self.schema, tables, rejected)
        return Parsed(pa.concat_tables(tables) if tables else self.schema.empty_table(), tuple(rejected))

    def _sift(self, messages: list[bytes], schema: pa.Schema, tables: list[pa.Table], rejected: list[Rejected]) -> None:
        """Look at each record of a few messages of which some are wrong."""
        import pyarrow as pa

        good: list[bytes] = []
        for record in messages if self._format == "csv" else _flat(messages):
            if self._format == "json" and (told := _reason(record, schema, self._extra)):
                rejected.append(_rejected(record, told))
            else:
                good.append(record)
        try:
            tables.append(self._read(good, schema))
        except (pa.ArrowInvalid, UnicodeDecodeError):
            for record in good:
                try:
                    tables.append(self._read([record], schema))
                except (pa.ArrowInvalid, UnicodeDecodeError) as error:
                    told = _reason(record, schema, self._extra, failed=True) if self._format == "json" else ""
                    rejected.append(_rejected(record, told or str(error).strip()))

    def _read(self, messages: list[bytes], schema: pa.Schema) -> pa.Table:
        return _csv(messages, schema) if self._format == "csv" else _json(messages, schema, self._extra)


def check_format(format: str, has_schema: bool) -> None:
    """Raise `InvalidInput` unless records of this format can be read."""
    if format not in FORMATS:
        raise InvalidInput(f"Records of the format {format!r} cannot be read.", possible=FORMATS)
    if format == "csv" and not has_schema:
        raise InvalidInput(
            "Lines of separated text do not name their columns.", remedy='Name them: schema={"city": "text"}.'
        )


def schema_of(columns: Mapping[str, str]) -> pa.Schema:
    """Return the schema that was asked for.

    Parameters
    ----------
    columns : mapping of str to str
        The type of each column, one of `TYPES`.

    Examples
    --------
    >>> schema_of({"city": "text", "height": "integer"}).names
    ['city', 'height']
    """
    import pyarrow as pa

    types = dict(zip(TYPES, _arrow_types(), strict=True))
    for name, type_ in columns.items():
        if type_ not in types:
            raise InvalidInput(f"The column {name!r} cannot be of the type {type_!r}.", possible=TYPES)
    if not columns:
        raise InvalidInput("The schema names no column.")
    return pa.schema([(name, types[type_]) for name, type_ in columns.items()])


def packed(schema: pa.Schema) -> str:
    """Return a schema as a text that `unpacked` reads.

    Examples
    --------
    >>> unpacked(packed(schema_of({"city": "text"}))).names
    ['city']
    """
    return base64.b64encode(schema.serialize().to_pybytes()).decode()


def unpacked(text: str) -> pa.Schema:
    """Return a schema from its text."""
    import pyarrow as pa

    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text)))


def learned(messages: Sequence[bytes]) -> pa.Schema | None:
    """Return the schema of the first messages; None if none of them holds an object with a field.

    Where they contradict one another, the earlier ones are believed. A column that has no value yet is text.
    """
    import pyarrow as pa

    records = list(islice(filter(_is_object, _flat(messages)), _LEARN))
    while records:
        try:
            table = _json(records, None, "infer")
        except pa.ArrowInvalid:
            records = records[: len(records) // 2]
            continue
        if not table.num_columns:
            return None
        return pa.schema([_column(field, table.column(i), records) for i, field in enumerate(table.schema)])
    return None


def _column(field: pa.Field, column: pa.ChunkedArray, records: list[bytes]) -> pa.Field:
    """Return a column as it is kept: texts that are all times become times."""
    import pyarrow as pa

    if pa.types.is_null(field.type):
        return pa.field(field.name, pa.string())
    if pa.types.is_timestamp(field.type):
        column = _json(records, pa.schema([(field.name, pa.string())]), "ignore").column(0)
    elif not pa.types.is_string(field.type):
        return field
    for type_ in (pa.timestamp("us", "UTC"), pa.timestamp("us")):
        try:
            column.cast(type_)
            return pa.field(field.name, type_)
        except pa.ArrowInvalid:
            continue
    return pa.field(field.name, pa.string())


def _json(messages: list[bytes], schema: pa.Schema | None, extra: str) -> pa.Table:
    """Read JSON objects, one a message; or arrays of objects, if all messages are arrays."""
    import pyarrow as pa
    import pyarrow.json as pj

    whole = all(each[:1] == b"{" and each[-1:] == b"}" for each in messages)
    arrays = not whole and all(each[:1] == b"[" and each[-1:] == b"]" for each in messages)
    if arrays:
        text = b"\n".join(b'{"r":%b}' % each for each in messages)
        wanted = schema and pa.schema([("r", pa.list_(pa.struct(list(schema))))])
    else:
        text, wanted = b"\n".join(messages if whole else [each.strip() for each in messages]), schema
    unexpected = {"reject": "error", "ignore": "ignore", "infer": "infer"}[extra]
    table = pj.read_json(
        pa.BufferReader(text),
        read_options=pj.ReadOptions(use_threads=False, block_size=max(_BLOCK, len(text) + 1)),
        parse_options=pj.ParseOptions(explicit_schema=wanted, unexpected_field_behavior=unexpected),
    )
    # each message begins and ends an object, so equal counts mean that no two of them were read as one
    if table.num_rows != len(messages) or not (whole or arrays or len(messages) == 1):
        raise pa.ArrowInvalid("a message is not one object")
    if not arrays:
        return table
    column = table.column("r")
    flat = column.combine_chunks().flatten() if column.num_chunks else column
    if column.null_count or flat.null_count:
        raise pa.ArrowInvalid("an array holds something else than objects")
    return pa.Table.from_struct_array(flat)


def _csv(messages: list[bytes], schema: pa.Schema) -> pa.Table:
    import pyarrow as pa
    import pyarrow.csv as pacsv

    lines = [line for message in messages for line in message.split(b"\n") if line.strip()]
    table = pacsv.read_csv(
        pa.BufferReader(b"\n".join(lines)),
        read_options=pacsv.ReadOptions(use_threads=False, column_names=schema.names),
        convert_options=pacsv.ConvertOptions(column_types=schema, strings_can_be_null=False),
    )
    if table.num_rows != len(lines):
        raise pa.ArrowInvalid("a message is not a number of lines")
    return table


def _flat(messages: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the items of the messages that are arrays, and the others as they are."""
    for message in messages:
        try:
            items = _load(message) if message.strip()[:1] == b"[" else None
        except (ValueError, RecursionError):
            items = None
        if items is None:
            yield message
        else:
            yield from (json.dumps(each).encode() for each in items)


def _load(message: bytes) -> Any:
    return json.loads(message.decode())  # of bytes it would guess the encoding


def _is_object(message: bytes) -> bool:
    try:
        return isinstance(_load(message), dict)
    except (ValueError, RecursionError):
        return False


def _rejected(record: bytes, reason: str) -> Rejected:
    return Rejected(record.decode("utf-8", "backslashreplace"), reason)


def _reason(message: bytes, schema: pa.Schema | None, extra: str, failed: bool = False) -> str:
    """Return what is wrong with a record, empty if only Arrow knows; `failed` if it has said that something is."""
    try:
        found = _load(message)
    except UnicodeDecodeError:
        return "It is no UTF-8."
    except RecursionError:
        return "It is nested too deep."
    except json.JSONDecodeError as error:
        return f"It is no JSON: {error.msg} at character {error.pos + 1}."
    if not isinstance(found, dict):
        return f"It is {_kind(found)}, not an object with fields."
    if schema is None:
        return "It has no fields."
    unknown = [name for name in found if name not in schema.names]
    if unknown and extra == "reject":
        return f"The field {unknown[0]!r} is not in the schema."
    for field in schema:
        value = found.get(field.name)
        if value is not None and (wrong := _wrong(value, field, failed)):
            return f"The field {field.name!r} is {wrong}."
    return ""


def _wrong(value: Any, field: pa.Field, failed: bool) -> str:
    import pyarrow as pa

    is_ = pa.types
    wanted = "text"
    for matches, name in (
        (is_.is_integer, "integer"),
        (is_.is_floating, "number"),
        (is_.is_boolean, "boolean"),
        (is_.is_timestamp, "datetime"),
        (is_.is_nested, "nested"),
    ):
        if matches(field.type):
            wanted = name
    kind = _kind(value)
    if kind == wanted or (kind, wanted) == ("integer", "number"):
        return (
            f"{value} and does not fit {field.type}"
            if wanted == "integer" and not -(1 << 63) <= value < 1 << 63
            else ""
        )
    if wanted == "datetime" and kind == "text":
        return f"{value!r}, which is no time {'with' if field.type.tz else 'without'} a zone" if failed else ""
    return f"{kind}, not {wanted}"


def _kind(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "text", type(None): "null"}
    return kinds.get(type(value), "nested")


def _arrow_types() -> tuple[pa.DataType, ...]:
    import pyarrow as pa

    return (pa.int64(), pa.float64(), pa.bool_(), pa.string(), pa.timestamp("us", "UTC"))
