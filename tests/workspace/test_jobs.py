"""Verbs on jobs and notices, and the settings that go to workers."""

import json
import os
from datetime import timedelta

import pytest
from sqlalchemy import update

from modelyard.core.common.actor import Actor
from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.request import request
from modelyard.core.jobs.settings import JobSettings
from modelyard.core.jobs.tables import jobs
from modelyard.core.workspace.settings import Settings


@pytest.fixture
def tiny(tmp_path):
    path = tmp_path / "tiny.csv"
    path.write_text("a,b\n1,2\n")
    return path


def test_all_that_a_request_asks_for_carries_its_id(yard, tiny):
    with request("click-1"):
        yard.datasets.import_file(tiny, "tiny")
    (job,) = yard.jobs.list(kinds=["import"], limit=1)
    assert job.request_id == "click-1"
    assert {event.request_id for event in yard.jobs.events(job_id=job.id)} == {"click-1"}


def test_an_import_that_has_ended_is_a_notice(yard, tiny):
    mine = yard.acting_as(Actor("grace"))
    assert mine.notices.unread() == 0
    mine.datasets.import_file(tiny, "tiny")
    (notice,) = mine.notices.list()
    assert (notice.kind, notice.state, notice.unread) == ("import", "succeeded", True)
    mine.notices.mark_read()
    assert mine.notices.unread() == 0


def test_pruning_keeps_what_the_settings_say(ready):
    before = ready.jobs.list().total
    (job,) = ready.jobs.list(kinds=["train"], limit=1)
    assert ready.jobs.prune().events == 0
    long_ago = ready.clock.now() - timedelta(days=100)
    with ready.database.write() as connection:
        connection.execute(update(jobs).values(ended_at=long_ago))
    for path in ready.settings.logs.iterdir():
        os.utime(path, (long_ago.timestamp(),) * 2)
    assert ready.jobs.log(job.id)
    done = ready.jobs.prune()
    assert done.events > 0
    assert done.logs > 0
    assert done.jobs > 0  # housekeeping
    assert ready.jobs.list().total == before
    assert {event.kind for event in ready.jobs.events()} == {"state"}
    assert ready.jobs.log(job.id) == ""
    assert ready.experiments.run(ready.experiments.runs().items[0].id).state == "succeeded"


def test_the_file_of_settings_speaks_of_jobs_and_the_environment_goes_before_it(tmp_path, monkeypatch):
    (tmp_path / "modelyard.toml").write_text('[jobs]\nmemory_limit = "4GB"\nevents_days = 7\n')
    settings = Settings.at(tmp_path)
    assert settings.jobs == JobSettings(memory_limit=4_000_000_000, events_days=7.0)
    assert Settings.of_job(json.loads(json.dumps(settings.location))) == settings
    monkeypatch.setenv("MODELYARD_MEMORY_LIMIT", "2GB")
    assert Settings.at(tmp_path).jobs.memory_limit == 2_000_000_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("memory_limit = 'much'", "memory_limit 'much' cannot be read"),
        ("memory_limit = '10MB'", "Allow at least 400MB"),
        ("events_days = -1", "events_days is -1.0"),
        ("logs_days = 'x'", "logs_days is 'x'"),
        ("ram = 1", "no setting 'ram'.*Possible: memory_limit"),
    ],
)
def test_settings_of_jobs_that_make_no_sense_are_refused(tmp_path, text, message):
    (tmp_path / "modelyard.toml").write_text(f"[jobs]\n{text}\n")
    with pytest.raises(InvalidInput, match=message):
        Settings.at(tmp_path)
