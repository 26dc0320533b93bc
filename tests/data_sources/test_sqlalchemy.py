"""Any database by URL: the contract on the servers that are here, through drivers that are installed."""

import gc
import sqlite3
from decimal import Decimal

import pyarrow as pa
import pytest

from modelyard.core.common.errors import InvalidInput, MissingExtra, NotAllowed, NotFound, Unavailable
from modelyard.core.data_sources import sqlalchemy_url
from modelyard.core.data_sources.registry import open_source
from modelyard.core.data_sources.types import Query
from tests.data_sources.contract import QueryContract, ServerContract

ZONED = pa.timestamp("us", "UTC")


def without_zones(table):
    """Return a table as a database keeps it that knows no zones: in UTC."""
    for i, field in enumerate(table.schema):
        if field.type == ZONED:
            table = table.set_column(i, field.name, table.column(i).cast(pa.timestamp("us")))
    return table


class TestSqlite(QueryContract):
    nul = True
    home = ("main",)

    @pytest.fixture
    def source(self, tmp_path):
        sqlite3.connect(tmp_path / "shop.db").close()
        return open_source("sqlalchemy", {"url": f"sqlite:///{tmp_path}/shop.db"}, name="shop")

    def expected(self, table):
        table = without_zones(table)
        for i, field in enumerate(table.schema):
            if pa.types.is_decimal(field.type):  # it would turn them to floating point; text keeps them
                table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
        return table


class SlowlyWritten(ServerContract):
    rows = 60_000  # executemany takes its time

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # drivers still read in __del__
    def test_it_is_gone_in_the_middle(self, source):
        super().test_it_is_gone_in_the_middle(source)
        gc.collect()


class TestPostgresql(SlowlyWritten):
    home = ("public",)
    sleep = "SELECT pg_sleep(20), 1 AS a"

    @pytest.fixture
    def source(self, postgres, monkeypatch):
        name = postgres.create()
        monkeypatch.setenv("YARD_PASSWORD", postgres.password)
        self.kill, self.start = postgres.kill, postgres.start
        url = f"postgresql+psycopg://yard@/{name}?host={postgres.folder}"
        yield open_source("sqlalchemy", {"url": url, "password": "env:YARD_PASSWORD"}, name="warehouse")
        postgres.drop(name)

    @pytest.fixture
    def nowhere(self, tmp_path):
        return {"url": f"postgresql+psycopg://yard@/x?host={tmp_path}"}

    def test_its_own_types(self, source):
        query = Query("""SELECT 12.50 AS n, '{"a": [1]}'::jsonb AS j, ARRAY[1, NULL] AS l, interval '2 days' AS i""")
        found = pa.Table.from_batches(source.read(query))
        assert found.to_pylist() == [
            {"n": Decimal("12.50"), "j": '{"a": [1]}', "l": "[1, null]", "i": "2 days, 0:00:00"}
        ]


class TestMariadb(SlowlyWritten):
    nul = True
    sleep = "SELECT sleep(20) AS a, 1 AS b"

    @pytest.fixture
    def source(self, mariadb, monkeypatch):
        name = mariadb.create()
        monkeypatch.setenv("YARD_PASSWORD", mariadb.password)
        self.kill, self.start, self.home = mariadb.kill, mariadb.start, (name,)
        url = f"mysql+pymysql://yard@127.0.0.1:{mariadb.port}/{name}?charset=utf8mb4"
        yield open_source("sqlalchemy", {"url": url, "password": "env:YARD_PASSWORD"}, name="warehouse")
        mariadb.drop(name)

    @pytest.fixture
    def nowhere(self):
        return {"url": "mysql+pymysql://yard@127.0.0.1:9/x"}

    def expected(self, table):
        return without_zones(table)

    def test_a_table_that_cannot_take_its_name_is_kept(self, source, monkeypatch):
        path = self.put(source, "shop", pa.table({"number": [0]}))
        rename = sqlalchemy_url._rename
        monkeypatch.setattr(sqlalchemy_url, "_rename", lambda at, old, new, home: rename(at, old, "x" * 65, home))
        with pytest.raises(Unavailable, match="All rows are in the table 'modelyard") as caught:
            self.put(source, "shop", pa.table({"number": [1, 2]}), mode="replace")
        kept = caught.value.remedy.split("'")[1]
        assert source.browse(self.home, search="shop").items == ()
        assert self.get(source, (*path[:-1], kept)).num_rows == 2

    def test_a_function_that_writes_is_refused(self, source):
        with source._connected(write=True) as connection:
            connection.exec_driver_sql("CREATE SEQUENCE numbers")
        with pytest.raises(NotAllowed, match="not let this user"):
            list(source.read(Query("SELECT nextval(numbers) AS n")))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 AS a /*!) AS x; DROP TABLE t; -- */",
        r"SELECT '\'') AS x; DROP TABLE t; -- '",
        "SELECT 1--1 AS a) AS x; DROP TABLE t",
        "SELECT 1 AS [a'b]) AS x; DROP TABLE t; -- '",
    ],
)
def test_no_semicolon_hides_in_what_one_database_takes_for_a_text_or_a_comment(text, tmp_path):
    sqlite3.connect(tmp_path / "x.db").close()
    source = open_source("sqlalchemy", {"url": f"sqlite:///{tmp_path}/x.db"})
    with pytest.raises(InvalidInput, match="one statement, without a semicolon"):
        source.preview(Query(text))
    assert source.preview(Query("SELECT 1 AS a ; \n;")).to_pylist() == [{"a": 1}]


def test_a_driver_that_is_not_installed_is_named():
    source = open_source("sqlalchemy", {"url": "mssql+pyodbc://ada@db.example/shop"}, name="shop")
    with pytest.raises(MissingExtra, match=r"needs the driver 'pyodbc'.*pip install 'pyodbc'"):
        source.preview("orders")
    assert "pip install 'pyodbc'" in source.test().message
    with pytest.raises(InvalidInput, match=r"knows no database 'acces'.*Possible: mariadb"):
        open_source("sqlalchemy", {"url": "acces://x/y"}, name="shop").browse()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ada:hunter2@x/y",
        "mysql://ada@x/y?passwd=hunter2",
        "snowflake://ada@x/y?token=hunter2",
        "bigquery://x?a=1&client_secret=hunter2",
        "mssql+pyodbc:///?ODBC_connect=PWD%3Dhunter2",
        "no url hunter2",
    ],
)
def test_a_password_in_the_url_is_refused(url):
    with pytest.raises(InvalidInput, match="'url': it") as caught:
        open_source("sqlalchemy", {"url": url})
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(NotFound, match="no such database file"):
        open_source("sqlalchemy", {"url": f"sqlite:///{tmp_path}/gone.db"}).browse()
    assert not (tmp_path / "gone.db").exists()


def test_a_query_whose_later_values_do_not_fit_the_first_is_told(tmp_path):
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("CREATE TABLE t (c)")
    connection.executemany("INSERT INTO t VALUES (?)", [*((i,) for i in range(10_000)), ("many",)])
    connection.commit()
    connection.close()
    source = open_source("sqlalchemy", {"url": f"sqlite:///{tmp_path}/x.db"})
    with pytest.raises(InvalidInput, match=r"'c' holds values that do not fit int64.*Cast it to text"):
        list(source.read(Query("SELECT c FROM t")))
