"""Transformations on the screen: steps are written, tried as they are written, moved, taken back and kept."""

import ast
from dataclasses import replace

from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.datasets.steps.registry import STEPS
from modelyard.ui.field_widgets import asked
from modelyard.ui.fields import fields_of
from modelyard.ui.panels.data_management.made_view import MadeCard
from modelyard.ui.panels.data_management.transform_model import Transform
from modelyard.ui.panels.data_management.transform_view import TransformScreen, step_items
from tests.ui.test_data_screens import Later, grown

PETS = "name,age,kind\nTom,3,cat\nRex,5,dog\nMia,,cat\n"
OLD = {"kind": "filter", "where": "age > 3"}
YEARS = {"kind": "rename", "names": {"age": "years"}}


def pets(yard, tmp_path, **more):
    grown(yard, tmp_path, PETS)
    model = Transform(yard, "pets", **more)
    model.load()
    return model


def test_each_kind_of_step_has_a_form(empty, tmp_path):
    model = pets(empty, tmp_path)
    for kind in STEPS.names():
        model.begin(kind)
        assert {each.name for each in model.fields} == set(STEPS.get(kind).load().model_fields)
        for each in model.fields:
            assert asked(model, each, model.offered(each)).label.startswith(each.title)
            assert each.typed(each.said(model.typed[each.name])) == model.typed[each.name]
    pickers = {
        each.name for kind in STEPS.names() for each in fields_of(STEPS.get(kind).load()) if each.of == "columns"
    }
    assert pickers >= {"columns", "column", "by", "on", "value", "names"}


def test_a_step_is_tried_while_it_is_written_and_what_is_wrong_stands_beside_it(empty, tmp_path):
    model = pets(empty, tmp_path)
    assert len(model.result) == 3

    model.begin("filter")
    model.say("where", "age > 3")
    assert (len(model.result), model.steps) == (1, ())
    model.say("where", "aeg > 3")
    assert model.result is None
    assert "aeg" in model.draft_problem["what"]
    model.say("where", "age > 3")
    model.keep()
    model.begin("rename")
    model.say("names", "age = years")
    assert model.names == ("name", "age", "kind")  # what the step finds, not what it makes
    assert [column.name for column in model.result.columns] == ["name", "years", "kind"]
    model.keep()
    assert model.steps == (OLD, YEARS)
    assert model.names == ("name", "years", "kind")

    model.move(0, 1)  # the filter does not find the column any more
    assert model.steps == (YEARS, OLD)
    assert list(model.refused) == [1]
    assert "age" in step_items(model.steps, model.refused)[1]["error"]
    model.undo()
    assert (model.steps, model.refused) == ((OLD, YEARS), {})
    model.edit(0)
    assert model.typed == {"where": "age > 3"}
    model.say("where", "kind = 'cat'")
    model.keep()
    assert len(model.result) == 2
    model.remove(0)
    assert model.steps == (YEARS,)
    ast.parse(model.code)


def test_what_is_not_whole_is_told_in_plain_words(empty, tmp_path):
    model = pets(empty, tmp_path)
    model.begin("sample")
    model.keep()
    assert model.draft_problem["what"] == "The step 'sample' cannot be read: say either how many rows or which share."
    model.say("rows", "many")
    model.keep()
    assert model.draft_problem["what"] == "Rows must be a whole number, not 'many'."
    model.begin("aggregate")
    model.say("measures", "count(*)")
    model.keep()
    assert "a line for each" in model.draft_problem["what"]
    assert model.steps == ()


def test_answers_that_come_late_are_followed_by_one_more_look(empty, tmp_path):
    later = Later()
    model = pets(empty, tmp_path, aside=later)
    model.begin("filter")
    for typed in ("a", "ag", "age > 3"):
        model.say("where", typed)
    assert len(later.waiting) == 1
    later.work()
    assert (len(model.result), model.busy, model.draft_problem) == (1, False, None)


def test_a_version_that_was_made_shows_its_steps_and_begins_another_list(empty, session, tmp_path):
    grown(empty, tmp_path, PETS)
    base = empty.datasets.get("pets").version
    origin = {"kind": "steps", "file": "pets, version 1", "dataset_id": base.dataset_id, "steps": [OLD, YEARS]}
    made = ingest_file(tmp_path / "pets-0.csv", empty.artifacts)
    empty.catalog.create_version("old pets", replace(made, origin=origin), actor="ada")

    card = MadeCard(session(empty), empty.datasets.get("old pets"))
    assert card.card.title == "Made by steps from pets, version 1"
    card.model.replay(lambda: empty.datasets.get("old pets"))
    assert card.progress.visible
    assert empty.jobs.get(card.model.last_job).params["name"] == "old pets"

    screen = TransformScreen(session(empty), "pets", "old pets/1")
    assert [item["text"] for item in step_items(screen.model.steps)] == [
        "Keep the rows where age > 3.",
        "Rename age to years.",
    ]
    screen.close()
