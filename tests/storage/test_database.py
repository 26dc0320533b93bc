import math
import multiprocessing
import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import JSON, Column, Integer, MetaData, String, Table, func, insert, select, text
from sqlalchemy.exc import StatementError

from modelyard.core.common.errors import InvalidInput, Unavailable
from modelyard.core.storage import database as module
from modelyard.core.storage.clock import DatabaseClock
from modelyard.core.storage.database import Database, UtcDateTime, parse_url, sqlite_url
from tests.databases import on_each_database

pytestmark = on_each_database
metadata = MetaData()
notes = Table("notes", metadata, Column("name", String), Column("at", UtcDateTime))
steps = Table("steps", metadata, Column("id", Integer, primary_key=True), Column("who", Integer), Column("facts", JSON))


@pytest.fixture
def database(empty_database_url):
    database = Database(empty_database_url)
    with database.write() as connection:
        metadata.create_all(connection)
    yield database
    database.close()


def test_a_file_may_have_any_name(tmp_path):
    database = Database(sqlite_url(tmp_path / "a b#c%20.db"))
    with database.write() as connection:
        metadata.create_all(connection)
    assert (tmp_path / "a b#c%20.db").is_file()
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
    """A deferred transaction would fail with 'database is locked' on SQLite here, whatever the timeout."""
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


def test_sqlite_writes_ahead(tmp_path):
    database = Database(sqlite_url(tmp_path / "yard.db"))
    with database.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    database.close()


def _count(url, who, steps_each, together):
    database = Database(url)
    together.wait(60)
    for _ in range(steps_each):
        with database.write() as connection:
            seen = connection.execute(select(func.count()).select_from(steps)).scalar_one()
            connection.execute(insert(steps).values(who=who, facts={"seen": seen}))
    database.close()


def test_processes_take_turns_and_each_sees_what_was_committed_before(database):
    """Write skew would show as two rows that have seen the same number of rows."""
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(3)
    processes = [context.Process(target=_count, args=(database.url, who, 20, together)) for who in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    with database.read() as connection:
        rows = connection.execute(select(steps).order_by(steps.c.id)).all()
    assert [row.facts["seen"] for row in rows] == list(range(60))


def test_ids_are_committed_in_their_order(database):
    """Whoever follows ids must never see 7 before 6: the second writer waits for the first to commit."""
    first_wrote, let_commit, order = threading.Event(), threading.Event(), []

    def first():
        with database.write() as connection:
            connection.execute(insert(steps).values(who=1))
            first_wrote.set()
            let_commit.wait(10)
            order.append("first")

    def second():
        first_wrote.wait(10)
        with database.write() as connection:
            order.append("second")
            connection.execute(insert(steps).values(who=2))

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    first_wrote.wait(10)
    with database.read() as connection:
        assert connection.execute(select(steps)).all() == []  # and a reader does not wait
    let_commit.set()
    for thread in threads:
        thread.join()
    assert order == ["first", "second"]
    with database.read() as connection:
        assert connection.execute(select(steps.c.who).order_by(steps.c.id)).scalars().all() == [1, 2]


def test_a_reader_sees_one_state(database):
    with database.read() as reader:
        assert reader.execute(select(notes)).all() == []
        with database.write() as connection:
            connection.execute(insert(notes).values(name="new"))
        assert reader.execute(select(notes)).all() == []
    with database.read() as reader:
        assert len(reader.execute(select(notes)).all()) == 1


def test_a_writer_that_waits_too_long_is_told(database, monkeypatch):
    monkeypatch.setattr(module, "BUSY_TIMEOUT_S", 0.2)
    other = Database(database.url)
    with database.write(), pytest.raises(Unavailable, match="Another process keeps the database locked"), other.write():
        pass
    other.close()


def test_numbers_that_json_does_not_know_become_null(database):
    facts = {"loss": math.nan, "worst": [math.inf, 1.5], "name": "ok"}
    with database.write() as connection:
        connection.execute(insert(steps).values(who=1, facts=facts))
    with database.read() as connection:
        assert connection.execute(select(steps.c.facts)).scalar_one() == {
            "loss": None,
            "worst": [None, 1.5],
            "name": "ok",
        }


def test_values_never_become_part_of_an_error(database):
    with pytest.raises(Exception, match=r"no column|does not exist") as caught, database.write() as connection:
        connection.execute(text("INSERT INTO notes (wrong) VALUES (:x)"), {"x": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_what_joins_is_committed_with_the_change_or_not_at_all(database):
    def join(connection):
        connection.execute(insert(notes).values(name="joined"))

    def names():
        with database.read() as connection:
            return connection.execute(select(notes.c.name)).scalars().all()

    def change(fail):
        with database.joining(join):
            with database.write() as connection:
                connection.execute(insert(steps).values(who=1))
                if fail:
                    raise ZeroDivisionError
            with database.write() as connection:
                connection.execute(insert(steps).values(who=2))

    with pytest.raises(ZeroDivisionError):
        change(fail=True)
    assert names() == []
    change(fail=False)
    assert names() == ["joined"]
    with database.joining(join):
        pass  # nothing was changed: it is still written
    assert names() == ["joined", "joined"]
    with database.write() as connection:
        connection.execute(insert(steps).values(who=3))
    assert names() == ["joined", "joined"]


def test_the_clock_is_the_databases(database, monkeypatch):
    clock = DatabaseClock(database)
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 60
    assert clock.now() <= clock.now()
    monkeypatch.setattr(module, "datetime", _Wrong)  # this machine's clock goes wrong
    drift = abs((clock.now() - datetime.now(UTC)).total_seconds())
    assert drift > 3000 if database.backend == "sqlite" else drift < 60
    assert clock.monotonic() <= time.monotonic()


class _Wrong(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(hours=1)


@pytest.mark.parametrize(
    "url", ["nonsense", "", "mysql://root:hunter2@host/db", "http://host/hunter2", "postgresql://u:hunter2@host:port/x"]
)
def test_a_url_that_names_no_database_of_ours_is_refused(url):
    with pytest.raises(InvalidInput, match="Possible: sqlite") as caught:
        Database(url)
    assert "hunter2" not in str(caught.value)


def test_a_password_is_not_shown():
    database = Database("postgresql://ada:hunter2@host/yard")
    assert repr(database) == "Database('postgresql+psycopg://ada:***@host/yard')"
    assert parse_url(database.url).password == "hunter2"


def test_a_server_that_is_not_there_and_one_that_refuses(postgres, tmp_path):
    missing = Database(f"postgresql://ada:hunter2@/yard?host={tmp_path}")
    with pytest.raises(Unavailable, match="does not answer") as caught, missing.read():
        pass
    assert "hunter2" not in str(caught.value)
    name = postgres.create()
    wrong = parse_url(postgres.url(name)).set(password="hunter2")
    refused = Database(wrong.render_as_string(hide_password=False))
    with pytest.raises(Unavailable, match="refused this user's password") as caught, refused.read():
        pass
    assert "hunter2" not in str(caught.value) + str(caught.value.details)
    nowhere = Database(parse_url(postgres.url("nowhere")).render_as_string(hide_password=False))
    with pytest.raises(Unavailable, match="no such database"), nowhere.write():
        pass
