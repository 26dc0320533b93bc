"""Inside a job's own process."""

from __future__ import annotations

import importlib
import io
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any

from modelyard.core.common.request import request
from modelyard.core.common.secret import hide
from modelyard.core.common.types import Json
from modelyard.core.jobs.context import JobContext
from modelyard.core.jobs.leases import finish
from modelyard.core.jobs.memory import own_peak
from modelyard.core.jobs.patience import patiently
from modelyard.core.jobs.priority import give_way
from modelyard.core.jobs.store import JobStore, failure
from modelyard.core.jobs.types import JobState
from modelyard.core.storage.database import Database


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker tells a new process."""

    job_id: str
    worker_id: str
    target: str
    database_url: str
    location: Json


def run(assignment: Assignment, output: Connection) -> None:
    """Do one job: the entry point of its process.

    Parameters
    ----------
    assignment : Assignment
        What to do.
    output : Connection
        Where standard output and error go; the worker keeps them.
    """
    os.setsid()  # a group of its own: the worker kills it with all that it started
    _die_with_worker()
    give_way()
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    output.close()
    sys.stdout, sys.stderr = _Discreet(1), _Discreet(2)
    store = JobStore(Database(assignment.database_url, cleans=True))
    job = patiently(lambda: store.get(assignment.job_id))
    context = JobContext(store, job, assignment.location)
    end = partial(finish, store, job.id, worker_id=assignment.worker_id)
    try:
        with request(job.request_id) if job.request_id else nullcontext():
            result = _function(assignment.target)(context)
    except BaseException as error:
        details = hide(traceback.format_exc())
        print(details, flush=True)
        kept = failure(error, details=details)
        end = partial(end, JobState.FAILED, message=str(kept), error=kept.to_dict())
    else:
        message = str((result or {}).pop("message", "Done"))
        end = partial(end, JobState.SUCCEEDED, message=message, result=result or {})
    context.close()
    patiently(lambda: end(peak_memory=own_peak()))


class _Discreet(io.TextIOWrapper):
    """Standard output that does not print what was revealed."""

    def __init__(self, number: int) -> None:
        raw = open(number, "wb", buffering=0, closefd=False)  # noqa: SIM115
        super().__init__(raw, encoding="utf-8", errors="backslashreplace", write_through=True)

    def write(self, text: str) -> int:
        super().write(hide(text))
        return len(text)


def _function(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def _die_with_worker() -> None:
    """Kill this process group as soon as the worker's process is gone."""
    worker = multiprocessing.parent_process()  # with forkserver this is the worker, not the server
    if worker is None:
        return
    sentinel = worker.sentinel

    def watch() -> None:
        wait([sentinel])
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, name="die-with-worker", daemon=True).start()
