"""Break a workspace in every way that the doctor knows, and see it said; then see it put right."""

import os
import shutil
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import insert, text, update

import modelyard as my
from modelyard.core.jobs.tables import jobs, workers
from modelyard.core.storage.migrations import HEAD
from modelyard.core.tracking.tables import runs
from modelyard.core.workspace import doctor as module
from modelyard.core.workspace.doctor import examine
from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.workspace import Workspace

TITLES = [
    "folder",
    "database",
    "tables",
    "missing files",
    "changed files",
    "unused files",
    "jobs",
    "copy in MLflow",
    "disk space",
    "key of secrets",
]


@pytest.fixture
def yard(ready):
    with Workspace(ready.settings, actor=my.Actor("ada"), worker="shared") as yard:
        yield yard


def found(yard, title, **options):
    report = examine(yard.settings, **options)
    assert [check.title for check in report.checks] == TITLES
    assert [check.number for check in report.checks] == list(range(1, 11))
    for check in report.checks:
        assert check.message.endswith((".", ":")) or check.state != "good"
        assert (check.remedy != "") == (check.state in ("warning", "problem") and not check.repaired), check
    return report.checks[TITLES.index(title)]


def test_a_sound_workspace_is_called_sound(yard):
    report = yard.doctor(deep=True)
    assert report.healthy
    assert {check.state for check in report.checks if check.title != "disk space"} == {"good"}


def test_a_missing_file(yard):
    key = yard.datasets.get("flights").version.parts[0]
    yard.artifacts.delete(key)
    check = found(yard, "missing files")
    assert (check.state, key in check.message) == ("problem", True)
    assert not yard.doctor().healthy


def test_a_changed_file_is_seen_when_looking_deep(yard):
    path = yard.artifacts.path(yard.datasets.get("flights").version.parts[0])
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert found(yard, "changed files").state == "skipped"
    check = found(yard, "changed files", deep=True)
    assert (check.state, path.name in check.message) == ("problem", True)


def test_unused_files(yard):
    key = yard.artifacts.put_bytes(b"nobody names me", ".bin").key
    assert found(yard, "unused files").state == "good"  # it may belong to work that still goes on
    os.utime(yard.artifacts.path(key), (0, 0))
    assert found(yard, "unused files").message == "1 stored files (0.0 MB) are not needed."


def test_a_job_that_lost_its_worker(yard):
    job = yard.submit("predict", "nowhere:nothing", {}, title="Predict")
    with yard.database.write() as connection:
        connection.execute(update(jobs).where(jobs.c.id == job.id).values(state="running", worker_id="worker_gone"))
    check = found(yard, "jobs")
    assert (check.repaired, check.message) == (True, "1 jobs had lost their worker and were ended.")
    assert yard.jobs.get(job.id).state == "lost"


def test_jobs_that_nobody_runs(yard):
    job = yard.submit("predict", "nowhere:nothing", {}, title="Predict")
    with yard.database.write() as connection:
        connection.execute(update(jobs).values(created_at=yard.clock.now() - timedelta(hours=2)))
    assert found(yard, "jobs").message == "1 jobs wait, and no worker lives."
    with yard.database.write() as connection:
        now = yard.clock.now()
        values = {"id": "w", "host": "elsewhere", "pid": 1, "process_started": 0.0, "started_at": now}
        connection.execute(insert(workers).values(**values, heartbeat_at=now))
    assert found(yard, "jobs").state == "good"
    assert socket.gethostname() != "elsewhere"
    assert yard.jobs.get(job.id).state == "queued"


def test_rows_that_mlflow_refused(yard):
    with yard.database.write() as connection:
        connection.execute(update(runs).values(mirror_attempts=3, mirror_error="It burst.\nBadly."))
    check = found(yard, "copy in MLflow")
    assert (check.state, check.message) == ("warning", "1 rows could not be copied to MLflow: It burst.")
    assert found(yard, "copy in MLflow", repair=True).repaired
    assert found(yard, "copy in MLflow").state == "good"


def test_little_space(yard, monkeypatch):
    monkeypatch.setattr(module, "LOW_BYTES", 1 << 60)
    assert found(yard, "disk space").state == "warning"


def test_a_key_that_is_lost_or_open_to_others(yard):
    yard.secrets.set("warehouse", "hunter2")
    assert found(yard, "key of secrets").state == "good"
    yard.settings.secret_key.chmod(0o644)
    assert found(yard, "key of secrets").remedy == f"Run: chmod 600 {yard.settings.secret_key}"
    assert found(yard, "key of secrets", repair=True).repaired
    assert found(yard, "key of secrets").state == "good"
    yard.settings.secret_key.unlink()
    check = found(yard, "key of secrets")
    assert (check.state, "is missing" in check.message) == ("problem", True)


def test_a_damaged_database(yard):
    yard.close()
    path = yard.root / "modelyard.db"
    data = bytearray(path.read_bytes())
    for start in range(4096 * 3, len(data) - 4096, 4096 * 4):
        data[start : start + 2000] = os.urandom(2000)
    path.write_bytes(data)
    check = found(yard, "database")
    assert (check.state, "damaged" in check.message) == ("problem", True)
    assert found(yard, "jobs").state == "skipped"
    assert found(yard, "disk space").state in ("good", "warning")


def test_a_file_that_is_no_database(yard):
    yard.close()
    (yard.root / "modelyard.db").write_bytes(b"not a database at all" * 1000)
    assert "The database file is damaged" in found(yard, "database").message
    with pytest.raises(my.ModelyardError, match="The database file is damaged"):
        Workspace(yard.settings)


def test_newer_and_older_tables(yard):
    with yard.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "A newer Modelyard" in found(yard, "tables").message
    assert found(yard, "jobs").state == "skipped"


def test_tables_of_the_first_version_are_brought_up_to_date(tmp_path):
    from modelyard.core.storage.database import Database
    from modelyard.core.storage.migrations import upgrade

    settings = Settings.at(tmp_path / "old")
    settings.make()
    database = Database(settings.database_url)
    upgrade(database, "0001")
    database.close()
    assert examine(settings).checks[2].remedy == "Run `modelyard upgrade`."
    assert examine(settings, repair=True).checks[2].message == f"The tables were brought from 0001 to {HEAD}."
    assert examine(settings).healthy


def test_no_workspace_at_all(tmp_path):
    for root in (tmp_path / "gone", tmp_path):
        report = examine(Settings.at(root))
        assert (report.checks[0].state, report.healthy) == ("problem", False)
        assert not (root / "modelyard.db").exists()


def test_a_server_that_is_away(postgres, tmp_path):
    (tmp_path / "yard").mkdir()
    report = examine(Settings.at(f"postgresql://ada@/x?host={tmp_path}", tmp_path / "yard"))
    assert "does not answer" in report.checks[1].message


def test_on_postgresql(postgres, tmp_path):
    settings = Settings.at(postgres.url(postgres.create()), tmp_path / "yard")
    with Workspace(settings, worker="shared") as yard:
        assert yard.doctor(deep=True).healthy


def test_the_command_tells_by_its_exit_code(yard):
    def doctor():
        command = [sys.executable, "-c", "from modelyard.cli import main; main()", "doctor", "-w", str(yard.root)]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"}
        )

    assert doctor().returncode == 0
    shutil.rmtree(yard.root / "artifacts" / "objects")
    done = doctor()
    assert (done.returncode, "stored files are missing" in done.stdout) == (1, True)
