"""Texts with the character NUL: refused where people type them, cleaned where jobs say them, on each database."""

import pytest
from sqlalchemy import JSON, Column, MetaData, String, Table, insert, select

from modelyard.core.common.errors import InvalidInput
from modelyard.core.jobs.store import JobStore
from modelyard.core.storage.audit import AuditLog
from modelyard.core.storage.database import Database
from modelyard.core.tracking import Tracker
from tests.databases import on_each_database

pytestmark = on_each_database
metadata = MetaData()
notes = Table("notes", metadata, Column("name", String), Column("facts", JSON))
ROW = {"name": "a\0b", "facts": {"k\0": [r"\u0000", ("x\0", 1)]}}


@pytest.fixture
def notebook(database):
    with database.write() as connection:
        metadata.create_all(connection)
    return database


@pytest.mark.parametrize("column", ROW)
def test_what_people_type_is_refused_and_nothing_is_written(notebook, column):
    rows = [{"name": "good", "facts": {}}, {"name": "", "facts": {}, column: ROW[column]}]

    def write():
        with notebook.write() as connection:
            connection.execute(insert(notes).values(name="first"))
            connection.execute(insert(notes), rows)

    with pytest.raises(InvalidInput, match=r"character NUL cannot be kept: '.*\\x00.*Take it out"):
        write()
    with notebook.read() as connection:
        assert connection.execute(select(notes)).all() == []
        connection.execute(select(notes).where(notes.c.name == r"\u0000"))
        with pytest.raises(InvalidInput, match="character NUL"):
            connection.execute(select(notes).where(notes.c.name == "a\0"))


def test_what_jobs_say_is_cleaned(notebook):
    database = Database(notebook.url, cleans=True)
    with database.write() as connection:
        connection.execute(insert(notes), [ROW, {"name": "good", "facts": None}])
        found = connection.execute(select(notes)).all()
    assert found == [("a\ufffdb", {"k\ufffd": [r"\u0000", ["x\ufffd", 1]]}), ("good", None)]
    database.close()


def test_every_store_says_so(database):
    tracker, store = Tracker(database), JobStore(database)
    for use in (
        lambda: tracker.experiment("a", dataset_id="d", dataset_name="x\0", target="t", actor="ada"),
        lambda: store.submit("note", "a:b", {"options": {"missing": ["\0"]}}, title="t", actor="ada"),
        lambda: store.submit("note", "a:b", {}, title="t\0", actor="ada"),
        lambda: AuditLog(database).page(subject="\0"),
    ):
        with pytest.raises(InvalidInput, match="character NUL"):
            use()
    assert store.page()[1] == 0
