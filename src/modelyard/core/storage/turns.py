"""Writers on SQLite queue in the kernel: SQLite itself polls, and then the unlucky wait long.

Each takes a lock on a file beside the database before it begins. The kernel gives it to whoever waits, in one machine's
threads and processes alike, and takes it from a process that is killed. It only makes waiting fair: what keeps writers
apart is still SQLite's own lock, so that a place without such locks, or a program that knows nothing of them, costs
nothing but fairness.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class TooLong(Exception):
    """The one before kept the lock for longer than we wait."""


@contextmanager
def turn(path: Path, seconds: float) -> Iterator[None]:
    """Hold the lock on a file for the length of the block, or nothing where there are no such locks.

    Parameters
    ----------
    path : Path
        Of the file; made when it is not there, and never removed.
    seconds : float
        To wait for the lock.

    Raises
    ------
    TooLong
        If it was not free in time.

    Examples
    --------
    >>> with turn(getfixture("tmp_path") / "db.turn", 1.0):
    ...     pass
    """
    file = _open(path)
    if file is None:
        yield
        return
    try:
        _take(file, seconds)
    except OSError:  # no locks on this kind of disk
        os.close(file)
        yield
        return
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)  # said, as a forked child may still have the file open
        os.close(file)


def _open(path: Path) -> int | None:
    if fcntl is None:
        return None
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:  # read-only, full: the database will say it in better words
        return None


def _take(file: int, seconds: float) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _Waiting(file).wait(seconds)


class _Waiting:
    """A thread that waits in the kernel, which knows no time limit, so that the one who asked can stop waiting."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._left = False
        threading.Thread(target=self._run, name="turn", daemon=True).start()

    def wait(self, seconds: float) -> None:
        try:
            if self._done.wait(seconds):
                return
        except BaseException:  # Ctrl-C
            if self._leave():
                os.close(self._file)
            raise
        if not self._leave():
            raise TooLong

    def _leave(self) -> bool:
        """Give up; tell whether the lock came just now, which is then ours to keep or to drop."""
        with self._lock:
            self._left = not self._done.is_set()
        return not self._left

    def _run(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        with self._lock:
            if self._left:
                os.close(self._file)
            else:
                self._done.set()
