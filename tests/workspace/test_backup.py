"""A backup becomes the same workspace again, on either database; a damaged one is refused."""

import hashlib
import json
import shutil
import stat
import subprocess
import sys
import zipfile

import psutil
import pytest
from sqlalchemy import insert, select

import modelyard as my
from modelyard.core.common.errors import AlreadyExists, Conflict, Integrity, NotFound, Unavailable
from modelyard.core.jobs.tables import events
from modelyard.core.storage.dump import dump
from modelyard.core.storage.migrations import HEAD
from modelyard.core.storage.tables import audit
from modelyard.core.workspace import backup as module
from modelyard.core.workspace.restore import restore
from modelyard.core.workspace.schema import KEPT
from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.workspace import Workspace


@pytest.fixture
def yard(ready):
    """The ready workspace with a prediction and a secret in it; no worker runs."""
    with Workspace(ready.settings, actor=my.Actor("ada"), worker="shared") as yard:
        yard.secrets.set("warehouse", "hunter2")
        yield yard


@pytest.fixture
def saved(yard, tmp_path):
    return yard.backup(tmp_path / "yard.zip")


def rows(yard, table):
    """Return the rows of a table as they would be backed up, without what a restore changes on purpose."""
    dropped = {"mirrored_revision", "mlflow_id", "mirror_attempts", "mirror_error", "mirrored_state"}
    with yard.database.read() as connection:
        lines = [json.loads(line) for line in dump(connection, table)]
    return [{name: value for name, value in line.items() if name not in dropped} for line in lines]


def same(first, second):
    """Assert that two workspaces hold the same, but for the audit of what was done to them since."""
    for table in KEPT:
        if table is not audit:
            assert rows(first, table) == rows(second, table), table.name
    with first.database.read() as connection:
        before = connection.execute(select(audit.c.id, audit.c.verb)).all()
    with second.database.read() as connection:
        after = connection.execute(select(audit.c.id, audit.c.verb)).all()
    assert after[: len(before) - 1] == before[: len(after[: len(before) - 1])]
    assert after[-1].verb == "restore"
    assert {each.key for each in first.artifacts.list()} == {each.key for each in second.artifacts.list()}
    assert first.jobs.log(first.jobs.list(kinds=["train"]).items[0].id) == second.jobs.log(
        second.jobs.list(kinds=["train"]).items[0].id
    )


def test_what_a_backup_holds(yard, saved, tmp_path):
    assert (saved.path, saved.missing, saved.with_key) == (tmp_path / "yard.zip", (), False)
    assert saved.files == len(list(yard.artifacts.list()))
    assert stat.S_IMODE(saved.path.stat().st_mode) == 0o600
    with zipfile.ZipFile(saved.path) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["revision"] == HEAD
    assert manifest["tables"]["jobs"]["rows"] == yard.jobs.list(hidden=True).total
    assert not any("key" in name.split("/")[-1].split(".") for name in names)
    assert b"hunter2" not in saved.path.read_bytes()
    entry = yard.audit.list(verb="backup").items[0]
    assert (entry.actor, entry.details) == ("ada", {"file": "yard.zip", "with_key": False})


def test_there_and_back_on_sqlite(yard, saved, tmp_path):
    settings = restore(saved.path, Settings.at(tmp_path / "again"), actor=my.Actor("bob"))
    with Workspace(settings, worker="shared") as again:
        same(yard, again)
        assert len(again.models.get("flights-late@champion").predict(again.datasets.get("flights").to_pandas(3))) == 3
        with pytest.raises(Integrity, match="The key of the secrets is missing"):
            again.secrets.set("other", "x")
        report = again.doctor()
        assert [check.title for check in report.checks if check.state == "problem"] == ["key of secrets"]


def test_sqlite_to_postgresql_and_back(yard, saved, postgres, tmp_path):
    folder = tmp_path / "on-postgres"
    settings = restore(saved.path, Settings.at(postgres.url(postgres.create()), folder))
    with Workspace(settings, worker="shared") as moved:
        same(yard, moved)
        with moved.database.write() as connection:  # ids that grow go on behind those that were restored
            last = connection.execute(select(events.c.id).order_by(events.c.id.desc()).limit(1)).scalar_one()
            values = {"job_id": "x", "at": moved.clock.now(), "kind": "log", "payload": {}}
            made = connection.execute(insert(events).values(values)).inserted_primary_key
            assert made[0] == last + 1
            connection.execute(events.delete().where(events.c.id == made[0]))
        second = moved.backup(tmp_path / "second.zip")
        settings = restore(second.path, Settings.at(tmp_path / "home"))
        with Workspace(settings, worker="shared") as home:
            same(moved, home)


def test_the_key_comes_along_only_when_asked_for(yard, tmp_path):
    info = yard.backup(tmp_path / "with-key.zip", with_key=True)
    assert info.with_key
    settings = restore(info.path, Settings.at(tmp_path / "again"))
    assert stat.S_IMODE(settings.secret_key.stat().st_mode) == 0o600
    with Workspace(settings, worker="shared") as again:
        again.secrets.set("other", "x")
        assert again.doctor().healthy


def test_jobs_that_had_not_ended_are_lost_and_all_is_mirrored_again(yard, tmp_path):
    waiting = yard.submit("predict", "nowhere:nothing", {}, title="Predict")
    info = yard.backup(tmp_path / "yard.zip")
    assert yard.jobs.get(waiting.id).state == "queued"
    settings = restore(info.path, Settings.at(tmp_path / "again"))
    with Workspace(settings, worker="shared") as again:
        job = again.jobs.get(waiting.id)
        assert (job.state, job.message) == ("lost", "It had not ended when the backup was made.")
        assert again.jobs.events(job_id=waiting.id)[-1].payload["state"] == "lost"
        from modelyard.core.tracking.mirror import Mirror

        mirror = Mirror(
            again.database, again.artifacts, settings.mlflow_url, settings.mlflow_artifacts, model_loader=""
        )
        assert mirror.pending() > 3


def test_an_old_backup_is_brought_up_to_date(yard, tmp_path):
    """A backup of the first revision: its tables lack what came later."""
    info = yard.backup(tmp_path / "yard.zip")
    old = tmp_path / "old.zip"
    later = {"request_id", "memory_limit", "peak_memory", "pruned_at", "quality_key", "relations_key", "tags"}
    with zipfile.ZipFile(info.path) as source, zipfile.ZipFile(old, "w") as target:
        manifest = json.loads(source.read("manifest.json"))
        manifest["revision"] = "0001"
        first = {"datasets", "dataset_versions", "events", "experiments", "jobs", "models", "model_versions"}
        first |= {"model_aliases", "runs", "trials"}
        manifest["tables"] = {name: facts for name, facts in manifest["tables"].items() if name in first}
        for name, facts in manifest["tables"].items():
            facts["columns"] = {each: kind for each, kind in facts["columns"].items() if each not in later}
            lines = []
            for line in source.read(f"rows/{name}.jsonl").splitlines():
                row = {each: value for each, value in json.loads(line).items() if each not in later}
                lines.append(json.dumps(row).encode() + b"\n")
            data = b"".join(lines)
            facts["sha256"] = hashlib.sha256(data).hexdigest()
            target.writestr(f"rows/{name}.jsonl", data)
        for name in source.namelist():
            if name.startswith("files/"):
                target.writestr(name, source.read(name))
        target.writestr("manifest.json", json.dumps(manifest))
    with Workspace(restore(old, Settings.at(tmp_path / "again")), worker="shared") as again:
        assert again.experiments.runs().total == yard.experiments.runs().total
        assert again.doctor().healthy


def test_damage_is_noticed(saved, tmp_path):
    data = bytearray(saved.path.read_bytes())
    with zipfile.ZipFile(saved.path) as archive:
        largest = max(archive.infolist(), key=lambda member: member.compress_size)
    data[largest.header_offset + len(largest.filename) + 60] ^= 0xFF
    (tmp_path / "damaged.zip").write_bytes(data)
    settings = Settings.at(tmp_path / "again")
    with pytest.raises(Integrity, match="The backup is damaged"):
        restore(tmp_path / "damaged.zip", settings)
    with pytest.raises(Conflict, match="has not come to its end"):
        Workspace(settings)
    assert not settings.root.joinpath("modelyard.db").exists()
    restore(saved.path, settings)  # another go, with a good file
    with Workspace(settings, worker="shared") as again:
        assert again.datasets.list().total == 1


def test_changed_rows_are_noticed(saved, tmp_path):
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(saved.path) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(b"flights", b"fliHHts") if name == "rows/datasets.jsonl" else data)
    with pytest.raises(Integrity, match="rows of 'datasets' in the backup are damaged"):
        restore(changed, Settings.at(tmp_path / "again"))


@pytest.mark.parametrize("content", [b"", b"no zip", None])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "other.zip"
    if content is None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("hello.txt", "hello")
    else:
        path.write_bytes(content)
    with pytest.raises(Integrity, match=r"The backup is damaged|no backup of a workspace"):
        restore(path, Settings.at(tmp_path / "again"))
    assert not (tmp_path / "again").exists()


def test_places_that_are_not_empty_are_refused(yard, saved, postgres, tmp_path):
    with pytest.raises(Conflict, match="this folder is not empty"):
        restore(saved.path, yard.settings)
    name = postgres.create()
    settings = Settings.at(postgres.url(name), tmp_path / "one")
    restore(saved.path, settings)
    with pytest.raises(Conflict, match="this database is not empty"):
        restore(saved.path, Settings.at(postgres.url(name), tmp_path / "two"))
    with pytest.raises(AlreadyExists, match="already a file"):
        yard.backup(saved.path)
    with pytest.raises(NotFound, match="no such backup"):
        restore(tmp_path / "gone.zip", Settings.at(tmp_path / "three"))


def test_a_newer_backup_is_refused(saved, tmp_path):
    newer = tmp_path / "newer.zip"
    with zipfile.ZipFile(saved.path) as source, zipfile.ZipFile(newer, "w") as target:
        manifest = json.loads(source.read("manifest.json")) | {"revision": "9999"}
        target.writestr("manifest.json", json.dumps(manifest))
    with pytest.raises(Conflict, match="made by a newer Modelyard"):
        restore(newer, Settings.at(tmp_path / "again"))


def test_what_is_missing_is_named_and_the_rest_is_saved(yard, tmp_path):
    gone = yard.datasets.get("flights").version.parts[0]
    yard.artifacts.delete(gone)
    info = yard.backup(tmp_path / "yard.zip")
    assert info.missing == (gone,)
    with Workspace(restore(info.path, Settings.at(tmp_path / "again")), worker="shared") as again:
        assert again.models.get("flights-late").scores


def test_a_dataset_that_is_deleted_meanwhile_does_not_spoil_it(yard, tmp_path, monkeypatch):
    copy_file, calls = module._copy_file, []

    def delete_first(yard, archive, key):
        if not calls:
            yard.datasets.delete("flights")
        calls.append(key)
        return copy_file(yard, archive, key)

    monkeypatch.setattr(module, "_copy_file", delete_first)
    info = yard.backup(tmp_path / "yard.zip")
    assert info.missing == ()
    with Workspace(restore(info.path, Settings.at(tmp_path / "again")), worker="shared") as again:
        assert again.datasets.list().total == 0


def test_hostile_names_in_a_backup_stay_inside(saved, tmp_path):
    hostile = tmp_path / "hostile.zip"
    shutil.copy(saved.path, hostile)
    with zipfile.ZipFile(hostile, "a") as archive:
        archive.writestr("logs/../../../evil.log", "x")
        archive.writestr("../evil.txt", "x")
        archive.writestr("files/../../evil", "x")
        archive.writestr(f"files/{'a' * 64}/../../../../evil", "x")
    with Workspace(restore(hostile, Settings.at(tmp_path / "in" / "again")), worker="shared"):
        assert not list(tmp_path.rglob("evil*"))


def test_memory_is_bounded(yard, tmp_path):
    """200,000 events go through the backup and back in a few megabytes."""
    job = yard.jobs.list().items[0].id
    now = yard.clock.now()
    values = [{"job_id": job, "at": now, "kind": "log", "payload": {"text": "x" * 500}} for _ in range(1000)]
    for _ in range(100):
        with yard.database.write() as connection:
            connection.execute(insert(events), values)
    before = psutil.Process().memory_info().rss
    info = yard.backup(tmp_path / "yard.zip")
    restore(info.path, Settings.at(tmp_path / "again"))
    assert info.rows > 100_000
    assert psutil.Process().memory_info().rss - before < 60_000_000


def test_a_full_disk_leaves_no_half_backup(yard, small_disk):
    (small_disk / "filler").write_bytes(bytes(shutil.disk_usage(small_disk).free - 100_000))
    with pytest.raises(Unavailable, match="The disk is full"):
        yard.backup(small_disk / "yard.zip")
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


def test_the_command_line(yard, tmp_path):
    def modelyard(*arguments):
        command = [sys.executable, "-c", "from modelyard.cli import main; main()", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = modelyard("backup", tmp_path / "yard.zip", "-w", yard.root)
    assert done.returncode == 0, done.stderr
    assert "rows" in done.stdout
    done = modelyard("restore", tmp_path / "yard.zip", "--workspace", tmp_path / "again")
    assert done.returncode == 0, done.stderr
    shutil.copy(yard.root / "secret.key", tmp_path / "again")
    done = modelyard("doctor", "--deep", "-w", tmp_path / "again")
    assert done.returncode == 0, done.stdout
    assert "problem" not in done.stdout
    again = modelyard("restore", tmp_path / "yard.zip", "-w", tmp_path / "again")
    assert (again.returncode, again.stderr.count("\n")) == (8, 1)
    assert "is not empty" in again.stderr
    done = modelyard("upgrade", "-w", tmp_path / "again")
    assert f"The tables are at {HEAD}." in done.stdout
