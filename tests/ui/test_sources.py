"""State of the screens of sources: forms from parameters, secrets that go one way, browsing, previews, imports."""

import sqlite3

import pytest

import modelyard as my
from modelyard.core.data_sources.files import FilesParams
from modelyard.core.data_sources.s3 import S3Params
from modelyard.core.workspace.sources import SourceKind
from modelyard.ui.fields import fields_of
from modelyard.ui.panels.sources.form_model import SourceForm
from modelyard.ui.panels.sources.import_view import _note
from modelyard.ui.panels.sources.model import SourceList
from modelyard.ui.panels.sources.rows import health, kind_tile
from modelyard.ui.panels.sources.source_model import LEVEL, Browser, Chosen, SourceHealth, SourceImport

PLANTED = "hunter2-5ecret"


@pytest.fixture
def shop(tmp_path):
    file = tmp_path / "shop.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE orders (id INTEGER, city TEXT, price REAL)")
    rows = [(i, ["Ulm", "Köln", None][i % 3], i / 2) for i in range(300)]
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
    for number in range(LEVEL):
        connection.execute(f"CREATE TABLE old_{number:02d} (id INTEGER)")
    connection.commit()
    connection.close()
    return file


@pytest.fixture
def source(empty, shop):
    return empty.sources.add("shop", "sqlite", path=str(shop))


class Later:
    """Does what is asked aside when it is told to, in any order."""

    def __init__(self):
        self.waiting = []

    def __call__(self, work, done):
        self.waiting.append((work, done))

    def finish(self, place=0):
        work, done = self.waiting.pop(place)
        done(work)


def test_a_form_is_made_from_the_parameters():
    fields = {field.name: field for field in fields_of(S3Params)}
    assert [name for name, field in fields.items() if field.required] == ["bucket"]
    assert (fields["secret_key"].kind, fields["anonymous"].kind, fields["role"].kind) == ("secret", "yes", "text")
    assert list(fields)[-1] == "timeout"  # what is its own comes first
    assert fields["prefix"].default == ""
    assert fields["bucket"].title == "Bucket"


def test_a_source_is_tested_before_it_is_added(empty, shop):
    form = SourceForm(empty, "sqlite")
    form.test()
    assert form.problem["what"] == "Fill in File."
    form.say("path", str(shop.with_name("none.db")))
    form.test()
    assert (form.problem, form.health.healthy, "none.db" in form.health.message) == (None, False, True)
    form.say("path", str(shop))
    assert form.health is None  # it was of another file
    form.test()
    assert form.health.version.startswith("SQLite")
    assert (empty.sources.list().total, empty.audit.list().total) == (0, 0)
    assert form.save() is None
    assert "name" in form.problem["what"]
    form.source_name = " shop "
    assert form.code == f'yard.sources.add("shop", "sqlite", path="{shop}")'
    assert form.save() == "shop"


def test_what_is_typed_survives_an_error(empty, shop):
    form = SourceForm(empty, "sqlite")
    form.source_name = "two words"
    form.say("path", str(shop))
    form.say("timeout", "soon")
    assert form.save() is None
    assert "a number" in form.problem["what"]
    form.say("timeout", "3")
    assert form.save() is None
    assert "cannot be called" in form.problem["what"]
    assert (form.source_name, form.typed) == ("two words", {"path": str(shop), "timeout": "3"})


def test_a_secret_goes_to_the_store_and_is_never_shown_again(empty):
    form = SourceForm(empty, "postgresql")
    form.source_name = "warehouse"
    form.say("database", "shop")
    form.say("user", "ada")
    form.say_secret("password", PLANTED)
    assert PLANTED not in str(form.param.values())
    assert form.code.endswith("password=my.secret(getpass.getpass()))")
    assert form.save() == "warehouse"
    assert [info.name for info in empty.secrets.list()] == ["warehouse.password"]

    edit = SourceForm(empty, "", "warehouse")
    assert edit.typed["password"] == "secret:warehouse.password"
    edit.say("port", "5433")
    assert (edit.code, edit.save()) == ('yard.sources.update("warehouse", port=5433)', "warehouse")
    assert [info.name for info in empty.secrets.list()] == ["warehouse.password"]  # left empty: kept
    edit.say_secret("password", PLANTED)
    edit.say("password", "env:PGPASSWORD")
    assert edit.save() is None
    assert "not both" in edit.problem["what"]
    edit.say_secret("password", "")
    assert edit.save() == "warehouse"
    assert empty.sources.get("warehouse").info.params["password"] == "env:PGPASSWORD"
    assert empty.secrets.list() == ()
    assert PLANTED not in str([edit.param.values(), empty.audit.list().items])


def test_a_typed_secret_is_what_a_probe_uses(empty, monkeypatch):
    said = []
    monkeypatch.setattr(
        "modelyard.core.data_sources.postgresql.PostgresqlSource.check",
        lambda self: said.append(self.secret(self.params.password)) or "PostgreSQL",
    )
    empty.sources.add("warehouse", "postgresql", database="shop", user="ada", password=my.secret("old"))
    form = SourceForm(empty, "", "warehouse")
    form.test()
    form.say_secret("password", "new")
    form.test()
    assert (said, form.health.healthy) == (["old", "new"], True)
    assert len(empty.secrets.list()) == 1


def test_a_source_is_renamed_and_removed(empty, source):
    form = SourceForm(empty, "", "shop")
    form.source_name = ""
    assert form.rename() is None
    assert "name" in form.name_problem["what"]
    form.source_name = "store"
    assert form.rename() == "store"
    sources = SourceList(empty)
    sources.load()
    assert [info.name for info in sources.items] == ["store"]
    sources.remove("store")
    assert sources.items == ()
    sources.remove("store")
    assert "no source 'store'" in sources.problem["what"]


def test_the_list_tests_several_at_once(empty, source, tmp_path):
    empty.sources.add("gone", "files", path=str(tmp_path / "none"))
    later = Later()
    sources = SourceList(empty, later)
    sources.load()
    sources.test("gone")
    sources.test("gone")
    sources.test("shop")
    assert (sources.testing, len(later.waiting)) == ({"gone", "shop"}, 2)
    later.finish(1)
    assert sources.testing == {"gone"}
    later.finish()
    labels = [health(info.health)["label"] for info in sources.items]
    assert (sources.testing, labels) == (frozenset(), ["Does not answer", "Good"])
    assert sources.address(sources.items[0]) == str(tmp_path / "none")


def test_health_is_looked_at_again(empty, source, shop):
    model = SourceHealth(empty, source)
    assert model.health is None
    model.test()
    assert model.health.healthy
    shop.unlink()
    model.test()
    assert not model.health.healthy
    assert model.checked_at is not None


def test_a_level_is_searched_and_turned_and_a_late_answer_is_left_alone(empty, source):
    later = Later()
    browser = Browser(empty, source, later)
    browser.load()
    later.finish()
    assert (len(browser.items), browser.more) == (LEVEL, True)
    browser.turn(LEVEL)
    browser.find("order")
    later.finish(1)
    later.finish()
    assert ([item.name for item in browser.items], browser.more) == (["orders"], False)
    assert browser.item("orders").reads


def test_a_choice_is_looked_at_and_imported_as_said(empty, source):
    chosen = Chosen(empty, source)
    chosen.choose("orders")
    assert (len(chosen.rows.rows), chosen.names) == (50, ["id", "city", "price"])
    chosen.param.update(columns=["price"], conditions="city = Köln\nprice > 100\n", dataset_name="dear")
    chosen.look()
    assert chosen.rows.rows[0] == (202, "Köln", 101.0)
    line = 'yard.datasets.import_from("shop", "orders", columns=["price"], filter=["city = Köln", "price > 100"]'
    assert chosen.code == f'dataset = {line}, name="dear")'
    chosen.param.update(incremental="price", contract="freeze")
    assert chosen.code.endswith('name="dear", incremental="price", contract="freeze")')
    chosen.conditions = "prise > 100"
    chosen.look()
    assert "prise" in chosen.problem["what"]
    assert chosen.rows is not None  # what was seen stays

    importing = SourceImport(empty, lambda *made: None)
    importing.start(chosen)
    assert importing.problem is None
    job = empty.jobs.get(importing.last_job)
    assert job.params["filter"] == [["prise", ">", 100]]
    assert (job.params["incremental"], job.params["contract"]) == ("price", "freeze")
    assert (job.params["columns"], job.params["name"], importing.busy) == (["price"], "dear", True)
    importing.cancel()
    assert importing.job.state.ended


def test_many_files_are_one_table_and_counted(empty, tmp_path):
    folder = tmp_path / "lake" / "sales"
    folder.mkdir(parents=True)
    for month in range(3):
        (folder / f"{month}.csv").write_text(f"month,sum\n{month},1.5\n")
    chosen = Chosen(empty, empty.sources.add("lake", "files", path=str(tmp_path / "lake")))
    notes = []
    for item in ("sales", "sales/[01].csv", "sales/0.csv"):
        chosen.choose(item)
        notes.append(_note(chosen.rows, busy=False))
    assert notes == [
        "All of its 3 rows, 3 files as one table.",
        "All of its 2 rows, 2 files as one table.",
        "Its one row.",
    ]
    chosen.choose("sales/*.parquet")
    assert "no file at 'sales/*.parquet'" in chosen.problem["what"]


def test_a_query_takes_the_place_of_an_item(empty, source):
    chosen = Chosen(empty, source)
    chosen.choose("orders")
    chosen.asks = True
    assert (chosen.rows, chosen.code) == (None, "")
    chosen.query = "SELECT nonsense"
    chosen.look()
    assert "nonsense" in chosen.problem["what"]
    chosen.query = "SELECT city, sum(price) AS total FROM orders GROUP BY city"
    chosen.look()
    assert (chosen.names, len(chosen.rows.rows), chosen.problem) == (["city", "total"], 3, None)
    chosen.asks = False
    assert chosen.names == ["id", "city", "price"]  # the table is seen again


def test_a_kind_without_its_driver_says_how_to_get_it():
    kind = SourceKind("lake", "A lake", "Deep.", False, "sources", FilesParams, None, False)
    tile = kind_tile(kind)
    assert (tile["code"], "to" in tile) == ("pip install 'modelyard[sources]'", False)
