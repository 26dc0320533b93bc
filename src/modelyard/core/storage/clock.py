"""The database's time as a clock, so that machines which share a database agree on when a lease has run out."""

from __future__ import annotations

import time
from datetime import datetime

from modelyard.core.storage.database import Database


class DatabaseClock:
    """The wall clock of a database; seconds that never run backwards are this machine's.

    Parameters
    ----------
    database : Database
        Whose time it is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """Return the database's time in UTC."""
        return self._database.now()

    def monotonic(self) -> float:
        """Return this machine's monotonic seconds."""
        return time.monotonic()
