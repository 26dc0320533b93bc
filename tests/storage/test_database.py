import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, MetaData, String, Table, insert, select, text
from sqlalchemy.exc import StatementError

from modelyard.core.storage.database import Database, UtcDateTime, sqlite_url

metadata = MetaData()
notes = Table("notes", metadata, Column("name", String), Column("at", UtcDateTime))


@pytest.fixture
def database(tmp_path):
    database = Database(sqlite_url(tmp_path / "a b#c.db"))
    with database.write() as connection:
        metadata.create_all(connection)
    yield database
    database.close()


def test_times_come_back_in_utc_and_naive_ones_are_refused(database):
    east = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=5)))
    with database.write() as connection:
        connection.execute(insert(notes).values(name="east", at=east))
    with database.read() as connection:
        assert connection.execute(select(notes.c.at)).scalar_one() == datetime(2026, 3, 1, 7, tzinfo=UTC)
    with database.read() as connection, pytest.raises(StatementError, match="naive time"):
        connection.execute(insert(notes).values(name="naive", at=datetime(2026, 3, 1)))


def test_an_error_rolls_back(database):
    def fail():
        with database.write() as connection:
            connection.execute(insert(notes).values(name="half"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as connection:
        assert connection.execute(select(notes)).first() is None


def test_read_then_write_in_many_threads_waits_its_turn(database):
    """A deferred transaction would fail with 'database is locked' here, whatever the timeout."""
    failures = []

    def work(number):
        try:
            for step in range(25):
                with database.write() as connection:
                    connection.execute(select(notes)).all()
                    connection.execute(insert(notes).values(name=f"{number}-{step}"))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.read() as connection:
        assert connection.execute(text("SELECT count(DISTINCT name) FROM notes")).scalar_one() == 200
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
