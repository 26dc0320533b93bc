"""SQLite: the contract, and what its loose types come to."""

import datetime as dt
import sqlite3

import pyarrow as pa
import pytest

from modelyard.core.common.errors import InvalidInput, NotFound, Unavailable
from modelyard.core.data_sources.registry import open_source
from modelyard.core.data_sources.types import Query
from tests.data_sources.contract import QueryContract


@pytest.fixture
def file(tmp_path):
    sqlite3.connect(tmp_path / "it's a #file?.db").close()
    return tmp_path / "it's a #file?.db"


class TestSqlite(QueryContract):
    nul = True

    @pytest.fixture
    def source(self, file):
        file.touch()
        return open_source("sqlite", {"path": str(file)}, name="shop")


def made(file, *statements):
    connection = sqlite3.connect(file)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return open_source("sqlite", {"path": str(file)})


@pytest.mark.parametrize(
    ("declared", "values", "type_", "read"),
    [
        ("INTEGER", "1, NULL, 'three'", "string", ["1", None, "three"]),
        ("INTEGER", "1, NULL, 2.5", "double", [1.0, None, 2.5]),
        ("BOOLEAN", "1, 0, NULL", "bool", [True, False, None]),
        ("BOOLEAN", "1, 0, 2", "int64", [1, 0, 2]),
        ("DATE", "'2026-01-31', NULL", "date32[day]", [dt.date(2026, 1, 31), None]),
        ("DATE", "'31.1.2026', NULL", "string", ["31.1.2026", None]),
        ("DATETIME", "'2026-01-31 10:00:00.5'", "timestamp[us]", [dt.datetime(2026, 1, 31, 10, 0, 0, 500000)]),
        ("", "'a', x'00'", "binary", [b"a", b"\0"]),
        ("DECIMAL(5,2)", "1.10, 2", "double", [1.1, 2.0]),
    ],
)
def test_a_column_is_what_all_its_values_are(file, declared, values, type_, read):
    rows = ", ".join(f"({value})" for value in values.split(", "))
    source = made(file, f"CREATE TABLE t (c {declared})", f"INSERT INTO t VALUES {rows}")
    (column,) = pa.Table.from_batches(source.read("t")).columns
    assert (str(column.type), column.to_pylist()) == (type_, read)


def test_values_that_are_no_dates_are_told(file):
    source = made(file, "CREATE TABLE t (c DATE)", "INSERT INTO t VALUES ('2026-13-45')")
    with pytest.raises(InvalidInput, match=r"'c' holds values that do not fit date32.*Cast it to TEXT"):
        list(source.read("t"))


def test_a_preview_reads_no_more_rows_than_it_returns(file):
    made(file, "CREATE TABLE t (i INTEGER PRIMARY KEY, c TEXT)")
    connection = sqlite3.connect(file)
    connection.executemany("INSERT INTO t VALUES (?, ?)", ((i, f"{i}") for i in range(1000)))
    connection.execute("CREATE VIEW v AS SELECT i, CASE WHEN i < 100 THEN 1 ELSE json('broken') END AS c FROM t")
    connection.commit()
    connection.close()
    source = open_source("sqlite", {"path": str(file)})
    assert source.preview("v", 100).num_rows == 100
    with pytest.raises(InvalidInput, match="malformed JSON"):
        list(source.read("v"))


def test_files_that_are_none(file, tmp_path):
    assert "no such database file" in open_source("sqlite", {"path": str(tmp_path / "gone.db")}).test().message
    with pytest.raises(NotFound):
        open_source("sqlite", {"path": str(tmp_path / "gone.db")}).browse()
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(Unavailable, match="cannot be read as a SQLite database"):
        open_source("sqlite", {"path": str(file)}).browse()


def test_a_slow_question_ends(file):
    source = open_source("sqlite", {"path": str(file), "timeout": 0.3})
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n"
    with pytest.raises(Unavailable, match=r"longer than 0\.3 s"):
        source.preview(Query(endless))
