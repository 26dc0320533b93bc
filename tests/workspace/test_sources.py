"""The verbs on sources: added, tested, imported from, renamed, removed; secrets are kept and never shown."""

import sqlite3

import pytest

import modelyard as my
from modelyard.core.common.errors import AlreadyExists, InvalidInput, NotFound
from modelyard.core.common.secret import reveal
from modelyard.core.data_sources.health import HealthStore
from modelyard.core.data_sources.store import SourceStore
from modelyard.core.data_sources.types import Health
from modelyard.core.storage.database import Database
from modelyard.core.storage.migrations import upgrade
from modelyard.core.storage.secrets import SecretStore
from tests.databases import on_each_database

PLANTED = "hunter2-5ecret"


@pytest.fixture
def shop(tmp_path):
    file = tmp_path / "shop.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE orders (id INTEGER, city TEXT, price REAL)")
    rows = [(i, ["Ulm", "Köln", None][i % 3], i / 2) for i in range(300)]
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
    connection.commit()
    connection.close()
    return file


def test_from_a_source_to_a_dataset(yard, shop):
    source = yard.sources.add("shop", "sqlite", path=str(shop))
    assert source.test().healthy
    assert yard.sources.list(search="SHO").items[0].health.version.startswith("SQLite")
    (item,) = source.browse()
    assert [(column.name, column.type) for column in source.schema(item)][2] == ("price", "double")
    assert source.preview(item, 2).rows == ((0, "Ulm", 0.0), (1, "Köln", 0.5))
    assert list(source.preview(query="SELECT count(*) AS n FROM orders").to_pandas().n) == [300]
    assert sum(batch.num_rows for batch in source.read("orders", filter=["price < 1"])) == 2

    orders = yard.datasets.import_from("shop", item)
    assert (orders.name, orders.version.rows, orders.version.origin["item"]) == ("orders", 300, "orders")
    assert orders.version.origin["file"] == "shop: orders"
    again = yard.datasets.import_from(source, "orders")
    assert again.version.number == 1  # the same rows are the same version
    some = yard.datasets.import_from("shop", "orders", columns=["price", "city"], filter=[("city", "=", "Köln")])
    assert (some.version.number, some.version.rows) == (2, 100)
    assert [column.name for column in some.columns] == ["price", "city"]
    asked = yard.datasets.import_from("shop", query="SELECT city, sum(price) AS s FROM orders GROUP BY 1", name="sums")
    assert asked.version.rows == 3
    job = yard.jobs.list().items[0]
    assert (job.title, job.state) == ("Import a query from shop", "succeeded")


def test_a_file_of_text_is_read_with_all_that_imports_know(yard, tmp_path):
    (tmp_path / "people.csv").write_text("name;height\nAnn;1,68\nBob;1,81\n")
    yard.sources.add("folder", "files", path=str(tmp_path))
    people = yard.datasets.import_from("folder", "people.csv")
    assert (people.name, [column.kind for column in people.columns]) == ("people", ["category", "number"])
    assert (people.version.origin["file"], people.version.origin["source_kind"]) == ("folder: people.csv", "files")
    assert (tmp_path / "people.csv").exists()


@pytest.mark.parametrize(
    ("item", "options", "kind", "words"),
    [
        ("odrers", {}, NotFound, "There is no item 'odrers'. Possible: orders"),
        ("orders", {"columns": ["prise"]}, NotFound, "Possible: price"),
        ("orders", {"filter": ["price > 1e9"]}, InvalidInput, "There are no rows"),
        (None, {"query": "SELECT nonsense"}, InvalidInput, "no such column: nonsense"),
    ],
)
def test_what_ends_an_import_is_said(yard, shop, item, options, kind, words):
    if not yard.sources.list(search="broken").total:
        yard.sources.add("broken", "sqlite", path=str(shop))
    yard.sources.update("broken", path=str(shop))
    with pytest.raises(kind, match=words):
        yard.datasets.import_from("broken", item, name="nothing", **options)
    assert not yard.datasets.list(search="nothing").total


def test_either_an_item_or_a_query(yard, shop):
    yard.sources.add("either", "sqlite", path=str(shop))
    for wrong in ({}, {"item": "orders", "query": "SELECT 1"}):
        with pytest.raises(InvalidInput, match="either"):
            yard.datasets.import_from("either", **wrong)
    with pytest.raises(InvalidInput, match="no operator"):
        yard.datasets.import_from("either", "orders", filter=[("price", "~", 1)])


def kept(yard):
    store = SecretStore(yard.database, yard.settings.secret_key)
    return {name: reveal(store.get(name)) for name in yard.secrets.names()}


def test_secrets_go_with_their_source(yard):
    params = {"host": "127.0.0.1", "port": 1, "database": "shop", "user": "ada", "timeout": 2}
    yard.secrets.set("shared", "of many")
    source = yard.sources.add("dwh", "postgresql", password=my.secret(PLANTED), **params)
    assert kept(yard) == {"shared": "of many", "dwh.password": PLANTED}
    assert source.describe()["params"]["password"] == "secret:dwh.password"
    health = source.test()
    assert not health.reachable
    assert "does not answer" in yard.sources.get("dwh").info.health.message

    yard.sources.update("dwh", port=2)
    assert yard.sources.get("dwh").info.health is None
    yard.sources.update("dwh", password=my.secret("another"))
    yard.sources.rename("dwh", "warehouse")
    assert kept(yard) == {"shared": "of many", "warehouse.password": "another"}
    with pytest.raises(NotFound, match="warehouse"):
        yard.sources.get("dwh")
    yard.sources.update("warehouse", password="secret:shared")
    assert kept(yard) == {"shared": "of many"}
    yard.sources.remove("warehouse")
    assert kept(yard) == {"shared": "of many"}
    yard.secrets.delete("shared")
    assert PLANTED not in repr(yard.audit.list(limit=100)) + repr(yard.sources.list())


def test_names_that_cannot_be(yard, shop):
    yard.sources.add("taken", "sqlite", path=str(shop))
    params = {"database": "d", "user": "u"}
    with pytest.raises(AlreadyExists, match="'taken'"):
        yard.sources.add("taken", "sqlite", path="x")
    with pytest.raises(InvalidInput, match="cannot be called 'a b'"):
        yard.sources.add("a b", "sqlite", path="x")
    with pytest.raises(NotFound, match="Possible: sqlite"):
        yard.sources.add("x", "sqlit", path="x")
    with pytest.raises(InvalidInput, match="'path' is missing"):
        yard.sources.add("x", "sqlite")
    with pytest.raises(InvalidInput, match="'path' is no secret"):
        yard.sources.add("x", "sqlite", path=my.secret(PLANTED))
    yard.secrets.set("x.password", "somebody's own")
    with pytest.raises(AlreadyExists, match=r"refer to it as 'secret:x\.password'"):
        yard.sources.add("x", "postgresql", password=my.secret(PLANTED), **params)
    assert not yard.sources.list(search="x").total
    yard.secrets.delete("x.password")


@on_each_database
def test_the_store_on_each_database(empty_database_url):
    database = Database(empty_database_url)
    upgrade(database)
    store = SourceStore(database)
    added = store.add("b", "sqlite", {"path": "x"}, actor="ada")
    store.add("a", "sqlite", {"path": "y"}, actor="ada")
    HealthStore(database).note(added.id, Health(True, True, 0.1, "It answers.", "SQLite"))
    assert store.get(added.id).health.latency_s == 0.1
    assert [info.name for info in store.page()[0]] == ["a", "b"]
    with pytest.raises(AlreadyExists):
        store.change("a", new_name="b")
    store.remove("b")
    assert store.page(search="B")[1] == 0
    database.close()
