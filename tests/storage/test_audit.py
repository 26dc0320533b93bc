"""The audit trail: one row with each change, and nothing ever changes or removes one."""

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from modelyard.core.common.clock import ManualClock
from modelyard.core.common.request import request
from modelyard.core.datasets.tables import datasets
from modelyard.core.storage.audit import AuditLog
from modelyard.core.storage.tables import audit
from tests.databases import on_each_database

pytestmark = on_each_database


@pytest.fixture
def log(database):
    return AuditLog(database, ManualClock())


def change(database, name):
    with database.write() as connection:
        values = {"id": name, "name": name, "description": "", "created_by": "ada", "created_at": ManualClock().now()}
        connection.execute(insert(datasets).values(values))


def test_a_change_and_its_row_are_one(log, database):
    with request("req-1"), log.recording("ada", "datasets.import_file", "dataset/bank", {"file": "bank.csv"}):
        change(database, "bank")
    (entry,), total = log.page()
    assert (total, entry.actor, entry.verb, entry.subject) == (1, "ada", "datasets.import_file", "dataset/bank")
    assert (entry.details, entry.request_id, entry.at) == ({"file": "bank.csv"}, "req-1", log.clock.now())


def test_what_failed_left_no_row(log, database):
    change(database, "bank")
    with pytest.raises(DBAPIError), log.recording("ada", "datasets.import_file", "dataset/bank"):
        change(database, "bank")
    assert log.page() == ([], 0)


def test_pages_and_filters(log, database):
    for number in range(5):
        with log.recording("ada" if number % 2 else "bob", "datasets.rename", f"dataset/{number}"):
            change(database, str(number))
    newest, total = log.page(offset=1, limit=2)
    assert ([entry.subject for entry in newest], total) == (["dataset/3", "dataset/2"], 5)
    assert [entry.subject for entry in log.page(actor="ada")[0]] == ["dataset/3", "dataset/1"]
    assert log.page(subject="dataset/4")[1] == 1
    assert log.page(subject="dataset/4", actor="ada") == ([], 0)
    assert log.page(verb="datasets.delete") == ([], 0)


def test_the_past_cannot_be_changed(log, database):
    statements = [update(audit).values(actor="nobody"), delete(audit)]
    statements += [text("TRUNCATE audit")] if database.backend == "postgresql" else []
    with log.recording("ada", "datasets.rename", "dataset/bank"):
        pass
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), database.write() as connection:
            connection.execute(statement)
    assert log.page()[1] == 1
