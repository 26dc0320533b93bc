"""How much memory a job may use, and how much it does.

The resident size of the process tree is watched, never limited by the kernel's address-space limit: the boosters
reserve far more than they use, and at 1 GB of address space some cannot even be imported.
"""

from __future__ import annotations

import re
import resource
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from modelyard.core.common.errors import InvalidInput

DEFAULT_SHARE = 0.8
"""Of the machine's memory that one job may use unless somebody says otherwise."""

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_FORM = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)
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


def own_peak() -> int:
    """Return the resident bytes that this process used at most, what it shares with others included.

    Examples
    --------
    >>> own_peak() > 1_000_000
    True
    """
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB


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


def bytes_of(size: int | str, *, name: str = "size") -> int:
    """Return a number of bytes as people write it.

    Parameters
    ----------
    size : int or str
        Bytes, or a number with a unit: ``"4GB"``, ``"1.5 GiB"``.
    name : str
        What to call it in an error.

    Raises
    ------
    InvalidInput
        If it cannot be read.

    Examples
    --------
    >>> bytes_of("1.5 GB"), bytes_of("1MiB"), bytes_of(7)
    (1500000000, 1048576, 7)
    """
    match = _FORM.fullmatch(str(size))
    if match is None or match[2].lower() not in _UNITS:
        raise InvalidInput(
            f"The {name} {size!r} cannot be read.", possible=["500MB", "4GB", "2GiB", "a number of bytes"]
        )
    return int(float(match[1]) * _UNITS[match[2].lower()])
