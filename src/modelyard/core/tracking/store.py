"""What the parts of the tracker have in common."""

from __future__ import annotations

from modelyard.core.common.clock import Clock, SystemClock
from modelyard.core.storage.database import Database


class Store:
    """A database and a clock. Safe to share between threads; a child process opens its own.

    Parameters
    ----------
    database : Database
        With the tables made.
    clock : Clock, optional
        The machine's by default.
    """

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self.database = database
        self.clock = clock or SystemClock()
