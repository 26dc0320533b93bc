"""The worker: starts a process for each job, watches it, kills it when asked.

Run as ``python -m modelyard.core.jobs.worker``. It is light and never does the work itself. What it needs to know comes
as one line of JSON on its standard input (a database URL may hold a password, so it is no argument), and it lives as
long as the program that started it keeps that input open, so that nothing outlives a killed supervisor.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from modelyard.core.common.errors import JobFailed
from modelyard.core.common.types import Json
from modelyard.core.jobs.leases import Claim, Leases, finish, recover
from modelyard.core.jobs.memory import default_limit, resident, spoken_bytes
from modelyard.core.jobs.process import Assignment, run
from modelyard.core.jobs.store import JobStore
from modelyard.core.jobs.types import JobState
from modelyard.core.storage.database import Database

TICK_S = 0.05
HEARTBEAT_S = 3.0
MEMORY_S = 0.25
"""Seconds between two looks at what jobs use: long enough to cost nothing, short enough to save the machine."""
DRAIN_S = 15.0
LOG_CAP = 4 << 20


@dataclass(slots=True)
class _Running:
    """A job's process and the thread that keeps its output."""

    claim: Claim
    process: ForkServerProcess
    log: threading.Thread


class Worker:
    """Runs the jobs of one workspace until told to stop.

    Parameters
    ----------
    database_url : str
        Of the workspace; its tables must exist.
    location : dict
        Handed to jobs, so that they can open the workspace.
    logs : Path
        Folder of the log files.
    session : str, optional
        Makes it private: only jobs of this session run.
    preload : sequence of str
        Modules that the warm server imports before it forks.
    memory_limit : int, optional
        Resident bytes that one job with all its processes may use; see `memory.default_limit`.
    """

    def __init__(
        self,
        database_url: str,
        location: Json,
        logs: Path,
        *,
        session: str | None = None,
        preload: tuple[str, ...] = (),
        memory_limit: int | None = None,
    ) -> None:
        self.store = JobStore(Database(database_url))
        self.leases = Leases(self.store, session=session)
        self.location = location
        self.logs = logs
        self.memory_limit = default_limit() if memory_limit is None else memory_limit
        self._running: dict[str, _Running] = {}
        self._stop = threading.Event()
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["modelyard.core.jobs.process", *preload])

    def stop(self) -> None:
        """Ask `serve` to return."""
        self._stop.set()

    def serve(self) -> None:
        """Work until `stop` is called, then end what runs."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.leases.register()
        recover(self.store)
        self._warm_up()
        beat = looked = self.store.clock.monotonic()
        while not self._stop.wait(TICK_S):
            self._reap()
            self._cancel()
            while (claim := self.leases.claim()) is not None:
                self._start(claim)
            if self.store.clock.monotonic() - looked > MEMORY_S:
                looked = self.store.clock.monotonic()
                self._limit_memory()
            if self.store.clock.monotonic() - beat > HEARTBEAT_S:
                beat = self.store.clock.monotonic()
                self.leases.heartbeat()
                recover(self.store)
        self._drain()
        self.leases.retire()
        self.store.database.close()

    def _warm_up(self) -> None:
        """Start the server that forks, so that the first job need not wait for its imports."""
        process = self._context.Process(target=_nothing)
        process.start()
        threading.Thread(target=process.join, daemon=True).start()

    def _start(self, claim: Claim) -> None:
        receiver, sender = self._context.Pipe(duplex=False)
        assignment = Assignment(claim.job.id, claim.target, self.store.database.url, self.location)
        process = self._context.Process(target=run, args=(assignment, sender), name=claim.job.kind)
        process.start()
        sender.close()
        path = self.logs / f"{claim.job.id}.log"
        log = threading.Thread(target=_keep_output, args=(receiver, path), daemon=True)
        log.start()
        self._running[claim.job.id] = _Running(claim, process, log)

    def _cancel(self) -> None:
        if not self._running:
            return
        for job in self.leases.to_cancel():
            if (running := self._running.get(job.id)) is not None:
                _kill(running.process)
            finish(self.store, job.id, JobState.CANCELLED, message=f"Cancelled by {job.cancelled_by}.")

    def _limit_memory(self) -> None:
        """Kill a job before it takes the machine with it."""
        for job_id, running in self._running.items():
            if running.process.pid is None or (used := resident(running.process.pid)) <= self.memory_limit:
                continue
            _kill(running.process)
            error = JobFailed(
                f"The job was ended when it used {spoken_bytes(used)} of memory; "
                f"{spoken_bytes(self.memory_limit)} are allowed.",
                remedy="Use fewer rows or columns, or allow more memory.",
            )
            finish(self.store, job_id, JobState.FAILED, message=str(error), error=error.to_dict())

    def _reap(self) -> None:
        for job_id, running in list(self._running.items()):
            if running.process.is_alive():
                continue
            code = running.process.exitcode
            _kill(running.process)  # what it started and left behind
            running.process.join()
            running.log.join(timeout=1)
            del self._running[job_id]
            error = JobFailed(
                f"The job's process was ended by {_cause(code)}.",
                remedy="If the machine was short of memory, use fewer rows or columns.",
            )
            # a no-op where the job has ended as it should
            finish(self.store, job_id, JobState.FAILED, message=str(error), error=error.to_dict())

    def _drain(self) -> None:
        """Kill what runs; housekeeping gets a moment to end by itself."""
        until = self.store.clock.monotonic() + DRAIN_S
        while any(running.claim.job.hidden for running in self._running.values()):
            self._reap()
            if self.store.clock.monotonic() > until or threading.Event().wait(TICK_S):
                break
        for job_id, running in self._running.items():
            _kill(running.process)
            finish(self.store, job_id, JobState.LOST, message="Its worker was stopped.")


def _nothing() -> None:
    """Be forked."""


def _kill(process: ForkServerProcess) -> None:
    if process.pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.is_alive():
        process.kill()  # killed before it had a group of its own


def _cause(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


def _keep_output(output: Connection, path: Path) -> None:
    """Copy what the job prints to its log file, up to `LOG_CAP` bytes; the rest is read and dropped."""
    kept = 0
    with path.open("ab") as file, output:
        while True:
            try:
                piece = os.read(output.fileno(), 1 << 16)
            except OSError:
                return
            if not piece:
                return
            if kept < LOG_CAP:
                file.write(piece[: LOG_CAP - kept])
                kept += len(piece)
                if kept >= LOG_CAP:
                    file.write(b"\n[the log is full; what follows was dropped]\n")
                file.flush()


def _watch_stdin(worker: Worker) -> None:
    """Stop when the program that started this one has ended."""
    sys.stdin.buffer.read()
    worker.stop()


def main() -> None:
    """Run a worker until its standard input closes or a signal arrives."""
    setup = json.loads(sys.stdin.buffer.readline())
    worker = Worker(
        setup["database"],
        setup["location"],
        Path(setup["logs"]),
        session=setup.get("session"),
        preload=tuple(setup.get("preload", ())),
        memory_limit=setup.get("memory_limit"),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    threading.Thread(target=_watch_stdin, args=(worker,), daemon=True).start()
    worker.serve()


if __name__ == "__main__":
    main()
