"""A database that is away for a moment costs a job nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

from modelyard.core.common.errors import Unavailable

PATIENCE_S = 60.0
"""Seconds that a database server may take to come back."""
PAUSE_S = 0.25


def patiently[T](attempt: Callable[[], T]) -> T:
    """Return what `attempt` returns, trying again while the database does not answer.

    Parameters
    ----------
    attempt : callable
        May be called again although its transaction was committed: the server can fall silent before it says so.

    Raises
    ------
    Unavailable
        If the database has not answered for `PATIENCE_S` seconds.
    """
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return attempt()
        except Unavailable:
            if time.monotonic() > end:
                raise
        time.sleep(PAUSE_S)
