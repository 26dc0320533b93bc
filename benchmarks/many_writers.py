"""Several processes write to one workspace's database while others read: nobody may meet a locked database.

Writers do what jobs do: submit, say events in pieces, end. Readers do what browsers do: follow the event table and turn
the pages of the job list. Printed is how long each waited, and how often the database refused; the bar is never. With
``--threads`` all of them are threads of one process.
"""

from __future__ import annotations

import argparse
import multiprocessing
import multiprocessing.dummy
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from sqlalchemy import update

import modelyard.core.datasets.tables
import modelyard.core.tracking.tables  # noqa: F401  (they declare)
from modelyard.core.common.errors import ModelyardError
from modelyard.core.common.ids import new_id
from modelyard.core.jobs.leases import Leases, finish
from modelyard.core.jobs.store import JobStore
from modelyard.core.jobs.tables import jobs
from modelyard.core.jobs.types import Job, JobState
from modelyard.core.storage.database import Database, sqlite_url
from modelyard.core.storage.migrations import upgrade

EVENTS = 20

type Figures = dict[str, list[float]]
type Found = tuple[str, Figures, list[str], int]


class Stopwatch:
    """Times steps, and keeps what the database refused."""

    def __init__(self) -> None:
        self.figures: Figures = defaultdict(list)
        self.refused: list[str] = []

    def time[T](self, name: str, step: Callable[..., T], *arguments: Any, **options: Any) -> T | None:
        """Do a step and return what it gave; None if the database refused."""
        start = time.perf_counter()
        try:
            return step(*arguments, **options)
        except ModelyardError as error:
            self.refused.append(f"{name}: {error}")
            return None
        finally:
            self.figures[name].append(1000 * (time.perf_counter() - start))


def write(store: JobStore, stop: Event, watch: Stopwatch) -> int:
    """Be one worker with its jobs; returns how many jobs came to their end."""
    leases = Leases(store, session=new_id("writer"))
    leases.register()
    done = 0
    while not stop.is_set():
        job = watch.time("submit", submit, store, leases.session)
        if job is None:
            continue
        watch.time("20 events", say, store, job.id)
        watch.time("heartbeat", leases.heartbeat)
        watch.time("start", run, store, job.id)
        if watch.time("end", finish, store, job.id, JobState.SUCCEEDED, message="Done"):
            done += 1
    return done


def submit(store: JobStore, session: str | None) -> Job:
    """Ask for a job that only this writer may run."""
    return store.submit("bench", "x:y", {}, title="Bench", actor="bench", weight="light", session=session)


def say(store: JobStore, job_id: str) -> None:
    """Say what a job has gathered in a twentieth of a second."""
    with store.database.write() as connection:
        store.add_events(connection, job_id, [("metric", {"name": "loss", "value": n}) for n in range(EVENTS)])


def run(store: JobStore, job_id: str) -> None:
    """Do what `claim` does, without its bound on jobs beside one another."""
    with store.database.write() as connection:
        connection.execute(update(jobs).where(jobs.c.id == job_id).values(state=JobState.RUNNING))


def read(store: JobStore, stop: Event, watch: Stopwatch) -> int:
    """Be one web process; returns how many events it saw."""
    last = seen = 0
    while not stop.is_set():
        events = watch.time("follow events", store.events, last) or []
        if events:
            assert all(one.id < other.id for one, other in pairwise(events))
            last, seen = events[-1].id, seen + len(events)
        watch.time("page of jobs", store.page, limit=25)
        time.sleep(0.02)
    while events := store.events(last):
        last, seen = events[-1].id, seen + len(events)
    return seen


def play(role: str, url: str, ready: Any, stop: Event, quiet: Event, found: Any) -> None:
    """Play a role, once all are ready, until told to stop."""
    watch, store = Stopwatch(), JobStore(Database(url))
    ready.wait()
    # readers go on until the last writer has ended
    count = read(store, quiet, watch) if role == "reader" else write(store, stop, watch)
    found.put((role, dict(watch.figures), watch.refused, count))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--readers", type=int, default=3)
    parser.add_argument("--threads", action="store_true", help="all in one process")
    parser.add_argument("--database", help="URL of an empty PostgreSQL database instead of a SQLite file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or sqlite_url(Path(folder) / "modelyard.db")
        database = Database(url)
        upgrade(database)
        database.close()
        return report(url, options)


def report(url: str, options: argparse.Namespace) -> int:
    """Play all roles, print the table and return the exit code."""
    context: Any = multiprocessing.dummy if options.threads else multiprocessing.get_context("spawn")
    stop, quiet, found = context.Event(), context.Event(), context.Queue()
    roles = ["writer"] * options.writers + ["reader"] * options.readers
    ready = context.Barrier(len(roles) + 1)
    players = [context.Process(target=play, args=(role, url, ready, stop, quiet, found)) for role in roles]
    load = os.getloadavg()[0]
    for player in players:
        player.start()
    ready.wait(120)
    time.sleep(options.seconds)
    stop.set()
    results = [found.get(timeout=120) for _ in range(options.writers)]
    quiet.set()
    results += [found.get(timeout=120) for _ in range(options.readers)]
    for player in players:
        player.join()
    figures: Figures = defaultdict(list)
    for _, each, _, _ in results:
        for name, values in each.items():
            figures[name] += values
    print(f"{options.seconds:g} s, {options.writers} writers, {options.readers} readers, load before {load:.1f}")
    print(f"{'milliseconds':<16} {'times':>9} {'p50':>9} {'p95':>9} {'p99':>9} {'max':>9}")
    for name, values in figures.items():
        values.sort()
        at = [values[int(share * (len(values) - 1))] for share in (0.95, 0.99)]
        print(
            f"{name:<16} {len(values):>9,} {statistics.median(values):9.1f} {at[0]:9.1f} {at[1]:9.1f} {values[-1]:9.1f}"
        )
    return verdict(url, results)


def verdict(url: str, results: list[Found]) -> int:
    """Say what was refused or lost, and return the exit code."""
    refused = [text for _, _, texts, _ in results for text in texts]
    ended = sum(count for role, _, _, count in results if role == "writer")
    seen = {count for role, _, _, count in results if role == "reader"}
    store = JobStore(Database(url))
    kept = store.page(states=[JobState.SUCCEEDED], limit=1)[1]
    expected = 0
    last = 0
    while events := store.events(last):
        last, expected = events[-1].id, expected + len(events)
    held = ended > 0 and not refused and kept == ended and seen == {expected}
    print(
        f"refused: {len(refused)}; jobs ended {ended:,}, kept {kept:,}; events kept {expected:,}, seen {sorted(seen)}"
    )
    for text in refused[:5]:
        print(text)
    print(f"bar: nothing refused, nothing lost: {'held' if held else 'MISSED'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
