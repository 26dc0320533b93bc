"""PostgreSQL: the contract on a real server, and its own types."""

from decimal import Decimal

import pyarrow as pa
import pytest

from modelyard.core.data_sources.registry import open_source
from modelyard.core.data_sources.types import Query
from tests.data_sources.contract import ServerContract


@pytest.fixture
def source(postgres, monkeypatch):
    name = postgres.create()
    monkeypatch.setenv("YARD_PASSWORD", postgres.password)
    params = {"host": str(postgres.folder), "database": name, "user": "yard", "password": "env:YARD_PASSWORD"}
    yield open_source("postgresql", params, name="warehouse")
    postgres.drop(name)


class TestPostgresql(ServerContract):
    home = ("public",)
    sleep = "SELECT pg_sleep(20), 1 AS a"

    @pytest.fixture
    def source(self, source, postgres):
        self.kill, self.start = postgres.kill, postgres.start
        return source

    @pytest.fixture
    def nowhere(self, tmp_path):
        return {"host": str(tmp_path)}


@pytest.mark.parametrize(
    ("expression", "type_", "value"),
    [
        ("12.50::numeric", "decimal128(38, 2)", Decimal("12.50")),
        ("12.5::numeric(10, 3)", "decimal128(10, 3)", Decimal("12.500")),
        ("'NaN'::numeric", "double", None),
        ("'NaN'::numeric(5, 2)", "decimal128(5, 2)", None),
        ("1e45::numeric", "double", 1e45),
        ("'infinity'::timestamp", "timestamp[us]", None),
        ("'-infinity'::date", "date32[day]", None),
        ("""'{"a": [1]}'::jsonb""", "string", '{"a": [1]}'),
        ("ARRAY[1, NULL]", "string", "{1,NULL}"),
        ("'2 days'::interval", "string", "2 days"),
        ("'6e2fb7f4-5ad1-4a5c-9f27-07a1a0a1e0f1'::uuid", "string", "6e2fb7f4-5ad1-4a5c-9f27-07a1a0a1e0f1"),
        ("B'101'", "string", "101"),
        ("'2026-01-01 12:00+02'::timestamptz::text", "string", "2026-01-01 10:00:00+00"),
        ("7::smallint", "int16", 7),
    ],
)
def test_its_own_types(source, expression, type_, value):
    (column,) = pa.Table.from_batches(source.read(Query(f"SELECT {expression} AS c"))).columns
    found = column.to_pylist()[0]
    assert str(column.type) == type_
    assert found == value or (value is None and (found is None or found != found))


def test_a_preview_reads_no_more_rows_than_it_returns(source):
    assert source.preview(Query("SELECT 1 / (1000 - i) AS c FROM generate_series(1, 1000000) i"), 900).num_rows == 900


def test_schemas_and_estimates(source, postgres):
    table = pa.table({"number": range(1000)})
    source.write("public/orders", iter(table.to_batches()), table.schema)
    assert [item.path for item in source.browse()] == [("public",)]
    (item,) = source.browse("public")
    assert (item.kind, item.text, item.reads, item.opens) == ("table", "public/orders", True, False)
    assert item.bytes > 0
    assert source.read("orders").__next__().num_rows == 1000
