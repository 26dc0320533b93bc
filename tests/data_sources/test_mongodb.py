"""MongoDB: documents as rows; the contract runs where MODELYARD_TEST_MONGODB names a server."""

import datetime as dt
import os
import uuid

import pyarrow as pa
import pytest
from bson import Decimal128, ObjectId
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.common.errors import InvalidInput, Unavailable
from modelyard.core.common.ids import new_id
from modelyard.core.data_sources.filters import conditions
from modelyard.core.data_sources.mongo_documents import as_text, flatten, learn, rows_of
from modelyard.core.data_sources.mongodb import _asked, _projection, to_bson
from modelyard.core.data_sources.registry import open_source
from tests.conftest import require_or_skip
from tests.data_sources.contract import SourceContract

SERVER = os.environ.get("MODELYARD_TEST_MONGODB")
"""The URL of a server that lets anybody in, where tests may make databases."""

TYPES = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
    dt.datetime: pa.timestamp("us", "UTC"),
    bytes: pa.binary(),
    ObjectId: pa.string(),
    uuid.UUID: pa.string(),
    list: pa.string(),
}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30), timezones=st.just(dt.UTC)),
    st.binary(max_size=8),
    st.binary(min_size=12, max_size=12).map(ObjectId),
    st.uuids(),
    st.lists(st.integers(0, 9), max_size=3),
    st.just({}),
)
NAMES = st.sampled_from("abc")
DOCUMENTS = st.lists(
    st.dictionaries(NAMES, st.recursive(VALUES, lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=6)),
    min_size=1,
    max_size=6,
)


def at(document, path):
    """Return what is at a path, None where there is nothing."""
    for part in path.split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return document


@settings(max_examples=150)
@given(DOCUMENTS)
def test_every_value_is_in_its_column(documents):
    shape = learn(documents)
    try:
        rows = rows_of(documents, shape, where="here")
    except InvalidInput as error:  # a large whole number beside others is no floating point number
        assert "double" in str(error)  # noqa: PT017
        return
    leaves = {path for document in documents for path, value in flatten(document).items() if value is not None}
    kept = {path for path in leaves if not any(path.startswith(f"{whole}.") for whole in shape.whole)}
    assert kept <= set(rows.schema.names)
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        values = [at(document, name) for document in documents]
        values = [None if value == {} and name not in shape.whole else value for value in values]
        held = {type(value) for value in values if value is not None}
        if held == {int, float}:
            assert column.type == pa.float64()
        elif len(held) == 1 and held <= set(TYPES):
            assert column.type == TYPES[held.pop()]
        else:
            assert column.type == pa.string()
        for value, found in zip(values, column.to_pylist(), strict=True):
            assert found == (value if value is None or column.type != pa.string() else as_text(value)), name


@pytest.mark.parametrize(
    ("values", "type_", "read"),
    [
        (["1.50", "-20.125"], "decimal128(38, 3)", ["1.500", "-20.125"]),
        (["1E+3", "7"], "decimal128(38, 0)", ["1000", "7"]),
        (["1E+6000"], "string", ["1E+6000"]),
        (["NaN", "1"], "string", ["NaN", "1"]),
    ],
)
def test_decimals_have_the_digits_that_they_need(values, type_, read):
    documents = [{"n": Decimal128(value)} for value in values]
    rows = rows_of(documents, learn(documents), where="here")
    assert (str(rows.schema.field("n").type), list(map(str, rows.column(0).to_pylist()))) == (type_, read)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"_id": 7, "n": "many"}, "'n' of the document '7'.*does not fit int64.*sample"),
        ({"_id": 7, "n": 2**70}, "'n'.*does not fit int64"),
        ({"_id": 7, "n": True}, "'n'.*does not fit int64"),
        ({"_id": 7, "new": 1}, "document '7' has a field 'new'.*sample"),
        ({"_id": 7, "a": {"c": 1}}, "has a field 'a.c'"),
        ({"_id": 7, "a": {"b": 1}, "a.b": 2}, "same column 'a.b'"),
    ],
)
def test_what_the_sample_did_not_tell_is_told(document, words):
    shape = learn([{"_id": 1, "n": 1, "a": {"b": "x"}}])
    with pytest.raises(InvalidInput, match=words):
        rows_of([document], shape, where="here")


def test_columns_and_filters_are_the_servers_work():
    shape = learn(
        [{"_id": ObjectId(b"1" * 12), "n": 1, "day": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "a": {"b": "x"}}]
    )
    asked = _asked(conditions(["n >= 3", "n != 5", "day < 2026-02-01", "a.b is null", 'a.b in ["x", "y"]']), shape)
    assert asked["$and"] == [
        {"n": {"$gte": 3}},
        {"n": {"$nin": [5, None]}},
        {"day": {"$lt": dt.datetime(2026, 2, 1, tzinfo=dt.UTC)}},
        {"a.b": None},
        {"a.b": {"$in": ["x", "y"]}},
    ]
    key = "31" * 12
    assert _asked(conditions([("_id", "=", key)]), shape)["$and"] == [{"_id": {"$eq": ObjectId(key)}}]
    assert _projection(["a.b", "n"]) == {"_id": 1, "a.b": 1, "n": 1}
    with pytest.raises(InvalidInput, match="cannot be compared with 'many'"):
        _asked(conditions(["n > many"]), shape)


def test_nothing_answers():
    away = open_source("mongodb", {"url": "mongodb://127.0.0.1:9", "timeout": 0.5}, name="documents")
    assert "does not answer" in away.test().message
    with pytest.raises(Unavailable, match="does not answer"):
        list(away.read("shop/orders"))


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://ada:hunter2@x",
        "http://x",
        "mongodb:///hunter2",
        "mongodb://x/?tlsCertificateKeyFilePassword=hunter2",
        "mongodb://x/?proxyHost=y&sessionToken=hunter2",
        "mongodb://x/?authMechanismProperties=AWS_SESSION_TOKEN:hunter2",
    ],
)
def test_a_url_with_a_password_is_refused(url):
    with pytest.raises(InvalidInput, match="'url': it") as caught:
        open_source("mongodb", {"url": url})
    assert "hunter2" not in str(caught.value)


class TestMongodb(SourceContract):
    """The contract; what it says of an empty collection does not hold, which has no columns."""

    nul = True

    @pytest.fixture
    def source(self):
        if SERVER is None:
            require_or_skip("mongodb", "MODELYARD_TEST_MONGODB names no MongoDB server")
        self.home = (new_id("yard"),)
        source = open_source("mongodb", {"url": SERVER, "sample": 0}, name="documents")
        yield source
        with source._client() as client:
            client.drop_database(self.home[0])

    def get(self, source, what, **options):
        table = super().get(source, what, **options)
        return table.drop_columns("_id") if "_id" in table.column_names else table

    def expected(self, table):
        """Return a table as MongoDB keeps it: times in milliseconds and UTC, days as their midnight."""
        for i, field in enumerate(table.schema):
            column = table.column(i)
            if pa.types.is_timestamp(field.type) or pa.types.is_date(field.type):
                column = column.cast(pa.timestamp("ms"), safe=False).cast(pa.timestamp("us", "UTC"))
            elif pa.types.is_decimal(field.type):
                column = column.cast(pa.decimal128(38, field.type.scale))
            if column.null_count == len(column):
                column = pa.chunked_array([pa.nulls(len(column), pa.string())])
            table = table.set_column(i, field.name, column)
        return table

    def test_an_empty_table_has_a_schema(self, source):
        path = self.put(source, "empty", pa.table({"number": pa.array([], pa.int64())}))
        assert [batch.num_rows for batch in source.read(path)] == [0]


def test_times_and_decimals_as_mongodb_keeps_them():
    assert to_bson(dt.datetime(2026, 1, 1)) == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert to_bson([dt.date(2026, 1, 1), {"a": None}]) == [dt.datetime(2026, 1, 1, tzinfo=dt.UTC), {"a": None}]
