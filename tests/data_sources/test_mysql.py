"""MySQL and MariaDB: the contract on a real MariaDB, and its own types."""

from decimal import Decimal

import pyarrow as pa
import pytest

from modelyard.core.data_sources.registry import open_source
from modelyard.core.data_sources.types import Query
from tests.data_sources.contract import ServerContract


@pytest.fixture
def source(mariadb, monkeypatch):
    name = mariadb.create()
    monkeypatch.setenv("YARD_PASSWORD", mariadb.password)
    params = {"host": "127.0.0.1", "port": mariadb.port, "database": name, "user": "yard"}
    yield open_source("mysql", {**params, "password": "env:YARD_PASSWORD"}, name="warehouse")
    mariadb.drop(name)


class TestMariadb(ServerContract):
    nul = True
    sleep = "SELECT sleep(20) AS a, 1 AS b"

    @pytest.fixture
    def source(self, source, mariadb):
        self.kill, self.start = mariadb.kill, mariadb.start
        self.home = (source.params.database,)
        return source

    @pytest.fixture
    def nowhere(self):
        return {"port": 9}


@pytest.mark.parametrize(
    ("expression", "type_", "value"),
    [
        ("CAST(12.50 AS DECIMAL(30, 2))", "decimal128(30, 2)", Decimal("12.50")),
        ("CAST(18446744073709551615 AS UNSIGNED)", "uint64", 18446744073709551615),
        ("CAST('12:30:15.5' AS TIME(1))", "string", "12:30:15.5"),
        ("b'101'", "string", None),
        ("JSON_OBJECT('a', 1)", "string", '{"a": 1}'),
        ("1.5e0", "double", 1.5),
    ],
)
def test_its_own_types(source, expression, type_, value):
    for table in (
        pa.Table.from_batches(source.read(query := Query(f"SELECT {expression} AS c"))),
        source.preview(query),
    ):
        assert value is None or (str(table.schema.field(0).type), table.column(0).to_pylist()) == (type_, [value])


def test_a_preview_reads_no_more_rows_than_it_returns(source):
    assert source.preview(Query("SELECT seq FROM seq_1_to_1000000000000"), 900).num_rows == 900
