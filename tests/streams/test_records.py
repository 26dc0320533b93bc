"""Messages become rows of one schema; what does not fit is set aside with the reason, and nothing is lost."""

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.core.common.errors import InvalidInput
from modelyard.core.data_sources.streams.records import RecordReader, packed, schema_of, unpacked

FIRST = [b'{"city": "Ulm", "height": 478, "at": "2026-01-01T00:00:00Z", "n": {"a": [1]}, "none": null}'] * 3


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"", "It is no JSON: Expecting value at character 1."),
        (b"oops", "It is no JSON"),
        (b"\xff\xfe", "It is no UTF-8."),
        (b"5", "It is integer, not an object with fields."),
        (b"[[1]]", "It is nested, not an object"),
        (b'{"city": 3}', "The field 'city' is integer, not text."),
        (b'{"height": 1.5}', "The field 'height' is number, not integer."),
        (b'{"height": true}', "The field 'height' is boolean, not integer."),
        (b'{"height": 9223372036854775808}', "does not fit int64"),
        (b'{"at": "yesterday"}', "The field 'at' is 'yesterday', which is no time with a zone."),
        (b'{"n": 1}', "The field 'n' is integer, not nested."),
        (b'{"citty": "Bonn"}', "The field 'citty' is not in the schema."),
        (b'{"city": "a"}{"city": "b"}', "Extra data"),
        (b'{"city": "a", "city": "b"}', "twice"),
    ],
)
def test_what_does_not_fit_is_set_aside(record, reason):
    reader = RecordReader()
    assert reader.read(FIRST).rows.num_rows == 3
    found = reader.read([*FIRST, record, b'{"city": "last"}'])
    assert found.rows.column("city").to_pylist() == ["Ulm"] * 3 + ["last"]
    (rejected,) = found.rejected
    assert reason in rejected.reason
    assert str(reader.schema.field("at").type) == "timestamp[us, tz=UTC]"


def test_the_least_integer_fits_beside_what_does_not():
    found = RecordReader(schema_of({"i": "integer"})).read([b'{"i": -9223372036854775808}', b"oops"])
    assert (found.rows.column("i").to_pylist(), len(found.rejected)) == ([-(2**63)], 1)


def test_arrays_and_layouts():
    reader = RecordReader(schema_of({"i": "integer"}))
    messages = [b'[{"i": 1}, {"i": 2}]', b"[]", b' {"i":\n3} ', b'[{"i": 4}, {"i": "x"}]', b'[{"i": 5}]']
    found = reader.read(messages)
    assert (found.rows.column("i").to_pylist(), len(found.rejected)) == ([1, 2, 3, 4, 5], 1)
    assert reader.read([b'[{"i": 6}, {"i": 7}]', b'[{"i": 8}]']).rows.column("i").to_pylist() == [6, 7, 8]
    assert reader.read([b'[{"i": 6}, null]']).rows.num_rows == 1


def test_fields_beyond_the_schema_can_be_ignored():
    reader = RecordReader(schema_of({"i": "integer"}), extra="ignore")
    assert reader.read([b'{"i": 1, "more": {"x": 1}}']).rows.to_pylist() == [{"i": 1}]


def test_a_schema_is_kept_as_it_is():
    schema = RecordReader()
    schema.read(FIRST)
    assert unpacked(packed(schema.schema)).equals(schema.schema)
    assert schema.schema.field("none").type == pa.string()
    with pytest.raises(InvalidInput, match="Possible: integer"):
        schema_of({"i": "int"})


def test_nothing_readable_yet():
    reader = RecordReader()
    assert len(reader.read([b"x", b"{}"]).rejected) == 2
    assert reader.schema is None
    assert reader.read([b'{"i": 1}']).rows.num_rows == 1


def test_lines_of_separated_text():
    reader = RecordReader(schema_of({"city": "text", "height": "number"}), "csv")
    found = reader.read([b"Ulm,478", b"Bonn,low", b'"a,b",1\n,2\n', b"only one"])
    assert found.rows.to_pydict() == {"city": ["Ulm", "a,b", ""], "height": [478.0, 1.0, 2.0]}
    assert [each.record for each in found.rejected] == ["Bonn,low", "only one"]
    with pytest.raises(InvalidInput, match="Name them"):
        RecordReader(format="csv")


VALUES = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5)
RECORDS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3).map(lambda each: json.dumps(each).encode())


@given(
    st.lists(RECORDS | st.binary(max_size=6) | st.lists(RECORDS, max_size=3).map(lambda x: b"[" + b",".join(x) + b"]"))
)
def test_every_record_is_a_row_or_set_aside(messages):
    reader = RecordReader(schema_of({"a": "integer", "b": "text", "c": "number"}))
    found = reader.read(messages)
    expected = 0
    for message in messages:
        try:
            value = json.loads(message.decode())
        except ValueError:
            value = None
        expected += len(value) if isinstance(value, list) else 1
    assert found.rows.num_rows + len(found.rejected) == expected
