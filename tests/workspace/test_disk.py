"""What uses the disk, and what goes when it is cleaned: nothing that anybody needs."""

import os
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

import modelyard as my
from modelyard.core.jobs.tables import events, jobs
from modelyard.core.workspace.schema import needed_files
from modelyard.core.workspace.workspace import Workspace

OLD = (1, 1)


@pytest.fixture
def yard(ready):
    with Workspace(ready.settings, actor=my.Actor("ada"), worker="shared") as yard:
        yield yard


def use(yard):
    return {each.kind: each for each in yard.disk.usage()}


def age(yard):
    """Make every file old."""
    for path in yard.root.rglob("*"):
        if path.suffix not in (".db", ".db-wal", ".db-shm"):
            os.utime(path, OLD)


def test_usage_adds_up_by_kind(yard):
    found = use(yard)
    version = yard.datasets.get("flights").version
    assert found["datasets"].files == len(version.parts) + 1
    assert found["datasets"].bytes > version.bytes * 0.5
    assert found["profiles"].files == 2  # the profile, and what the checks found
    models = {trial.model_key for trial in yard.experiments.run(yard.experiments.runs().items[0].id).trials()} - {None}
    assert found["models"].files == len(models)
    assert (found["unused"].files, found["other"].files) == (0, 0)
    assert found["database"].bytes >= (yard.root / "modelyard.db").stat().st_size
    assert found["mlflow"].bytes > 100_000
    assert found["logs"].files >= 1
    yard.artifacts.put_bytes(b"x" * 1000)
    assert use(yard)["unused"].bytes == 1000
    assert yard.disk.free() > 0


def test_cleaning_spares_what_is_needed_and_what_is_new(yard):
    needed = set()
    with yard.database.read() as connection:
        needed = needed_files(connection)
    age(yard)
    new = yard.artifacts.put_bytes(b"new", ".bin").key
    old = yard.artifacts.put_bytes(b"old", ".bin").key
    os.utime(yard.artifacts.path(old), OLD)
    would = yard.disk.clean(dry_run=True)
    assert yard.artifacts.exists(old)
    cleaned = yard.disk.clean()
    assert would.uses == cleaned.uses
    assert {each.kind: each.files for each in cleaned.uses}["unused"] == 1
    assert {each.key for each in yard.artifacts.list()} == needed | {new}
    assert yard.doctor(deep=True).checks[3].state == "good"
    assert yard.disk.clean().bytes == 0


def test_a_file_that_is_stored_again_in_the_same_moment_is_kept(yard):
    """Same bytes, same name: whoever stored them last must find them."""
    before = yard.clock.now() - timedelta(hours=1)
    stop, lost = threading.Event(), []

    def store_again():
        while not stop.is_set():
            key = yard.artifacts.put_bytes(b"same", ".bin").key
            if not yard.artifacts.exists(key):
                lost.append(key)

    key = yard.artifacts.put_bytes(b"same", ".bin").key
    os.utime(yard.artifacts.path(key), OLD)
    assert yard.artifacts.delete_unused(key, before)
    thread = threading.Thread(target=store_again)
    thread.start()
    outcomes = {yard.artifacts.delete_unused(key, before) for _ in range(300)}
    stop.set()
    thread.join()
    assert outcomes == {False}
    assert yard.artifacts.exists(key)


def test_caches_uploads_and_leftovers_go(yard):
    model = yard.models.get("flights-late")
    model.predict(yard.datasets.get("flights").to_pandas(3))
    with yard.datasets.uploads.receive("rows.csv") as (_, file):
        file.write(b"x" * 10)
    (yard.artifacts.root / "tmp").mkdir(exist_ok=True)
    (yard.artifacts.root / "tmp" / "part_half").write_bytes(b"half")
    assert {each.kind for each in yard.disk.clean(dry_run=True).uses} == set()
    age(yard)
    assert {each.kind for each in yard.disk.clean().uses} == {"copies", "temporary", "uploads"}
    assert use(yard)["copies"].files == 0
    assert len(model.predict(yard.datasets.get("flights").to_pandas(3))) == 3  # made again


def test_what_jobs_said_and_printed_goes_after_a_while(yard):
    job = yard.jobs.list(kinds=["train"]).items[0]
    said = len(yard.jobs.events(job_id=job.id))
    assert yard.disk.clean().events == 0
    long_ago = yard.clock.now() - timedelta(days=200)
    with yard.database.write() as connection:
        connection.execute(update(jobs).values(ended_at=long_ago))
        connection.execute(insert(events).values(job_id="x", at=long_ago, kind="log", payload={}))
    age(yard)
    would, done = yard.disk.clean(dry_run=True), yard.disk.clean()
    assert done.events > 0
    assert {each.kind for each in done.uses} - {"copies"} == {"logs"}
    assert would == replace(done, dry_run=True)
    assert 0 < len(yard.jobs.events(job_id=job.id)) < said  # how it ended stays
    assert yard.jobs.log(job.id) == ""
    assert yard.jobs.get(job.id).state == "succeeded"
