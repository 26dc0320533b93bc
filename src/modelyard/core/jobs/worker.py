"""The worker: starts a process for each job, watches it, kills it when asked.

Run as ``python -m modelyard.core.jobs.worker``. It is light and never does the work itself. What it needs to know comes
as one line of JSON on its standard input (a database URL may hold a password, so it is no argument), and it lives as
long as the program that started it keeps that input open, so that nothing outlives a killed supervisor.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from modelyard.core.common.errors import JobFailed, ModelyardError, Unavailable
from modelyard.core.common.request import log_with_request
from modelyard.core.common.types import Json
from modelyard.core.jobs.chores import CHORES_S, Chore, submit_due
from modelyard.core.jobs.leases import Claim, Leases, finish, note_peak_memory, recover
from modelyard.core.jobs.memory import default_limit, resident, spoken_bytes
from modelyard.core.jobs.output import keep_output
from modelyard.core.jobs.process import Assignment, run
from modelyard.core.jobs.retention import prune
from modelyard.core.jobs.store import JobStore
from modelyard.core.jobs.types import JobState
from modelyard.core.storage.database import Database

TICK_S = 0.05
HEARTBEAT_S = 3.0
MEMORY_S = 0.25
"""Seconds between two looks at what jobs use: long enough to cost nothing, short enough to save the machine."""
DRAIN_S = 15.0
RETRY_S = 0.5
STARTS = 5
"""So many failed starts in a row, and the worker ends: a new one has a new server, and its socket in /tmp is there."""

STEADY_S, DEATHS = 2.0, 5
"""A standing job that dies so soon after its start, so often in a row, is not started again."""

PRUNE_S = 3600.0

log = logging.getLogger("modelyard.worker")


@dataclass(slots=True)
class _Running:
    """A job's process, the thread that keeps its output, and what the worker has decided about it."""

    claim: Claim
    process: ForkServerProcess
    log: threading.Thread
    at_start: int = 0
    peak: int = 0
    verdict: _Verdict | None = None


@dataclass(frozen=True, slots=True)
class _Verdict:
    """How a job ends that the worker kills."""

    state: JobState
    message: str
    error: Json | None = None


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
        Resident bytes that one job with all its processes may use, unless it was submitted with a limit of its own;
        see `memory.default_limit`.
    keep : dict, optional
        ``events_days`` and ``logs_days``, as of `retention.prune`, which this worker calls once an hour.
    chores : sequence of Chore
        What is to be done without anybody asking for it.
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
        keep: Mapping[str, float] | None = None,
        chores: Sequence[Chore] = (),
    ) -> None:
        self.store = JobStore(Database(database_url))
        self.leases = Leases(self.store, session=session)
        self.location = location
        self.logs = logs
        self.memory_limit = default_limit() if memory_limit is None else memory_limit
        self.keep = dict(keep or {})
        self.chores = tuple(chores)
        self._running: dict[str, _Running] = {}
        self._failed_starts = 0
        self._early_deaths: Counter[str] = Counter()
        self.broken = False
        self._beat = self._looked = self.store.clock.monotonic()
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
        threading.Thread(target=self._keep_pruning, name="prune", daemon=True).start()
        if self.chores:
            threading.Thread(target=self._keep_house, name="chores", daemon=True).start()
        while not self._stop.wait(TICK_S):
            try:
                self._tick()
            except Unavailable as error:  # what runs goes on, and waits for the database too
                log.warning("%s", error)
                self._stop.wait(RETRY_S)
        with suppress(Unavailable):  # the next worker writes down what we cannot
            self._drain()
            self.leases.retire()
        self.store.database.close()

    def _tick(self) -> None:
        now = self.store.clock.monotonic()
        if now - self._looked > MEMORY_S:
            self._looked = now
            self._limit_memory()
        self._reap()
        self._cancel()
        while (claim := self.leases.claim()) is not None:
            if not self._start(claim):
                self._stop.wait(RETRY_S)
                break
        if now - self._beat > HEARTBEAT_S:
            self._beat = now
            self._agree(self.leases.heartbeat())
            recover(self.store)

    def _agree(self, owned: set[str]) -> None:
        """Make what runs here and what the database thinks runs here the same; an outage may have split them."""
        for job_id, running in self._running.items():
            if job_id in owned or running.verdict is not None:
                continue
            if self.store.get(job_id).state not in (JobState.SUCCEEDED, JobState.FAILED):  # it did not end by itself
                self._kill(running, _Verdict(JobState.LOST, "It was taken from its worker."))
        for job_id in owned - self._running.keys():
            self.leases.give_back(job_id)

    def _warm_up(self) -> None:
        """Start the server that forks, so that the first job need not wait for its imports."""
        process = self._context.Process(target=_nothing)
        try:
            process.start()
        except (OSError, EOFError) as error:  # it was killed; the first job starts another one
            log.warning("The warm server could not be started: %r", error)
            return
        threading.Thread(target=process.join, daemon=True).start()

    def _keep_pruning(self) -> None:
        while True:
            try:
                prune(self.store, self.logs, **self.keep)
            except ModelyardError as error:
                log.warning("What ended jobs said could not be pruned: %s", error)
            if self._stop.wait(PRUNE_S):
                return

    def _keep_house(self) -> None:
        while not self._stop.wait(CHORES_S):
            for chore in self.chores:
                try:
                    submit_due(self.store, chore, self.leases.session)
                except Exception as error:  # also of a chore's own: the others are done nevertheless
                    log.warning("It is not known whether %r is due: %s", chore.kind, error)

    def _start(self, claim: Claim) -> bool:
        receiver, sender = self._context.Pipe(duplex=False)
        job, url = claim.job, self.store.database.url
        assignment = Assignment(job.id, self.leases.worker_id, claim.target, url, self.location)
        process = self._context.Process(target=run, args=(assignment, sender), name=claim.job.kind)
        try:
            process.start()
        except (OSError, EOFError) as error:  # the warm server was killed; the next start makes another one
            receiver.close()
            self._cannot_start(claim.job.id, error)
            return False
        finally:
            sender.close()
        arguments = (receiver, self.logs / f"{claim.job.id}.log", claim.job.request_id)
        output = threading.Thread(target=keep_output, args=arguments, daemon=True)
        output.start()
        self._running[claim.job.id] = _Running(claim, process, output, resident(process.pid or 0))
        self._failed_starts = 0
        return True

    def _cannot_start(self, job_id: str, error: Exception) -> None:
        """Put the job back for another try, and make room for another worker if starts fail again and again."""
        log.warning("A job could not be started: %r", error)
        self.leases.give_back(job_id)
        self._failed_starts += 1
        if self._failed_starts >= STARTS:
            self.broken = True
            self.stop()

    def _cancel(self) -> None:
        if not self._running:
            return
        for job in self.leases.to_cancel():
            if (running := self._running.get(job.id)) is not None:
                self._kill(running, _Verdict(JobState.CANCELLED, f"Cancelled by {job.cancelled_by}."))

    def _limit_memory(self) -> None:
        """Kill a job before it takes the machine with it."""
        for running in self._running.values():
            if running.process.pid is None:
                continue
            used = resident(running.process.pid)
            running.peak = max(running.peak, used)
            limit = running.claim.job.memory_limit or self.memory_limit
            if used > limit:
                error = JobFailed(
                    f"The job was ended when it used {spoken_bytes(used)} of memory, "
                    f"{spoken_bytes(running.at_start)} of it before it began; {spoken_bytes(limit)} are allowed.",
                    remedy="Use fewer rows or columns, or allow more memory.",
                )
                self._kill(running, _Verdict(JobState.FAILED, str(error), error.to_dict()))

    def _kill(self, running: _Running, verdict: _Verdict) -> None:
        if running.verdict is None:
            running.verdict = verdict
        kill_group(running.process)

    def _reap(self) -> None:
        for job_id, running in list(self._running.items()):
            if running.process.is_alive():
                continue
            verdict = running.verdict or _died(running.process.exitcode)
            kill_group(running.process)  # what it started and left behind
            running.process.join()
            running.log.join(timeout=1)
            if self._goes_on(running):
                self.leases.give_back(job_id)
            else:
                # a no-op where the job has ended as it should, or another worker has it
                self._finish(job_id, verdict, running.peak)
                note_peak_memory(self.store, job_id, running.peak)
            del self._running[job_id]  # last: where the database does not answer, the next look tries again

    def _goes_on(self, running: _Running) -> bool:
        """Tell whether a job is to run again: a standing one that was killed, but not one that dies again and again."""
        job = running.claim.job
        if running.verdict is not None or job.weight != "standing" or job.started_at is None:
            return False
        steady = (self.store.clock.now() - job.started_at).total_seconds() > STEADY_S
        self._early_deaths[job.id] = 0 if steady else self._early_deaths[job.id] + 1
        return self.store.get(job.id).state is JobState.RUNNING and self._early_deaths[job.id] < DEATHS

    def _finish(self, job_id: str, verdict: _Verdict, peak: int | None = None) -> None:
        finish(
            self.store,
            job_id,
            verdict.state,
            message=verdict.message,
            error=verdict.error,
            peak_memory=peak or None,
            worker_id=self.leases.worker_id,
        )

    def _drain(self) -> None:
        """Kill what runs; housekeeping gets a moment to end by itself."""
        until = self.store.clock.monotonic() + DRAIN_S
        while any(running.claim.job.hidden for running in self._running.values()):
            self._reap()
            if self.store.clock.monotonic() > until or threading.Event().wait(TICK_S):
                break
        for running in self._running.values():
            kill_group(running.process)
        for job_id, running in self._running.items():
            if running.claim.job.weight == "standing" and running.verdict is None:
                self.leases.give_back(job_id, to_all=True)
            else:
                self._finish(job_id, _Verdict(JobState.LOST, "Its worker was stopped."))


def _nothing() -> None:
    """Be forked."""


def kill_group(process: ForkServerProcess) -> None:
    """Kill a job's process with all that it started."""
    if process.pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.is_alive():
        process.kill()  # killed before it had a group of its own


def _died(code: int | None) -> _Verdict:
    """Return the end of a job whose process ended without a word."""
    cause = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
    error = JobFailed(
        f"The job's process was ended by {cause}.",
        remedy="If the machine was short of memory, use fewer rows or columns.",
    )
    return _Verdict(JobState.FAILED, str(error), error.to_dict())


def _watch_stdin(worker: Worker) -> None:
    """Stop when the program that started this one has ended."""
    # not sys.stdin.read: its lock, held by a thread of this kind, is fatal to an interpreter that ends meanwhile
    while os.read(sys.stdin.fileno(), 1 << 12):
        pass
    worker.stop()


def main() -> None:
    """Run a worker until its standard input closes or a signal arrives."""
    log_with_request()
    setup = json.loads(sys.stdin.buffer.readline())
    worker = Worker(
        setup["database"],
        setup["location"],
        Path(setup["logs"]),
        session=setup.get("session"),
        preload=tuple(setup.get("preload", ())),
        memory_limit=setup.get("memory_limit"),
        keep=setup.get("keep", {}),
        chores=[Chore(**each) for each in setup.get("chores", ())],
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    threading.Thread(target=_watch_stdin, args=(worker,), daemon=True).start()
    worker.serve()
    if worker.broken:
        sys.exit("The worker could not start any job and has ended.")


if __name__ == "__main__":
    main()
