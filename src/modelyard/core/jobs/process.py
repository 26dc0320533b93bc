"""Inside a job's own process."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from modelyard.core.common.types import Json
from modelyard.core.jobs.context import JobContext
from modelyard.core.jobs.leases import finish
from modelyard.core.jobs.store import JobStore, failure
from modelyard.core.jobs.types import JobState
from modelyard.core.storage.database import Database

NICE = 5
"""How much the web process goes before jobs."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker tells a new process."""

    job_id: str
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
    with suppress(OSError):
        os.nice(NICE)
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    output.close()
    store = JobStore(Database(assignment.database_url))
    context = JobContext(store, store.get(assignment.job_id), assignment.location)
    try:
        result = _function(assignment.target)(context)
    except BaseException as error:
        details = traceback.format_exc()
        print(details, flush=True)
        kept = failure(error, details=details)
        context.close()
        finish(store, assignment.job_id, JobState.FAILED, message=str(kept), error=kept.to_dict())
    else:
        context.close()
        message = str((result or {}).pop("message", "Done"))
        finish(store, assignment.job_id, JobState.SUCCEEDED, message=message, result=result or {})


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
