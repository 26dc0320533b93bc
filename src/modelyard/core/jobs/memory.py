"""How much memory a job may use, and how much it does.

The resident size of the process tree is watched, never limited by the kernel's address-space limit: the boosters
reserve far more than they use, and at 1 GB of address space some cannot even be imported.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

DEFAULT_SHARE = 0.8
"""Of the machine's memory that one job may use unless somebody says otherwise."""

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def machine_memory() -> int:
    """Return the bytes of memory that this machine, or the container we are in, has."""
    total = int(psutil.virtual_memory().total)
    with suppress(OSError, ValueError):  # no cgroup, or one without a limit ("max")
        total = min(total, int(_CGROUP_LIMIT.read_text()))
    return total


def default_limit() -> int:
    """Return how many bytes a job may use where nobody said otherwise.

    Examples
    --------
    >>> 0 < default_limit() < machine_memory()
    True
    """
    return int(machine_memory() * DEFAULT_SHARE)


def resident(pid: int) -> int:
    """Return the resident bytes of a process and all that it started; 0 if it is gone."""
    total = 0
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.Error):
                total += process.memory_info().rss
    return total


def spoken_bytes(size: float) -> str:
    """Return a number of bytes in words.

    Examples
    --------
    >>> spoken_bytes(1_500_000_000), spoken_bytes(20_000)
    ('1.5 GB', '20 kB')
    """
    for unit, bytes_ in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= bytes_:
            return f"{size / bytes_:.3g} {unit}"
    return f"{size:.0f} bytes"
