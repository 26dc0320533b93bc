"""Jobs in real processes under a real worker."""

import psutil
import pytest

from modelyard.core.common.errors import InvalidInput, JobCancelled, JobFailed
from modelyard.core.jobs.store import outcome
from modelyard.core.jobs.types import JobState
from tests.databases import on_each_database
from tests.waiting import until


def test_a_job_returns_what_its_function_returned_and_says_what_it_did(store, submit, start_worker, tmp_path):
    start_worker()
    heard = []
    job = store.wait(submit("add", a=1, b=2).id, timeout=30, on_event=heard.append)

    assert outcome(job) == {"sum": 3}
    assert (job.state, job.message, job.progress) == (JobState.SUCCEEDED, "added", 1.0)
    said = [(event.kind, event.payload) for event in heard]
    assert ("log", {"text": "adding"}) in said
    assert ("metric", {"name": "loss", "value": 0.25, "step": 1}) in said
    assert ("progress", {"progress": 0.5, "message": "half way"}) in said
    assert [payload["state"] for kind, payload in said if kind == "state"] == ["queued", "running", "succeeded"]
    assert (tmp_path / "logs" / f"{job.id}.log").read_text() == "adding\n"


def test_a_refusal_keeps_its_words(store, submit, start_worker):
    start_worker()
    job = store.wait(submit("refuse").id, timeout=30)
    with pytest.raises(InvalidInput) as caught:
        outcome(job)
    assert str(caught.value) == "No such thing. (here) Possible: this, that. Choose one."


def test_a_crash_is_told_with_its_traceback_folded_away(store, submit, start_worker):
    start_worker()
    job = store.wait(submit("crash").id, timeout=30)
    with pytest.raises(JobFailed) as caught:
        outcome(job)
    assert str(caught.value) == "ZeroDivisionError: by hand"
    assert "tasks.py" in caught.value.details


@on_each_database
def test_the_character_nul_in_what_a_job_says_is_cleaned(store, submit, start_worker):
    start_worker()
    jobs = [submit("mumble", fails=fails) for fails in (False, True)]
    done, failed = (store.wait(job.id, timeout=30) for job in jobs)
    assert (done.state, done.message, done.result) == (JobState.SUCCEEDED, "do\ufffdne", {"classes": ["x\ufffd"]})
    said = {event.kind: event.payload for event in store.events(job_id=done.id)}
    assert said["progress"]["message"] == "half\ufffdway"
    assert said["trial"] == {"error": {"what": ["a\ufffdb"]}}
    assert said["log"] == {"text": "log\ufffd"}
    with pytest.raises(JobFailed, match="ValueError: bad\ufffdvalue"):
        outcome(failed)


def test_a_job_whose_process_was_killed_has_failed(store, submit, start_worker):
    start_worker()
    job = store.wait(submit("die").id, timeout=30)
    assert job.state is JobState.FAILED
    assert "SIGKILL" in job.message


def test_cancelling_ends_a_process_that_never_looks(store, submit, start_worker, tmp_path):
    start_worker()
    job = submit("block", marker=str(tmp_path / "pid"))
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    store.request_cancel(job.id, actor="somebody")
    ended = store.wait(job.id, timeout=5)
    assert (ended.state, ended.message) == (JobState.CANCELLED, "Cancelled by somebody.")
    until(lambda: not psutil.pid_exists(int((tmp_path / "pid").read_text())), 5)
    with pytest.raises(JobCancelled):
        outcome(ended)


def test_one_heavy_job_at_a_time_and_light_ones_beside_it(store, submit, start_worker, tmp_path):
    start_worker()
    gate = tmp_path / "gate"
    first = submit("hold", weight="heavy", gate=str(gate))
    second = submit("add", weight="heavy", a=1, b=1)
    light = submit("add", a=2, b=2)
    assert store.wait(light.id, timeout=30).state is JobState.SUCCEEDED
    assert store.get(first.id).state is JobState.RUNNING
    assert (store.get(second.id).state, store.get(second.id).place) == (JobState.QUEUED, 1)
    gate.touch()
    assert store.wait(second.id, timeout=30).state is JobState.SUCCEEDED


def test_jobs_of_one_key_run_one_after_the_other_and_wait_once(store, submit, start_worker, tmp_path):
    start_worker()
    first = submit("hold", unique_key="k", gate=str(tmp_path / "gate"))
    until(lambda: store.get(first.id).state is JobState.RUNNING)
    second = submit("add", unique_key="k", a=1, b=1)
    assert submit("add", unique_key="k", a=1, b=1).id == second.id != first.id
    other = store.wait(submit("add", a=1, b=1).id, timeout=30)
    assert other.state is JobState.SUCCEEDED
    assert store.get(second.id).state is JobState.QUEUED
    (tmp_path / "gate").touch()
    assert store.wait(second.id, timeout=30).state is JobState.SUCCEEDED


def test_kill_the_worker_and_the_next_one_ends_its_jobs(store, submit, start_worker, tmp_path):
    worker = start_worker()
    job = submit("block", marker=str(tmp_path / "pid"))
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    worker.kill()
    pid = int((tmp_path / "pid").read_text())
    until(lambda: not psutil.pid_exists(pid), 40)  # a job dies with its worker
    start_worker()
    ended = store.wait(job.id, timeout=10)
    assert (ended.state, ended.message) == (JobState.LOST, "Its worker ended before it did.")


def test_a_stopped_worker_leaves_nothing_running(store, submit, start_worker, tmp_path):
    worker = start_worker()
    job = submit("hold", gate=str(tmp_path / "never"))
    until(lambda: store.get(job.id).state is JobState.RUNNING)
    assert worker.stop() == 0
    assert store.get(job.id).state is JobState.LOST


def test_a_private_worker_runs_the_jobs_of_its_session_only(store, submit, start_worker):
    start_worker(session="mine")
    theirs = submit("add", a=1, b=1, session="theirs")
    mine = submit("add", a=1, b=1, session="mine")
    assert store.wait(mine.id, timeout=30).state is JobState.SUCCEEDED
    assert store.get(theirs.id).state is JobState.QUEUED


def test_the_warm_server_has_imported_what_it_was_told(store, submit, start_worker):
    start_worker(preload=["wave"])
    for module, loaded in (("wave", True), ("turtle", False)):
        assert outcome(store.wait(submit("preloaded", module=module).id, timeout=30)) == {"loaded": loaded}


def test_a_job_that_swallows_memory_is_ended_and_the_next_one_runs(store, submit, start_worker):
    start_worker(memory_limit=400_000_000)
    job = store.wait(submit("swallow").id, timeout=60)
    assert job.state is JobState.FAILED
    assert "400 MB are allowed. Use fewer rows" in job.message
    assert outcome(store.wait(submit("add", a=1, b=1).id, timeout=30)) == {"sum": 2}


def test_a_long_log_is_cut_and_does_not_block(store, submit, start_worker, tmp_path):
    start_worker()
    job = store.wait(submit("shout").id, timeout=60)
    assert job.state is JobState.SUCCEEDED
    text = until(lambda: (tmp_path / "logs" / f"{job.id}.log").read_bytes()[-60:])
    assert b"the log is full" in text
    assert (tmp_path / "logs" / f"{job.id}.log").stat().st_size < 5 << 20
