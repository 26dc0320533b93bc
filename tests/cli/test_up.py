"""The supervisor, its web process and its worker: real processes, killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import psutil
import pytest

from modelyard.core.jobs.leases import living_workers
from modelyard.core.workspace.workspace import Workspace
from tests.waiting import until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Up:
    """`modelyard up`, running."""

    def __init__(self, root):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-c", "from modelyard.cli import main; main()", "up"]
        self.process = subprocess.Popen(
            [*command, "-w", str(root), "--port", str(self.port)], stdout=subprocess.PIPE, text=True
        )

    def healthy(self):
        try:
            with urllib.request.urlopen(f"{self.url}/api/health", timeout=2) as answer:
                return json.load(answer) == {"status": "ok"}
        except OSError:
            return False

    def part(self, name):
        for child in psutil.Process(self.process.pid).children():
            if name in " ".join(child.cmdline()):
                return child
        return None

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(40)
        self.process.stdout.close()


@pytest.fixture
def up(ready):
    up = Up(ready.root)
    until(up.healthy, 60)
    yield up
    up.close()


def test_it_says_where_it_is_and_ends_cleanly(up, ready):
    assert up.url in up.process.stdout.readline()
    until(lambda: living_workers(ready.job_store), 30)
    family = psutil.Process(up.process.pid).children(recursive=True)
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(40) == 0
    until(lambda: not [process for process in family if process.is_running()], 20)
    assert living_workers(ready.job_store) == 0


def test_kill_the_web_process_and_a_training_goes_on(up, ready):
    """A job survives the web process, which is started again and shows the same."""
    until(lambda: living_workers(ready.job_store), 30)
    with Workspace(ready.settings, worker="shared") as yard:
        run = yard.experiments.automl("flights", "late", "10min", estimators=["catboost"])
        until(lambda: len(run.leaderboard().rows) >= 1, 60)
        web = up.part("modelyard.web")
        web.kill()
        until(lambda: not web.is_running() or web.status() == psutil.STATUS_ZOMBIE)
        seen = len(run.leaderboard().rows)
        until(up.healthy, 60)
        assert up.part("modelyard.web").pid != web.pid
        until(lambda: len(run.leaderboard().rows) > seen, 60)
        assert run.state == "running"
        run.cancel()
        assert yard.jobs.wait(run.info.job_id, timeout=10).state == "cancelled"


def test_kill_the_worker_and_it_comes_back(up, ready):
    until(lambda: living_workers(ready.job_store), 30)
    with Workspace(ready.settings, worker="shared") as yard:
        run = yard.experiments.automl("flights", "late", "10min", estimators=["catboost"])
        until(lambda: len(run.leaderboard().rows) >= 2, 60)
        up.part("modelyard.core.jobs.worker").kill()
        lost = yard.jobs.wait(run.info.job_id, timeout=30)  # the next worker notices
        assert lost.state == "lost"
        assert len(run.leaderboard().rows) >= 2
        assert run.best.register("survivor").version == 1
        assert yard.models.predict_row("survivor", {"carrier": "UA"}).result(timeout=60).value in ("yes", "no")


def test_kill_the_supervisor_and_nothing_is_left(up):
    until(lambda: up.part("modelyard.core.jobs.worker"), 30)
    family = psutil.Process(up.process.pid).children(recursive=True)
    os.kill(up.process.pid, signal.SIGKILL)
    up.process.wait(10)
    until(lambda: not [process for process in family if process.is_running()], 40)


def test_a_port_in_use_is_said(ready):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-c", "from modelyard.cli import main; main()", "up", "-w", str(ready.root)]
        done = subprocess.run([*command, "--port", str(port)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 6
    assert done.stderr == (
        f"Error: Port {port} of 127.0.0.1 is in use. Stop what uses it, or choose another one with --port.\n"
    )


def test_pages_of_other_sites_get_nothing(up):
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        request = urllib.request.Request(f"{up.url}/api/health", headers=headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        assert refused.value.code == 403
        refused.value.close()


def test_files_come_in_and_go_out(up, ready):
    """A file is streamed in, imported, predicted, and the result is fetched."""

    def post(name, body):
        request = urllib.request.Request(f"{up.url}/api/uploads?name={name}", data=body, method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    received = post("new.csv", b"carrier,distance\nUA,100\n")
    assert received["name"] == "new.csv"
    assert received["size"] == 24
    with pytest.raises(urllib.error.HTTPError) as refused:
        post("nothing.csv", b"")
    body = json.load(refused.value)
    assert refused.value.code == 422
    assert body["error"]["what"] == "The file is empty."
    refused.value.close()
    until(lambda: living_workers(ready.job_store), 30)
    with Workspace(ready.settings, worker="shared") as yard:
        sample = yard.datasets.get("flights")
        handle = yard.models.predict_file("flights-late", sample, wait=False)
        handle.result(timeout=60)
    with urllib.request.urlopen(f"{up.url}/api/jobs/{handle.id}/result", timeout=30) as answer:
        assert "attachment" in answer.headers["content-disposition"]
        assert answer.readline().rstrip().endswith(b'"probability of yes"')
