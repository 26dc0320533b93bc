"""The screens of a dataset: what they ask for, where it is done, and what they say in Python."""

import pytest

from modelyard.core.datasets.ingest import ingest_file
from modelyard.ui.panels.data_management.sql_model import Query
from modelyard.ui.panels.data_management.versions_model import Versions


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
    """Add a version for each text; none has a profile yet."""
    for place, text in enumerate(texts):
        file = tmp_path / f"{name}-{place}.csv"
        file.write_text(text)
        yard.catalog.create_version(name, ingest_file(file, yard.artifacts), actor="ada")


def numbers(yard, name="pets"):
    return [version.number for version in yard.datasets.get(name).versions()]


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
