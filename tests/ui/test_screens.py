"""Each screen is built, as the browser would get it, and hears what jobs say."""

import panel as pn
import pytest
from bokeh.document import Document

from modelyard.ui.panels.experiments.view import RunsScreen
from modelyard.ui.panels.home.view import HomeScreen
from modelyard.ui.panels.jobs.view import JobsScreen
from modelyard.ui.routing import Route
from modelyard.ui.shell import TABS, Frame

EMPTY = ["", "?tab=data", "?tab=experiments", "?tab=experiments&new=", "?tab=models", "?tab=jobs", "?tab=nonsense"]


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
    assert any(words in said for words in ("Bring in a table", "New experiment", "Go to experiments", "No job yet"))


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
    }
    page = frame(ready, "")
    for query, words in places.items():
        page.shell.route = query
        assert words in texts(page), query
        assert page.shell.shown == query


def test_what_is_not_there_is_said_where_it_was_looked_for(empty, frame):
    for query in ("?tab=data&dataset=x1", "?tab=experiments&run=x1", "?tab=models&model=x1", "?tab=jobs&job=x1"):
        assert "There is no" in texts(frame(empty, query))


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
