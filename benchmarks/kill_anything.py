"""kill -9 of jobs, the worker, its warm server, the web process and the database, at random moments amid work.

Small imports (some through the web process), trainings and registrations are asked for all the time; with --sources
also incremental imports from a table that grows, whose datasets must hold each row of it exactly once in the end. After
the last kill everything is left to end, and then the workspace is examined: nothing that was acknowledged may be lost,
nothing be there twice, nothing be left running, and each file that a row names must be there with the right bytes.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))  # for the database server and the examination, which tests share

from tests.jobs.examination import Promises, examine

from modelyard.core.common.errors import Unavailable
from modelyard.core.jobs.leases import living_workers
from modelyard.core.jobs.types import JobState
from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.worker_process import WorkerProcess
from modelyard.core.workspace.workspace import Workspace

ROWS = 120
TRIALS = 2
QUEUE = 4
KINDS = {"append": {}, "merge": {"key": "id"}}
"""Datasets that grow from a source, with --sources."""

MARK = "MODELYARD_KILL_ANYTHING"
WEIGHTS = {"job": 5, "worker": 1, "warm server": 1, "web": 2, "database": 2}
AMID_WORK = 0.75
"""How often the moment is one at which a job runs; else it may be while something is still starting."""

OPEN = [JobState.QUEUED, JobState.RUNNING]


class Web:
    """The web process."""

    def __init__(self, settings: Settings) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "modelyard.web", "--workspace", str(settings.root)]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), "--until-stdin-closes"],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def upload(self, name: str, data: bytes) -> str:
        """Send a file and return the id that the web process acknowledged."""
        import json

        url = f"http://127.0.0.1:{self.port}/api/uploads?name={urllib.parse.quote(name)}"
        with urllib.request.urlopen(urllib.request.Request(url, data, method="POST"), timeout=5) as answer:
            return str(json.load(answer)["upload"])

    def stop(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)


@dataclass
class Stage:
    """The processes of one workspace, and what was asked of it."""

    settings: Settings
    dice: random.Random
    server: object | None = None
    worker: WorkerProcess = field(init=False)
    web: Web = field(init=False)
    promises: Promises = field(default_factory=Promises)
    uploaded: list[str] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    number: int = 0
    sources: bool = False

    def __post_init__(self) -> None:
        self.yard = Workspace(self.settings, worker="shared")
        self.worker, self.web = WorkerProcess(self.settings), Web(self.settings)
        self.stopping = threading.Event()
        self.uploader = threading.Thread(target=self._keep_uploading, daemon=True)
        self.uploader.start()
        if self.sources:
            self.shop = self.settings.root.parent / "shop.db"
            with closing(sqlite3.connect(self.shop)) as shop, shop:
                shop.execute("CREATE TABLE orders (id INTEGER, moment INTEGER, amount REAL)")
            self.grow()
            self.yard.sources.add("shop", "sqlite", path=str(self.shop))

    # what is asked for

    def ask(self) -> None:
        """Keep a few jobs waiting; what is acknowledged becomes a promise."""
        try:
            while self.yard.jobs.list(states=OPEN, limit=1).total < QUEUE:
                self._ask_one()
        except Unavailable:
            pass  # the database is away: it is not known whether the last one was taken, so nothing was promised

    def _ask_one(self) -> None:
        self.number += 1
        name = f"data-{self.number}"
        imported = [name for name, job in self.promises.imports.items() if self._succeeded(job)]
        choice = self.dice.random()
        if self.sources and self.dice.random() < 0.5:
            self.grow()
            self.bring(self.dice.choice(list(KINDS)))
        elif choice < 0.4 and imported:
            run = self.yard.experiments.automl(
                self.dice.choice(imported),
                "y",
                None,
                n_trials=TRIALS,
                name=name,
                estimators=["lightgbm"],
            )
            self.promises.runs[run.id] = run.info.job_id
        elif choice < 0.6 and self.uploaded:
            self.promises.imports[name] = self.yard.datasets.import_upload(self.uploaded.pop(0), name).id
        elif choice < 0.75 and (done := self._trained_run()) is not None:
            version = self.yard.experiments.run(done).best.register(f"model-{self.number % 5}")
            self.promises.models.add((version.name, version.version))
        else:
            path = self.settings.root.parent / f"{name}.csv"
            path.write_bytes(table(self.number))
            self.promises.imports[name] = self.yard.datasets.import_file(path, name, wait=False).id

    def grow(self) -> None:
        """Add rows to the table that is imported again and again, and change an old one."""
        with closing(sqlite3.connect(self.shop)) as shop, shop:
            (rows,) = shop.execute("SELECT count(*) FROM orders").fetchone()
            shop.execute(
                "UPDATE orders SET moment = ?, amount = -1 WHERE id = ?", (rows + 1, self.dice.randrange(rows + 1))
            )
            new = [(rows + i, rows + 1 + i // 10, self.dice.random()) for i in range(50)]
            shop.executemany("INSERT INTO orders VALUES (?, ?, ?)", new)

    def bring(self, kind: str, **options: object) -> object:
        """Import what is new in it."""
        item, growth = "orders", KINDS[kind]
        return self.yard.datasets.import_from(
            "shop", item, name=f"grown-{kind}", incremental="moment", **growth, **{"wait": False, **options}
        )

    def wrong_growth(self) -> list[str]:
        """Bring what is left, and return where a dataset does not hold each row of the table once."""
        with closing(sqlite3.connect(self.shop)) as shop:
            there = shop.execute("SELECT id, moment, amount FROM orders ORDER BY id").fetchall()
        wrong = []
        for kind in KINDS:
            frame = self.bring(kind, wait=True).to_pandas().sort_values(["id", "moment"])
            held = list(frame[["id", "moment", "amount"]].itertuples(index=False, name=None))
            if kind == "append":  # an old row that changed comes again
                held = [row for row in held if row in set(there)]
            if held != there:
                wrong.append(f"the dataset grown-{kind} holds {len(held)} rows of {len(there)}")
        return wrong

    def _trained_run(self) -> str | None:
        done = [run for run, job in self.promises.runs.items() if self._succeeded(job)]
        return self.dice.choice(done) if done else None

    def _succeeded(self, job_id: str) -> bool:
        return self.yard.jobs.get(job_id).state is JobState.SUCCEEDED

    def _keep_uploading(self) -> None:
        number = 0
        while not self.stopping.wait(0.2):
            number += 1
            if len(self.uploaded) < 3:
                with suppress(OSError, ValueError):
                    self.uploaded.append(self.web.upload(f"upload-{number}.csv", table(1000 + number)))

    # what is killed

    def kill(self, pause: float) -> str:
        """Kill one thing at a random moment, start it again where nobody else would, and return what it was."""
        weights = WEIGHTS if self.server else {name: each for name, each in WEIGHTS.items() if name != "database"}
        (victim,) = self.dice.choices(list(weights), list(weights.values()))
        if victim in ("job", "database") or self.dice.random() < AMID_WORK:
            self._wait_for_work()
        time.sleep(self.dice.uniform(0, pause))
        found = {"job": self._job_processes(), "warm server": self._warm_servers()}.get(victim, [])
        if victim == "worker":
            self.worker.process.kill()
            self.worker.process.wait()
            self.worker = WorkerProcess(self.settings)
        elif victim == "web":
            self.web.process.kill()
            self.web.process.wait()
            self.web = Web(self.settings)
        elif victim == "database":
            crash(self.server)
            time.sleep(self.dice.uniform(0, 1))
            self.server.start()
        else:
            with suppress(psutil.Error, IndexError):
                self.dice.choice(found).kill()
                self.killed[victim] += 1
            return victim
        self.killed[victim] += 1
        return victim

    def _wait_for_work(self) -> None:
        """Wait until a job has a process that does something."""
        end = time.monotonic() + 60
        while time.monotonic() < end and not self._job_processes():
            self.supervise()
            self.ask()
            time.sleep(0.02)

    def _warm_servers(self) -> list[psutil.Process]:
        with suppress(psutil.Error):
            children = psutil.Process(self.worker.process.pid).children()
            return [each for each in children if "forkserver" in " ".join(each.cmdline())]
        return []

    def _job_processes(self) -> list[psutil.Process]:
        with suppress(psutil.Error):
            return [each for server in self._warm_servers() for each in server.children(recursive=True)]
        return []

    def supervise(self) -> None:
        """Start again what ended by itself."""
        if not self.worker.alive:
            self.killed["(the worker ended by itself)"] += 1
            self.worker = WorkerProcess(self.settings)
        if self.web.process.poll() is not None:
            self.killed["(the web process ended by itself)"] += 1
            self.web = Web(self.settings)

    def settle(self, seconds: float = 300) -> None:
        """Let all work come to its end, the copy to MLflow too."""
        self.stopping.set()
        self.uploader.join()
        end = time.monotonic() + seconds
        self.wait_until_idle(end)
        self.yard.mirror_soon()
        self.wait_until_idle(end)

    def wait_until_idle(self, end: float) -> None:
        """Wait for all jobs, hidden ones too."""
        while self.yard.jobs.list(states=OPEN, hidden=True, limit=1).total:
            self.supervise()
            if time.monotonic() > end:
                left = [(job.kind, job.state, job.message) for job in self.yard.jobs.list(states=OPEN, hidden=True)]
                raise SystemExit(f"MISSED: left open: {left}; living workers: {living_workers(self.yard.job_store)}")
            time.sleep(0.1)

    def close(self) -> None:
        """End all processes."""
        self.stopping.set()
        self.web.stop()
        self.worker.stop()
        self.yard.close()


def table(seed: int) -> bytes:
    """Return a small CSV file, another one for each seed."""
    dice = random.Random(seed)
    rows = [(dice.random(), dice.randrange(9), dice.random()) for _ in range(ROWS)]
    lines = [f"{a:.6f},{b},{'yes' if a + 0.3 * c > 0.6 else 'no'}" for a, b, c in rows]
    return "\n".join([f"a,b{seed},y", *lines, ""]).encode()


def crash(server: object) -> None:
    """Kill a database server with all its processes."""
    root = psutil.Process(server.process.pid)
    family = [root, *root.children(recursive=True)]
    for process in family:
        with suppress(psutil.Error):
            process.kill()
    server.process.wait()
    psutil.wait_procs(family, 10)


def left_behind(server: object | None) -> list[str]:
    """Return processes of this benchmark that are still there; the database server may be."""
    found = []
    stays = None if server is None else server.process.pid
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.pid == os.getpid() or stays in (process.pid, process.ppid()):
                continue
            if process.environ().get(MARK) == os.environ[MARK]:
                found.append(f"{process.pid} {' '.join(process.cmdline())[:100]}")
    return found


def play(settings: Settings, options: argparse.Namespace, server: object | None) -> int:
    """Kill, settle, examine; return the exit code."""
    dice = random.Random(options.seed)
    stage = Stage(settings, dice, server, sources=options.sources)
    start = time.monotonic()
    try:
        while not living_workers(stage.yard.job_store):
            time.sleep(0.05)
        while sum(stage.killed.values()) < options.kills:
            stage.supervise()
            stage.ask()
            victim = stage.kill(options.pause)
            if options.verbose:
                print(f"{time.monotonic() - start:6.0f} s {victim:<12} {dict(stage.killed)}", flush=True)
        stage.settle()
        wrong = examine(
            stage.yard, stage.promises, trials=TRIALS, rows=ROWS, growing=[f"grown-{kind}" for kind in KINDS]
        )
        wrong += stage.wrong_growth() if options.sources else []
    finally:
        stage.close()
    end = time.monotonic() + 20
    while (left := left_behind(server)) and time.monotonic() < end:
        time.sleep(0.2)
    wrong += [f"still there: {each}" for each in left]
    report(stage, wrong, time.monotonic() - start)
    return 1 if wrong else 0


def report(stage: Stage, wrong: list[str], seconds: float) -> None:
    """Print what was killed and what was found."""
    with Workspace(stage.settings, worker="shared") as yard:
        listed = list(all_jobs(yard))
    ends = Counter(f"{job.kind} {job.state}" for job in listed)
    reasons = Counter(job.message[:110] for job in listed if job.state is JobState.FAILED)
    print(f"{sum(stage.killed.values())} kills in {seconds:.0f} s: {dict(stage.killed)}")
    print(f"jobs: {dict(sorted(ends.items()))}")
    for reason, count in reasons.most_common(8):
        print(f"  {count} failed: {reason}")
    kept = stage.promises
    print(f"acknowledged: {len(kept.imports)} imports, {len(kept.runs)} runs, {len(kept.models)} model versions")
    for each in wrong:
        print(f"WRONG: {each}")
    print(f"bar: nothing lost, doubled or left running, every file right: {'MISSED' if wrong else 'held'}")


def all_jobs(yard: Workspace):
    """Yield all jobs that are listed."""
    offset = 0
    while page := yard.jobs.list(offset, 500).items:
        yield from page
        offset += len(page)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between two kills at most")
    parser.add_argument("--postgresql", action="store_true", help="in a PostgreSQL server, which is killed too")
    parser.add_argument("--sources", action="store_true", help="also incremental imports from a source")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    os.environ[MARK] = f"{os.getpid()}-{time.time_ns()}"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "yard"
        if not options.postgresql:
            return play(Settings.at(root), options, None)
        from tests.services.postgres import server

        running = server()
        try:
            return play(Settings.at(running.url(running.create()), root), options, running)
        finally:
            running.stop()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
