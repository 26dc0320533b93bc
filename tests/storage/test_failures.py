"""Full, read-only, damaged, too new, killed half-way: a clear error each time, and nothing lost."""

import os
import shutil
import subprocess
import sys
import textwrap

import pytest
from sqlalchemy import create_engine, insert, inspect, select, text

from modelyard.core.common.errors import Conflict, Integrity, ModelyardError, Unavailable
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.storage.audit import AuditLog
from modelyard.core.storage.database import Database, sqlite_url
from modelyard.core.storage.migrations import HEAD, revision, upgrade
from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.workspace import Workspace
from tests.databases import on_each_database


def note(database, size):
    with AuditLog(database).recording("ada", "test", "workspace", {"text": "x" * size}):
        pass


def test_a_full_disk_loses_nothing_that_was_committed(small_disk, sqlite_template):
    shutil.copy(sqlite_template, small_disk / "modelyard.db")
    database = Database(sqlite_url(small_disk / "modelyard.db"))
    written = 0

    def fill():
        nonlocal written
        while True:
            note(database, 200_000)
            written += 1

    with pytest.raises(Unavailable, match="The disk that holds the database is full") as caught:
        fill()
    assert "modelyard clean" in str(caught.value)
    assert written > 5
    assert AuditLog(database).page(limit=1)[1] == written
    database.close()
    again = Database(database.url)
    assert AuditLog(again).page(limit=1)[1] == written
    with again.read() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    again.close()


def test_a_workspace_on_a_full_disk_says_so(small_disk):
    (small_disk / "filler").write_bytes(bytes(shutil.disk_usage(small_disk).free - 8192))
    with pytest.raises(ModelyardError, match=r"full|cannot be made") as caught:
        Workspace(Settings.at(small_disk / "yard"), worker="shared")
    (small_disk / "filler").unlink()
    Workspace(Settings.at(small_disk / "yard"), worker="shared").close()  # and works once there is space
    assert "No space left" in str(caught.value) or "full" in str(caught.value)


def test_a_read_only_folder_says_so(read_only):
    with pytest.raises(Unavailable, match="cannot be made or written to"):
        Workspace(Settings.at(read_only / "yard"), worker="shared")


def test_a_read_only_database_can_be_read(tmp_path, sqlite_template, postgres):
    name = postgres.create()
    database = Database(postgres.url(name))
    upgrade(database)
    note(database, 1)
    database.close()
    postgres.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    with pytest.raises(Unavailable, match="The database is read-only"):
        note(database, 1)
    assert AuditLog(database).page()[1] == 1
    database.close()


@pytest.mark.parametrize("damage", ["header", "pages"])
def test_a_damaged_database_file_says_so_and_is_left_alone(tmp_path, sqlite_template, damage):
    path = tmp_path / "modelyard.db"
    shutil.copy(sqlite_template, path)
    data = bytearray(path.read_bytes())
    if damage == "header":
        data[:100] = os.urandom(100)
    else:
        for start in range(4096, len(data), 4096):
            data[start : start + 3000] = os.urandom(3000)
    path.write_bytes(data)
    before = path.read_bytes()
    database = Database(sqlite_url(path))
    for use in (upgrade, lambda database: note(database, 1)):
        with pytest.raises(Integrity, match="The database file is damaged") as caught:
            use(database)
    assert "modelyard doctor" in str(caught.value)
    assert path.read_bytes() == before
    database.close()


@on_each_database
def test_a_newer_workspace_is_refused_by_everything(database_url, tmp_path):
    database = Database(database_url)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    settings = Settings.at(database_url, tmp_path) if database.backend == "postgresql" else Settings.at(tmp_path)
    with pytest.raises(Conflict, match="made by a newer Modelyard"):
        Workspace(settings, worker="shared")


KILLED = """
    import sys
    from sqlalchemy import event
    from modelyard.core.storage.database import Database
    from modelyard.core.storage.migrations import upgrade

    database, left = Database(sys.argv[1]), int(sys.argv[2])

    @event.listens_for(database._engine, "after_cursor_execute")
    def count(connection, cursor, statement, *_):
        global left
        left -= statement.lstrip().upper().startswith(("CREATE", "ALTER", "DROP", "UPDATE", "INSERT"))
        if left == 0:
            print("here", flush=True)
            sys.stdin.read()

    upgrade(database)
    print("done", flush=True)
"""


@on_each_database
@pytest.mark.parametrize("start", [None, "0001"])
@pytest.mark.parametrize("statements", [1, 4, 9])
def test_a_killed_migration_is_done_by_the_next(empty_database_url, start, statements):
    """kill -9 in its middle: all of it is undone, nobody is locked out, and the next one brings it to its end."""
    database = Database(empty_database_url)
    if start is not None:
        upgrade(database, start)
        database.close()
    command = [sys.executable, "-c", textwrap.dedent(KILLED), empty_database_url, str(statements)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout.readline() == "here\n"
        process.kill()
    assert revision(database) == start
    if start is None:
        with database.read() as connection:
            assert inspect(connection).get_table_names() == []
    upgrade(database)
    assert revision(database) == HEAD
    note(database, 1)
    database.close()


@on_each_database
def test_what_was_there_before_a_migration_is_there_afterwards(empty_database_url):
    from modelyard.core.datasets.tables import datasets

    database = Database(empty_database_url)
    upgrade(database, "0001")
    with database.write() as connection:
        values = {"id": "d", "name": "bank", "description": "", "created_at": database.now(), "created_by": "ada"}
        connection.execute(insert(datasets).values(values))
    upgrade(database)
    with database.read() as connection:
        assert connection.execute(select(datasets.c.name)).scalar_one() == "bank"
    database.close()


def test_other_people_tables_in_the_database_do_not_matter(postgres, tmp_path):
    """A PostgreSQL database that is used for something else, too."""
    url = postgres.url(postgres.create())
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA theirs"))
        connection.execute(text("CREATE TABLE theirs.jobs (id int)"))
    engine.dispose()
    with Workspace(Settings.at(url, tmp_path / "yard"), worker="shared") as yard:
        assert yard.jobs.list().total == 0
        assert ArtifactStore(tmp_path / "x").put_bytes(b"x")
