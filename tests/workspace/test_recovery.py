"""kill -9 anything: nothing stays running, no finished trial is lost, the workspace opens again."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import psutil
import pytest

from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.worker_process import WorkerProcess
from modelyard.core.workspace.workspace import Workspace
from tests.waiting import until


@pytest.fixture
def shared(ready):
    """The ready workspace under a shared worker."""
    worker = WorkerProcess(ready.settings)
    yard = Workspace(ready.settings, worker="shared")
    yield yard, worker
    worker.stop()
    yard.close()


def training(yard):
    """Start a long training and return it once two trials have finished, with the processes of its job."""
    run = yard.experiments.automl("flights", "late", "10min", estimators=["lightgbm"])
    until(lambda: len(run.leaderboard().rows) >= 2, 60)
    return run


def test_kill_the_job(shared):
    yard, worker = shared
    run = training(yard)
    for process in _leaves(worker.process.pid):
        process.kill()
    job = yard.jobs.wait(run.info.job_id, timeout=10)
    assert (job.state, run.state) == ("failed", "failed")
    assert "SIGKILL" in job.message
    _nothing_is_lost(yard, run)


def test_kill_the_worker(shared):
    yard, worker = shared
    run = training(yard)
    leaves = _leaves(worker.process.pid)
    os.kill(worker.process.pid, signal.SIGKILL)
    worker.process.wait(10)
    until(lambda: not any(process.is_running() for process in leaves), 10)
    with Workspace(yard.settings, worker="shared") as again:
        assert again.experiments.run(run.id).state == "lost"
        _nothing_is_lost(again, again.experiments.run(run.id))
    second = WorkerProcess(yard.settings)
    try:
        assert yard.experiments.automl("flights", "late", None, n_trials=1).result(timeout=60).state == "succeeded"
    finally:
        second.stop()


def test_kill_the_program(ready):
    """A script that is killed takes its private worker and its jobs with it."""
    script = textwrap.dedent(
        """
        import json, sys
        import modelyard as my
        yard = my.open(sys.argv[1])
        run = yard.experiments.automl("flights", "late", "10min", estimators=["lightgbm"])
        while len(run.leaderboard().rows) < 2:
            yard.jobs.events(limit=1)
        print(json.dumps({"run": run.id}), flush=True)
        sys.stdin.read()
        """
    )
    program = subprocess.Popen(
        [sys.executable, "-c", script, str(ready.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    said = json.loads(program.stdout.readline())
    family = psutil.Process(program.pid).children(recursive=True)
    program.kill()
    program.wait(10)
    program.stdin.close()
    program.stdout.close()
    until(lambda: not any(_alive(process) for process in family), 30)
    with Workspace(Settings.at(ready.root)) as again:
        run = again.experiments.run(said["run"])
        assert run.state == "lost"
        _nothing_is_lost(again, run)


def _leaves(worker_pid):
    """Return the job processes under a worker: the grandchildren that the warm server forked."""
    return [
        each
        for each in psutil.Process(worker_pid).children(recursive=True)
        if not each.children() and each.cpu_times().user > 0.5
    ]


def _alive(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _nothing_is_lost(yard, run):
    assert yard.jobs.list(states=["running"]).total == 0
    assert not any(trial.state == "running" for trial in run.trials())
    assert len(run.leaderboard().rows) >= 2
    model = run.best.register("after-the-kill")
    assert len(model.predict(yard.datasets.get("flights").to_pandas(3))) == 3
