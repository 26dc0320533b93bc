"""How much of a core is left for a click while a job burns it, by the job's priority.

Two processes compute without end on one core: one at normal priority in a session of its own, as the web process is,
and one as jobs are. The figure is the first one's share of what both got. Other load takes from both alike, so a busy
machine does not change it; 50 % means that the job does not give way at all.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable

import psutil

from modelyard.core.jobs.priority import give_way

WAYS: dict[str, Callable[[], object]] = {
    "job at normal priority": lambda: None,
    "nice 5, of the process only": lambda: os.nice(5),
    "nice 19, of the process only": lambda: os.nice(19),
    "nice 5, of process and session": lambda: give_way(5),
    "nice 10, of process and session": lambda: give_way(10),
    "nice 15, of process and session": lambda: give_way(15),
    "nice 19, of process and session": lambda: give_way(19),
}


def burn(prepare: Callable[[], object], core: int) -> int:
    """Start a process that computes without end in a session of its own, and return its id."""
    if pid := os.fork():
        return pid
    os.setsid()
    prepare()
    os.sched_setaffinity(0, {core})
    while True:
        sum(range(100_000))


def share(job: Callable[[], object], seconds: float, core: int) -> float:
    """Return the share of a core that a process at normal priority gets beside a job."""
    pids = [burn(lambda: None, core), burn(job, core)]
    try:
        time.sleep(1.0)  # both have found their priority
        processes = [psutil.Process(pid) for pid in pids]
        before = [sum(process.cpu_times()[:2]) for process in processes]
        time.sleep(seconds)
        got = [sum(process.cpu_times()[:2]) - start for process, start in zip(processes, before, strict=True)]
        return got[0] / max(sum(got), 1e-9)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    if sys.platform != "linux":
        print("Priorities are measured on Linux only.")
        return 0
    core = min(os.sched_getaffinity(0))
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for way, prepare in WAYS.items():
        shares = [share(prepare, options.seconds, core) for _ in range(options.rounds)]
        print(f"{way:<32} {statistics.median(shares):5.0%}  ({min(shares):.0%} to {max(shares):.0%})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
