"""Only what is new is read again: rows by a cursor column, files by their time; under a contract, and exactly once."""

import os
import sqlite3
from contextlib import closing

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import modelyard as my
from modelyard.core.common.errors import InvalidInput, NotFound

DAY = "2026-03-01 10:00:"


class Shop:
    """A table of orders that grows."""

    def __init__(self, yard, folder, kind):
        self.yard, self.file, self.name = yard, folder / "shop.db", f"{kind}-{folder.name}"
        self.run("CREATE TABLE orders (id INTEGER, city TEXT, price REAL, updated_at TIMESTAMP)")
        yard.sources.add(self.name, "sqlite", path=str(self.file))

    def run(self, statement, *rows):
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.executemany(statement, rows) if rows else connection.execute(statement)

    def add(self, *rows):
        self.run("INSERT INTO orders VALUES (?, ?, ?, ?)", *rows)

    def bring(self, **options):
        return self.yard.datasets.import_from(self.name, "orders", name=self.name, incremental="updated_at", **options)


@pytest.fixture
def shop(yard, tmp_path):
    shop = Shop(yard, tmp_path, "shop")
    shop.add(*((i, "Ulm", i / 2, f"{DAY}{i:02d}") for i in range(50)))
    return shop


def ids(dataset):
    return sorted(dataset.to_pandas().id)


def test_only_new_rows_are_read(yard, shop):
    first = shop.bring()
    assert (first.version.number, first.version.rows) == (1, 50)
    assert yard.datasets.recipe(shop.name).cursor["value"] == f"{DAY}49"
    assert first.refresh().version.number == 1  # nothing is new
    shop.run("DELETE FROM orders WHERE id = 3")  # is not seen: only what grows is
    shop.add((50, "Köln", 1.0, f"{DAY}50"), (51, "Köln", 1.0, f"{DAY}51"))
    second = first.refresh()
    assert (second.version.number, ids(second)) == (2, [*range(52)])
    assert (second.version.origin["new_rows"], second.version.parents) == (2, (first.version.id,))
    assert second.version.parts[0] == first.version.parts[0]  # shared, not copied
    assert yard.audit.list(verb="datasets.refresh").total == 2


def test_rows_that_come_late_at_the_cursor_are_not_missed(shop):
    shop.bring()
    shop.add((50, "Köln", 1.0, f"{DAY}49"), (51, "Köln", 1.0, f"{DAY}49"))
    late = shop.bring()
    assert ids(late) == [*range(52)]
    shop.add((52, "Köln", 1.0, f"{DAY}49"), (53, "Köln", 1.0, f"{DAY}58"))
    assert ids(shop.bring()) == [*range(54)]
    shop.add((54, "Köln", 1.0, None))
    assert shop.bring().version.rows == 54  # without a value it is never newer


def test_a_row_that_changed_takes_the_place_of_the_old_one(shop):
    shop.bring(key="id")
    roles = shop.yard.datasets.get(shop.name).set_roles({"price": "target"})
    assert roles.version.number == 1
    shop.run(f"UPDATE orders SET price = 99, updated_at = '{DAY}55' WHERE id IN (3, 4)")
    shop.add((50, "Köln", 1.0, f"{DAY}56"), (3, "Ulm", 100.0, f"{DAY}57"))
    second = shop.bring(key="id")
    frame = second.to_pandas().set_index("id").price
    assert (ids(second), frame[3], frame[4]) == ([*range(51)], 100.0, 99.0)
    assert "gave way" in " ".join(second.version.notes)
    assert {column.name: column.role for column in second.columns}["price"] == "target"
    shop.add((None, "Ulm", 1.0, f"{DAY}58"))
    with pytest.raises(InvalidInput, match="1 rows have no value in the key id"):
        shop.bring(key="id")
    assert shop.yard.datasets.recipe(shop.name).cursor["value"] == f"{DAY}57"


def test_another_version_in_between_means_beginning_anew(yard, shop, tmp_path):
    shop.bring()
    (tmp_path / "other.csv").write_text("id,city\n7,Bonn\n")
    yard.datasets.import_file(tmp_path / "other.csv", shop.name)
    shop.add((50, "Köln", 1.0, f"{DAY}50"))
    assert ids(yard.datasets.refresh(shop.name)) == [*range(51)]


def test_files_that_were_written_since(yard, tmp_path):
    lake = tmp_path / "lake"
    lake.mkdir()

    def write(name, numbers, at):
        pq.write_table(pa.table({"n": numbers}), lake / name)
        os.utime(lake / name, (at, at))

    write("a.parquet", [1, 2], 1000)
    yard.sources.add(tmp_path.name, "files", path=str(tmp_path))
    first = yard.datasets.import_from(tmp_path.name, "lake", name=tmp_path.name, incremental="@modified")
    write("b.parquet", [3], 1000)  # at the very same time
    write("c.parquet", [4], 2000)
    second = first.refresh()
    assert (sorted(second.to_pandas().n), second.version.origin["files"]) == ([1, 2, 3, 4], 2)
    assert second.refresh().version.number == 2


@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_times_with_a_zone_on_a_server(yard, request, server, monkeypatch):
    running = request.getfixturevalue(server)
    database = running.create()
    if server == "postgres":
        import psycopg

        kind, params = "postgresql", {"host": str(running.folder), "database": database, "user": "yard"}
        connection = psycopg.connect(running.url(database).replace("+psycopg", ""), autocommit=True)
        type_, item = "timestamptz", "public/log"
    else:
        import pymysql

        kind, params = "mysql", {"host": "127.0.0.1", "port": running.port, "database": database, "user": "yard"}
        connection = pymysql.connect(**params, password=running.password, autocommit=True)
        connection.cursor().execute("SET time_zone = '+00:00'")
        type_, item = "timestamp(6) NULL", f"{database}/log"
    yard.sources.add(database + server, kind, password=my.secret(running.password), **params)
    with closing(connection), closing(connection.cursor()) as cursor:
        cursor.execute(f"CREATE TABLE log (n int, at {type_})")
        cursor.execute("INSERT INTO log VALUES (1, '2026-03-01 10:00:00.5'), (2, '2026-03-01 10:00:00.500001')")
        bring = {"name": database + server, "incremental": "at"}
        yard.datasets.import_from(database + server, item, **bring)
        cursor.execute("INSERT INTO log VALUES (3, '2026-03-01 10:00:00.500001'), (4, '2026-03-01 10:00:01')")
        assert sorted(yard.datasets.import_from(database + server, item, **bring).to_pandas().n) == [1, 2, 3, 4]
        assert yard.datasets.recipe(database + server).cursor["value"] == "2026-03-01 10:00:01+00:00"


def test_evolve_takes_new_columns_and_wider_types(shop):
    shop.bring()
    shop.run("ALTER TABLE orders ADD COLUMN note TEXT")
    shop.run("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", (50, "Köln", "dear", f"{DAY}50", "new"))
    second = shop.bring()
    types = {column.name: column.type for column in second.columns}
    assert (types["price"], types["note"], ids(second)) == ("string", "string", [*range(51)])
    said = " ".join(second.version.notes)
    assert "Column 'note' is new (string)." in said
    assert "Column 'price' was double and is string; 1 of its values do not fit." in said


def test_freeze_refuses_and_quarantine_keeps_aside(shop):
    shop.bring(contract="freeze")
    shop.run("ALTER TABLE orders ADD COLUMN note TEXT")
    rows = [(50, "Köln", "dear", 50, None), (51, "Köln", 2.5, 51, None), (52, "Köln", 2.5, 52, "extra")]
    shop.run("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", *((*r[:3], f"{DAY}{r[3]}", r[4]) for r in rows))
    with pytest.raises(InvalidInput, match=r"'price' was double and is string; 1 of its values.*'note' is new"):
        shop.bring(contract="freeze")
    assert shop.yard.datasets.get(shop.name).version.number == 1
    second = shop.bring(contract="quarantine")
    assert ids(second) == [*range(50), 51]
    assert [column.name for column in second.columns] == ["id", "city", "price", "updated_at"]
    aside = second.kept_aside().set_index("id")
    assert list(aside.reason) == ["'price' is no double", "there is no column 'note'"]
    assert (aside.price[50], aside.note[52]) == ("dear", "extra")
    shop.yard.disk.clean()
    assert len(second.kept_aside()) == 2
    assert second.refresh().version.number == 2  # what was kept aside is not read again
    assert shop.bring(contract="freeze").version.number == 2  # nothing is new but the contract
    rows = [(53, "Köln", "dear", f"{DAY}53", None), (54, "Köln", 2.5, f"{DAY}54", None)]
    shop.run("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", *rows)
    with pytest.raises(InvalidInput, match="does not fit version 2"):
        second.refresh()


def test_rows_kept_aside_are_not_lost_where_no_other_is_new_and_go_with_their_version(shop):
    shop.bring(contract="quarantine")
    shop.add((50, "Köln", "dear", f"{DAY}50"))
    second = shop.bring(contract="quarantine")
    assert (second.version.number, second.version.rows) == (2, 50)
    assert list(second.kept_aside().price) == ["dear"]
    assert second.refresh().version.number == 2
    everything = {"name": shop.name, "contract": "quarantine"}
    third = shop.yard.datasets.import_from(shop.name, "orders", **everything)  # the same row aside
    assert third.version.number == 2
    keys = second.version.origin["quarantine"]["parts"]
    shop.add((51, "Köln", 2.5, f"{DAY}51"))
    assert shop.bring().version.number == 3
    shop.yard.datasets.delete_version(shop.name, 2)
    assert not any(shop.yard.artifacts.exists(key) for key in keys)


def test_files_under_one_name_have_a_contract_too(yard, tmp_path):
    name = tmp_path.name
    for number, text in enumerate(["n,x\n1,2.5\n2,3\n", "x,n\n4,3\n", "n,x\n4,oops\n5,1.5\n"]):
        (tmp_path / f"{number}.csv").write_text(text)
    yard.datasets.import_file(tmp_path / "0.csv", name)
    turned = yard.datasets.import_file(tmp_path / "1.csv", name, contract="freeze")
    assert [(column.name, column.type) for column in turned.columns] == [("n", "int64"), ("x", "double")]
    with pytest.raises(InvalidInput, match="'x' was double and is string; 1 of its values do not fit"):
        yard.datasets.import_file(tmp_path / "2.csv", name, contract="freeze")
    third = yard.datasets.import_file(tmp_path / "2.csv", name, contract="quarantine")
    assert third.to_pandas().to_dict("list") == {"n": [5], "x": [1.5]}
    assert third.kept_aside().x.tolist() == ["oops"]
    (tmp_path / "3.csv").write_text("n,x\n5,worse\n")
    with pytest.raises(InvalidInput, match="does not fit version 3"):
        yard.datasets.import_file(tmp_path / "3.csv", name, contract="quarantine")
    fourth = yard.datasets.import_file(tmp_path / "3.csv", name)
    assert fourth.version.notes[-1] == "Column 'x' was double and is string; 1 of its values do not fit."
    assert isinstance(fourth.kept_aside(), pd.DataFrame)


def test_what_cannot_be(yard, shop, tmp_path):
    for wrong, words in (
        ({"contract": "strict"}, "Possible: evolve, freeze, quarantine"),
        ({"columns": ["id"]}, "'updated_at' is needed"),
    ):
        with pytest.raises(InvalidInput, match=words):
            shop.bring(**wrong)
    with pytest.raises(InvalidInput, match="A key needs a cursor"):
        yard.datasets.import_from(shop.name, "orders", key="id")
    with pytest.raises(NotFound, match="Possible: updated_at"):
        yard.datasets.import_from(shop.name, "orders", name="none", incremental="updated")
    with pytest.raises(InvalidInput, match="has no files"):
        yard.datasets.import_from(shop.name, "orders", name="none", incremental="@modified")
    (tmp_path / "file.csv").write_text("a\n1\n")
    with pytest.raises(InvalidInput, match="not imported from a source"):
        yard.datasets.import_file(tmp_path / "file.csv", f"{tmp_path.name}-file").refresh()
