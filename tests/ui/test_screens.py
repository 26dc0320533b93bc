"""Each screen is built, as the browser would get it, and hears what jobs say."""

from types import SimpleNamespace

import panel as pn
import panel_material_ui as pmui
import pytest
from bokeh.document import Document

from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.datasets.profile import compute_profile
from modelyard.core.workspace.predictions import Prediction
from modelyard.ui.model import at_once
from modelyard.ui.panels.experiments.register_view import RegisterDialog
from modelyard.ui.panels.experiments.run_model import RunDetail
from modelyard.ui.panels.experiments.view import RunsScreen
from modelyard.ui.panels.home.view import HomeScreen
from modelyard.ui.panels.jobs.view import JobsScreen
from modelyard.ui.panels.models.predict_model import RowPrediction
from modelyard.ui.panels.models.predict_view import RowCard
from modelyard.ui.routing import Route
from modelyard.ui.shell import TABS, Frame

EMPTY = [
    "",
    "?tab=data",
    "?tab=data&sources=1",
    "?tab=data&sources=new",
    "?tab=experiments",
    "?tab=experiments&new=",
    "?tab=models",
    "?tab=jobs",
]


@pytest.fixture
def frame(session):
    """Opens the page of a workspace at a place, and draws it."""
    made = []

    def make(yard, query, **params):
        one = Frame(session(yard), query, **{"dark": False, **params})
        one.shell.get_root(Document())
        made.append(one)
        return one

    yield make
    for one in made:
        one.close()


def texts(frame):
    """Everything that the open screen says in our own components."""
    found = []
    for part in frame.shell.main:
        for component in part.select():
            values = component.param.values()
            found += [
                str(values[name])
                for name in ("title", "text", "rows", "items", "problem", "nothing", "label")
                if values.get(name)
            ]
    return " ".join(found)


@pytest.mark.parametrize("query", EMPTY)
def test_an_empty_workspace_says_what_to_do(empty, frame, query):
    said = texts(frame(empty, query))
    assert "went wrong" not in said
    assert any(
        words in said
        for words in (
            "Bring in a table",
            "New experiment",
            "Go to experiments",
            "No job yet",
            "Files and folders",
            "is version 2",
        )
    )


def test_a_full_workspace_shows_what_it_has(ready, frame):
    run = ready.experiments.runs().items[0]
    job = ready.jobs.list().items[0]
    places = {
        "": "flights-late",
        "?tab=data": "flights",
        "?tab=data&dataset=flights": "wind_gust",
        "?tab=data&dataset=flights&version=1": "wind_gust",
        "?tab=experiments": "flights: late, run 1",
        "?tab=experiments&new=flights": "2 classes",
        f"?tab=experiments&run={run.id}": "LightGBM",
        "?tab=models": "champion",
        "?tab=models&model=flights-late": "champion",
        "?tab=models&model=flights-late&version=1": "Predict one row",
        "?tab=jobs": "Train flights: late",
        f"?tab=jobs&job={job.id}": job.title,
        "?tab=settings": "Apache License 2.0",
        "?tab=settings&part=storage": "Clean up",
        "?tab=settings&part=workers": "No worker lives",
        "?tab=settings&part=secrets": "No secret was set yet",
        "?tab=settings&part=audit": "datasets.sample",
    }
    page = frame(ready, "")
    for query, words in places.items():
        page.shell.route = query
        assert words in texts(page), query
        assert page.shell.shown == query


def test_a_source_is_shown_where_its_address_leads(empty, frame, tmp_path):
    empty.sources.add("shop", "postgresql", database="shop", user="ada", host=str(tmp_path))
    page = frame(empty, "?tab=data&sources=1")
    assert "Not tested" in texts(page)
    for query, words in {
        "?tab=data&source=shop": f"postgresql://{tmp_path}:5432/shop",
        "?tab=data&source=shop&edit=1": "Edit shop",
        "?tab=data&sources=new&kind=s3": "New source: S3",
    }.items():
        page.shell.route = query
        assert words in texts(page), query


def test_what_is_not_there_is_said_where_it_was_looked_for(empty, frame):
    for query in ("?tab=data&dataset=x1", "?tab=experiments&run=x1", "?tab=models&model=x1", "?tab=jobs&job=x1"):
        assert "There is no" in texts(frame(empty, query))


@pytest.mark.parametrize(
    "query",
    [
        "?tab=nonsense",
        "?tab=data&dataset=x1",
        "?tab=data&source=x1",
        "?tab=data&sources=new&kind=x1",
        "?tab=experiments&run=x1",
        "?tab=experiments&new=x1",
        "?tab=models&model=x1",
    ],
)
def test_what_is_not_there_leads_home(ready, frame, query):
    page = frame(ready, query)
    assert "There is no" in texts(page)
    assert page.shell.main[0].crumbs[0] == {"text": "Home", "to": "?tab=home"}


def import_rows(yard, tmp_path, name, lines):
    """What an import job does, without a worker."""
    file = tmp_path / f"{name}.csv"
    file.write_text("".join(f"{line}\n" for line in lines))
    version = yard.catalog.create_version(name, ingest_file(file, yard.artifacts), actor="ada")
    yard.catalog.save_profile(
        version.id, compute_profile([yard.artifacts.path(key) for key in version.parts], version.columns)
    )


@pytest.fixture
def two(empty, tmp_path):
    """Two datasets with other columns."""
    import_rows(
        empty, tmp_path, "pets", ["kind,size,color", *(f"{'ab'[i % 2]},{i * 7},{'xyz'[i % 3]}" for i in range(60))]
    )
    import_rows(
        empty, tmp_path, "trips", ["road,miles,late", *(f"{'AB'[i % 2]},{i * 3},{'ny'[i % 2]}" for i in range(60))]
    )
    return empty


def select(frame, label):
    return next(each for part in frame.shell.main for each in part.select(pmui.Select) if each.label == label)


def test_leaving_a_screen_lets_go_of_it(empty, frame):
    page = frame(empty, "?tab=jobs")
    before = len(page.session._listeners)
    for tab in TABS:
        page.shell.route = f"?tab={tab.key}"
    assert len(page.session._listeners) == before


def test_a_broken_screen_does_not_break_the_page(empty, frame, monkeypatch, caplog):
    page = frame(empty, "")
    monkeypatch.setattr("modelyard.ui.panels.jobs.view.JobsScreen.content", property(lambda self: 1 / 0))
    page.shell.route = "?tab=jobs"
    assert "ZeroDivisionError" in texts(page)
    assert "A screen failed" in caplog.text
    page.shell.route = "?tab=models"
    assert "No model is registered yet" in texts(page)


@pytest.mark.parametrize("screen", [HomeScreen, RunsScreen, JobsScreen])
def test_a_job_that_somebody_else_starts_is_seen(empty, session, screen):
    one = session(empty)
    shown = screen(one)
    empty.submit("test", "nowhere:nothing", {}, title="Somebody's job")
    shown.hear(empty.jobs.events())
    if screen is not RunsScreen:
        table = shown.table if screen is JobsScreen else shown.jobs
        assert table.rows[0]["cells"]["job"]["text"] == "Somebody's job"
        assert table.rows[0]["cells"]["state"] == {"state": "queued", "label": "Waiting, place 1"}


def test_the_end_of_a_job_is_announced_once_and_not_where_it_is_seen(empty, frame, monkeypatch):
    said = []
    monkeypatch.setattr(
        "modelyard.ui.session.Session.notify", lambda self, text, tone="success": said.append((text, tone))
    )
    job = empty.submit("test", "nowhere:nothing", {}, title="Test")
    page = frame(empty, "?tab=models")
    with empty.database.write() as connection:
        from modelyard.core.jobs.tables import jobs

        connection.execute(jobs.update().values(state="failed", error={"code": "error", "what": "It broke."}))
        empty.job_store.add_events(connection, job.id, [("state", {"state": "failed"})])
    ended = [event for event in empty.jobs.events() if event.payload.get("state") == "failed"]
    page._hear(ended)
    assert said == [("Test: It broke.", "error")]
    page.shell.route = f"?tab=jobs&job={job.id}"
    page._hear(ended)
    assert len(said) == 1


def test_the_mode_of_the_browser_is_taken_over(empty, frame):
    assert frame(empty, "", dark=True).shell.dark_theme
    assert not frame(empty, "", dark=False).shell.dark_theme
    pn.config.theme = "default"


def test_places_are_read_by_the_screens(ready, frame):
    page = frame(ready, "?tab=experiments&new=flights&target=origin")
    assert Route.parse(page.shell.route).args == {"new": "flights", "target": "origin"}
    assert page._screen.model.target == "origin"
    assert "3 classes" in page._screen.model.words


def test_another_dataset_changes_field_sentence_and_code_together(two, frame):
    page = frame(two, "?tab=experiments&new=trips")
    dataset, target = select(page, "Dataset"), select(page, "Column to predict")
    model = page._screen.model
    for name, last in (("pets", "color"), ("trips", "late"), ("pets", "color")):
        dataset.value = name
        assert (target.value, model.target) == (last, last)
        assert target.options == model.targets
        assert f"classes {last} has" in model.words
        assert f'automl("{name}", target="{last}"' in model.code
    target.value = "size"
    assert model.target == "size"
    assert "number in size" in model.words
    assert select(page, "Judged by").options == model.metrics
    model.param.update(structure="group")
    assert select(page, "By this column").value == model.structure_column == "kind"


def test_another_version_of_a_dataset_is_chosen_and_compared(two, frame, tmp_path):
    assert "?tab=data&dataset=pets&part=versions" in texts(frame(two, "?tab=data&dataset=pets"))
    import_rows(two, tmp_path, "pets", ["kind,size", *(f"c,{i}" for i in range(7))])
    page = frame(two, "?tab=data&dataset=pets&part=versions")
    for words in ("Version 2", "?tab=data&dataset=pets&version=1", "'rows': '7'", "'rows': '60'"):
        assert words in texts(page)
    assert "'label': 'Version', 'text': '1'" in texts(frame(two, "?tab=data&dataset=pets&version=1"))

    model = page._screen.model
    assert (model.before, model.after) == (1, 2)
    model._aside = at_once
    model.compare()
    model.column = "kind"
    assert "60 → 7" in texts(page)
    assert page._screen.comparing.closely.visible
    model.choose(1)
    model.tags = "gold, checked"
    model.save_tags()
    assert "['checked', 'gold']" in texts(page)
    model.tags = "gold"
    model.save_tags()
    assert two.datasets.get("pets", 1).version.tags == ("gold",)
    model.keep = 1
    model.look()
    assert "Version 1 stays: it is tagged gold." in texts(page)
    model.choose(2)
    model.delete()
    assert [version.number for version in two.datasets.get("pets").versions()] == [1]
    assert "Deleted versions" in texts(frame(two, "?tab=data&dataset=pets&part=versions"))


def test_sql_begins_with_the_newest_dataset(two, frame):
    newest = two.datasets.list(limit=1).items[0].name
    assert frame(two, "?tab=data&sql=1")._screen.model.text == f"SELECT *\nFROM {newest}\nLIMIT 100"


def test_a_statement_is_run_paged_and_run_again(two, frame):
    page = frame(two, "?tab=data&sql=1&dataset=pets")
    screen = page._screen
    screen.model._aside = at_once
    screen.model.run("SELECT size FROM pets")
    assert "60 rows, in" in screen.result.note
    screen.model.turn(50)
    assert [row["key"] for row in screen.rows.rows] == [str(place) for place in range(50, 60)]
    screen.model.run("SELECT sizes FROM pets")
    assert (screen.result.visible, screen.model.problem["where"]) == (False, "SQL, line 1, character 8")
    assert page._screen.model.history == ("SELECT size FROM pets",)  # what went wrong is not kept
    screen.model.again(0)
    assert screen.editor.text == screen.model.text == "SELECT size FROM pets"
    screen.model.dataset_name = "sizes"
    assert screen.model.code == 'rows = yard.datasets.from_sql("SELECT size FROM pets", "sizes")'
    screen.importing.start(screen.model)
    assert screen.importing.job.title == "Query into sizes"


def test_findings_and_rules_of_a_dataset(empty, frame, tmp_path):
    rows = [f"{i % 7},{'ab'[i % 2]}{' ' if i == 3 else ''},same" for i in range(60)]
    import_rows(empty, tmp_path, "pets", ["size,kind,fur", *rows])
    empty.datasets.get("pets").quality()
    page = frame(empty, "?tab=data&dataset=pets&part=quality")
    for words in ("Only one value", "'fur' is always 'same'.", "Blanks around values", "No rule yet."):
        assert words in texts(page)
    screen = page._screen
    screen.closely.rows.model._aside = at_once
    screen.table._handle_msg({"type": "select", "row": "Q206/kind"})
    assert screen.closely.card.visible
    assert [row["cells"]["1"] for row in screen.closely.rows.table.rows] == ["b "]
    screen.model.action = "fail"
    screen.model.freeze()
    assert "The check 'outer_blanks' finds nothing about 'kind'" in texts(page)
    screen.model.kind = "between"
    screen.rules.form.inputs["column"].value = "size"
    screen.rules.form.inputs["most"].value = "5"
    screen.model.load()  # as after a check: what was typed stays
    screen.rules.form._add()
    assert "'size' is at most 5" in texts(page)
    screen.rules.table._handle_msg(
        {"type": "cell", "row": screen.model.rules[1].id, "column": "act", "value": "remove"}
    )
    assert [rule.kind for rule in empty.datasets.get("pets").rules()] == ["no_finding"]
    screen.model.kind = "one_of"
    screen.rules.form._add()
    assert "values: must be said" in texts(page)


def test_a_further_version_is_said(two, session, monkeypatch, tmp_path):
    said = []
    monkeypatch.setattr("modelyard.ui.session.Session.notify", lambda self, text, tone="success": said.append(text))
    import_rows(two, tmp_path, "pets", ["kind,size", "c,1", "d,2"])
    one = session(two)
    one.imported(two.datasets.get("pets").info.id, 2)
    one.imported(two.datasets.get("trips").info.id, 1)
    assert said == ["Added as version 2 of pets."]
    assert len(one.visited) == 2


def test_a_deleted_dataset_is_said(two, frame, monkeypatch):
    said = []
    monkeypatch.setattr("modelyard.ui.session.Session.notify", lambda self, text, tone="success": said.append(text))
    page = frame(two, "?tab=data")
    key = page._screen.table.rows[0]["key"]
    page._screen.table._handle_msg({"type": "cell", "row": key, "column": "act", "value": "delete"})
    assert said == ["trips is deleted."]
    assert [row["cells"]["name"]["text"] for row in page._screen.table.rows] == ["pets"]
    assert page.shell.route == "?tab=data"


def test_a_number_field_can_be_empty_and_is_marked_when_it_holds_none(empty, frame):
    columns = [{"name": "age", "kind": "number", "example": 28.0, "min": 0.5, "max": 80.0}]
    model = RowPrediction(empty, SimpleNamespace(signature={"columns": columns}, importance=None, ref="m/1"))
    card = RowCard(model, "late")
    (age,) = card.card.select(pmui.TextInput)
    assert (age.value, model.values) == ("28", {"age": 28.0})
    age.value = ""
    assert (age.value, model.values, age.error_state) == ("", {"age": None}, False)
    age.value = "abc"
    assert (age.value, model.values, age.error_state) == ("abc", {"age": "abc"}, True)
    assert "abc" in age.helper_text
    age.value = "31.5"
    assert (model.values, age.error_state, age.helper_text) == ({"age": 31.5}, False, "0.5 to 80 in training")


def test_the_answer_goes_once_a_field_changes(empty, frame):
    columns = [{"name": "age", "kind": "number", "example": 28.0}]
    model = RowPrediction(empty, SimpleNamespace(signature={"columns": columns}, importance=None, ref="m/1"))
    card = RowCard(model, "late")
    model.prediction = Prediction("yes", {"yes": 0.8, "no": 0.2})
    assert card.answer.visible
    (age,) = card.card.select(pmui.TextInput)
    age.value = "30"
    assert not card.answer.visible
    assert not card.chances.visible


def test_a_typed_alias_reaches_the_model(empty, session):
    dialog = RegisterDialog(session(empty), RunDetail(empty, "run_1"))
    field = next(each for each in dialog.dialog.select(pmui.TextInput) if each.label.startswith("Alias"))
    dialog.model.alias = "challenger"
    assert field.value == "challenger"
    field.value = "cham pion!"
    assert dialog.model.alias == "cham pion!"
