"""A worker as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict

from modelyard.core.jobs.chores import Chore
from modelyard.core.workspace.settings import Settings

WARM = ("modelyard.core.workspace.warm",)
"""What a worker imports before its first job: a click is then answered within a second, and a budget buys training."""

CHORES = (
    Chore(
        kind="sources",
        title="Check sources",
        due="modelyard.core.workspace.tasks.check_sources:due",
        target="modelyard.core.workspace.tasks.check_sources:run",
    ),
)
"""What a worker sees to without anybody asking for it."""


class WorkerProcess:
    """Starts a worker and ends it with this program, however this program ends.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    session : str, optional
        Makes the worker private to one program.
    """

    def __init__(self, settings: Settings, *, session: str | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "modelyard.core.jobs.worker"],
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in a terminal is for the program; it then ends its worker itself
        )
        setup = {
            "database": settings.database_url,
            "location": settings.location,
            "logs": str(settings.logs),
            "session": session,
            "preload": WARM,
            "memory_limit": settings.jobs.memory_limit,
            "chores": [asdict(chore) for chore in CHORES],
            "keep": {"events_days": settings.jobs.events_days, "logs_days": settings.jobs.logs_days},
        }
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(setup).encode() + b"\n")
        self.process.stdin.flush()

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def stop(self, timeout: float = 30.0) -> None:
        """End the worker; housekeeping that runs may finish first."""
        if self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.close()
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
