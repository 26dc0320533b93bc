"""The screens of a dataset: what they ask for, where it is done, and what they say in Python."""

import ast
from dataclasses import replace
from types import SimpleNamespace

import pytest

from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.datasets.types import Ingested, Part
from modelyard.core.jobs.types import JobState
from modelyard.core.workspace.dataset import Dataset
from modelyard.ui import python
from modelyard.ui.components import Code
from modelyard.ui.model import at_once
from modelyard.ui.panels.data_management.dataset_view import DatasetScreen
from modelyard.ui.panels.data_management.lineage_view import LineageScreen
from modelyard.ui.panels.data_management.quality_view import QualityScreen, _RowsTable
from modelyard.ui.panels.data_management.sql_model import Query
from modelyard.ui.panels.data_management.versions_model import Versions
from modelyard.ui.panels.data_management.versions_view import VersionsScreen
from modelyard.ui.panels.experiments.new_model import NewRun
from modelyard.ui.panels.models.model_view import python as model_line


class Later:
    """Does work when it is told to, as a thread would some time."""

    def __init__(self):
        self.waiting = []

    def __call__(self, work, done):
        self.waiting.append((work, done))

    def work(self):
        """Do what waits, the oldest first."""
        while self.waiting:
            work, done = self.waiting.pop(0)
            try:
                found = work()
            except Exception as error:
                done(_raiser(error))
            else:
                done(lambda found=found: found)


def _raiser(error):
    def fail():
        raise error

    return fail


@pytest.fixture
def later():
    return Later()


def grown(yard, tmp_path, *texts, name="pets"):
    """Add a version for each text, and examine it."""
    for place, text in enumerate(texts):
        file = tmp_path / f"{name}-{place}.csv"
        file.write_text(text)
        version = yard.catalog.create_version(name, ingest_file(file, yard.artifacts), actor="ada")
        Dataset(yard, version).quality()


def numbers(yard, name="pets"):
    return [version.number for version in yard.datasets.get(name).versions()]


def test_an_experiment_is_asked_for_on_a_version_that_nobody_has_looked_at(empty, tmp_path):
    file = tmp_path / "pets.csv"
    file.write_text("age,kind\n1,cat\n2,dog\n")
    version = empty.catalog.create_version("pets", ingest_file(file, empty.artifacts), actor="ada")
    model = NewRun(empty)
    model.load("pets", "kind")
    assert (model.target, model.problem) == ("kind", None)
    assert "What it holds is not known yet" in model.words
    assert empty.catalog.profile(version.id) is None  # not made by the server of pages
    Dataset(empty, version).quality()  # and its profile before
    again = NewRun(empty)
    again.load("pets", "kind")
    assert "which of 2 classes kind has: cat, dog" in again.words


def test_only_versions_go_that_were_shown(empty, tmp_path, later):
    grown(empty, tmp_path, *(f"a,b\n1,{i}\n" for i in range(4)))
    model = Versions(empty, "pets", later)
    model.load()
    model.keep = 3
    model.look()
    model.keep = 1  # while it looks: the answer is to another question
    later.work()
    assert (model.retained, model.busy) == (None, False)
    model.retain()
    assert not later.waiting

    model.keep = 3
    model.look()
    later.work()
    assert [version.number for version in model.retained.deleted] == [1]
    grown(empty, tmp_path, "a,b\n1,9\n")  # makes version 2 old
    model.retain()
    assert numbers(empty) == [5, 4, 3, 2, 1]  # not on the server's thread
    later.work()
    assert (numbers(empty), model.problem) == ([5, 4, 3, 2], None)
    assert [version.number for version in model.versions] == [5, 4, 3, 2]


def test_a_statement_is_stopped_before_it_has_begun_and_the_next_one_is_another(empty, later):
    model = Query(empty, later)
    model.run("SELECT 1")
    model.stop()
    later.work()
    assert (model.result, model.busy) == (None, False)
    assert "broken off" in model.problem["what"]
    model.run("SELECT 2")
    later.work()
    assert model.problem is None
    assert model.result.rows() == [(2,)]
    model.stop()  # nothing is at work, and its connection is closed
    model.run("SELECT 3")
    model.stop()  # not that of before
    later.work()
    assert model.result is None


@pytest.mark.parametrize("said", ['FROM "my \\d"', 'SELECT 1\nAS "x"', "\\", 'a"""b\n"', "\r\n\x00 '", "plain"])
def test_a_line_of_python_says_what_was_typed(empty, said):
    for written in (python.text(said), python.statement(said)):
        assert eval(compile(written, "line", "eval")) == said
    model = Query(empty, text=said, dataset_name=said)
    called = ast.parse(model.code).body[0].value
    assert [each.value for each in called.args] == [said.strip(), said.strip()]


def test_the_screens_of_a_dataset_write_python_that_can_be_read(empty, session, tmp_path):
    name = 'so-called "pets"'
    grown(empty, tmp_path, "a,b\n" + "1,x\n2,y\n" * 9, "a,b\n2,y\n", name=name)
    here = session(empty)
    here.aside = at_once
    versions = VersionsScreen(here, name)
    versions.model.compare()
    quality = QualityScreen(here, name)
    quality.model.quality = empty.datasets.get(name, 1).quality()
    quality.model.choose(next(each.key for each in quality.model.quality.findings if each.rows is not None))
    about = [one.code for one in DatasetScreen(here, name, 1).content[-1].select(Code)]
    model = model_line(SimpleNamespace(name=name, aliases=("best",)))
    lineage = LineageScreen(here, name, 1).code.code
    for lines in (versions.comparing.code.code, quality.closely.code.code, lineage, *about, model):
        said = [node.value for node in ast.walk(ast.parse(lines)) if isinstance(node, ast.Constant)]
        assert {name, f"{name}@best"} & {*said}


def test_what_is_not_known_yet_is_left_to_a_job_that_the_screens_follow(empty, session, tmp_path, monkeypatch):
    (tmp_path / "pets.csv").write_text("a,b\n" + "1,x\n2,y\n" * 9)
    version = empty.catalog.create_version("pets", ingest_file(tmp_path / "pets.csv", empty.artifacts), actor="ada")
    monkeypatch.setattr(Dataset, "profile", None)  # called by nobody meanwhile
    monkeypatch.setattr(Dataset, "quality", None)
    here = session(empty)
    screens = [DatasetScreen(here, "pets", None), QualityScreen(here, "pets")]
    for screen in screens:
        assert [*screen.content]
        assert (screen.model.problem, screen.waiting.card.visible, screen.model.job.hidden) == (None, True, True)
    assert (screens[0].columns.visible, screens[0].findings.visible, screens[0].relations.card.visible) == (False,) * 3
    monkeypatch.undo()
    Dataset(empty, version).quality()
    for screen in screens:
        job = screen.model.job
        monkeypatch.setattr(empty.jobs, "get", lambda id_, job=job: replace(job, state=JobState.SUCCEEDED))
        screen.hear([SimpleNamespace(job_id=job.id)])
        assert (screen.model.job, screen.waiting.card.visible) == (None, False)
    assert screens[0].columns.visible
    assert screens[0].relations.card.visible
    assert [row["key"] for row in screens[0].table.rows] == ["a", "b"]
    assert screens[1].model.quality is not None


def test_bad_rows_are_read_aside_and_late_answers_are_dropped(empty, session, tmp_path, later):
    grown(empty, tmp_path, "a,b\n" + "1,x\n2,y\n" * 30)
    here = session(empty)
    here.aside = later
    dataset = empty.datasets.get("pets")
    finding = next(each for each in dataset.quality().findings if each.rows is not None)
    shown = _RowsTable(here, "Rows")
    shown.model.show(dataset, "rule_gone")
    shown.model.show(dataset, finding.key)
    assert (shown.table.rows, shown.table.nothing) == ([], "The rows are being read.")
    later.work()
    assert (shown.model.problem, shown.model.busy) == (None, False)
    assert len(shown.table.rows) == min(shown.model.total, shown.model.limit) > 0
    assert [each["kind"] for each in shown.table.columns[:2]] == ["number", "text"]
    shown.model.turn(25)
    shown.model.turn(50)
    later.work()
    assert shown.table.rows[0]["key"] == "50"


def test_the_lineage_of_the_version_that_was_chosen_last_is_shown(ready, session, later):
    flights = ready.catalog.version("flights")
    other = Ingested((Part(flights.parts[0], flights.rows, 0),), flights.columns[:2], 1, {"kind": "steps"})
    ready.catalog.create_version("flights", other, actor="ada", parents=[flights.id])
    here = session(ready)
    here.aside = later
    screen = LineageScreen(here, "flights", 1)
    screen.model.number = 2
    assert not screen.graph.visible
    later.work()
    assert [box["title"] for box in screen.graph.boxes if box["current"]] == ["flights"]
    assert screen.card.note.startswith("This version was made by steps from flights, version 1; nothing")
    screen.model.number = 1
    later.work()
    made = [(box["note"], box["to"]) for box in screen.graph.boxes]
    run = ready.experiments.runs().items[0].id
    assert made[:2] == [("File", None), ("Version 1", "?tab=data&dataset=flights&version=1")]
    assert {*made[2:]} == {
        ("Version 2 by steps", "?tab=data&dataset=flights&version=2"),
        ("Run 1", f"?tab=experiments&run={run}"),
        ("Model, version 1", "?tab=models&model=flights-late&version=1"),
    }
    assert screen.graph.boxes[1]["from"] == "from flights.csv"
