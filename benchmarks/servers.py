"""Servers for the benchmarks of the browser: the workbench in a filled workspace, and a bare page beside it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil

import modelyard as my
from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.worker_process import WorkerProcess
from modelyard.core.workspace.workspace import Workspace

UP = "from modelyard.cli import main; main()"


class Server:
    """A command that serves HTTP, in a session of its own as a service would have it."""

    def __init__(self, *command: str, health: str = "") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, *(part.replace("PORT", str(self.port)) for part in command)],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
        )
        while not self._answers(self.url + health):
            if self.process.poll() is not None or time.perf_counter() - self.started > 120:
                raise RuntimeError("The server did not start.")
            time.sleep(0.02)
        self.answered_s = time.perf_counter() - self.started

    @classmethod
    def bare(cls) -> Self:
        """Serve the least that can be served."""
        return cls(str(Path(__file__).parent / "bare_page.py"), "PORT")

    @classmethod
    def workbench(cls, root: Path) -> Self:
        """Serve a workspace as people do."""
        return cls("-c", UP, "up", "--workspace", str(root), "--port", "PORT", health="api/health")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    @property
    def web(self) -> psutil.Process:
        """The process that answers."""
        family = [psutil.Process(self.process.pid)]
        family += family[0].children(recursive=True)
        found = [each for each in family if "modelyard.web" in each.cmdline()]
        return (found or family)[0]

    @staticmethod
    def _answers(url: str) -> bool:
        with suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
        return False


def fill(root: Path) -> None:
    """Make a workspace with a dataset, a finished run and a model."""
    settings = Settings.at(root)
    with Workspace(settings, actor=my.Actor("bench"), worker="shared") as yard:
        worker = WorkerProcess(settings)
        try:
            flights = yard.datasets.sample("flights")
            run = yard.experiments.automl(flights, "late", "60s", n_trials=6).result(timeout=180)
            run.best.register("flights-late", alias="champion")
        finally:
            worker.stop()


def cpu(process: psutil.Process) -> float:
    """CPU seconds of a process so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def quantiles(seconds: Sequence[float]) -> str:
    """Return p50, p95, p99 and the maximum in milliseconds."""
    values = sorted(seconds)
    at = [values[int(share * (len(values) - 1))] for share in (0.5, 0.95, 0.99, 1.0)]
    return " ".join(f"{1000 * value:7.0f}" for value in at)


def chromium_path() -> str:
    """Return the machine's own Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return found or sys.exit("This benchmark needs Chromium (on Debian: apt-get install chromium).")
