"""When the disk is full: how much was free, and how much an import would need."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from modelyard.core.common.errors import Unavailable

_MB = 1 << 20
_LEAST = 0.01  # of the work; less says nothing of the whole


@contextmanager
def room_told(root: Path, report: Callable[[float, str], None]) -> Iterator[Callable[[float, str], None]]:
    """Yield a reporter of progress in place of `report`, by which a full disk says how much room is needed.

    Parameters
    ----------
    root : Path
        Where files are written.
    report : callable
        Takes a fraction and a message.

    Raises
    ------
    Unavailable
        If the disk is full.
    """
    free = _free(root)
    done = 0.0

    def watched(share: float, message: str) -> None:
        nonlocal done
        done = max(done, share)
        report(share, message)

    try:
        yield watched
    except OSError as error:
        if not _is_full(error):
            raise
        needed = f"; at least {_size(free / done)} are needed" if done >= _LEAST else ""
        raise Unavailable(
            f"The disk is full: {_size(free)} were free{needed}. Nothing was kept of the import.",
            where=str(root),
            remedy="Free some space (`modelyard clean` removes what nothing needs), or choose another place.",
            details=str(error),
        ) from error


def _is_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__
    return False


def _free(root: Path) -> int:
    place = next(folder for folder in (root, *root.absolute().parents) if folder.exists())
    return shutil.disk_usage(place).free


def _size(n: float) -> str:
    """Return a size in words.

    Examples
    --------
    >>> _size(3_500_000), _size(5e9)
    ('3.3 MB', '4.7 GB')
    """
    return f"{n / _MB:,.1f} MB" if n < 1024 * _MB else f"{n / 1024 / _MB:,.1f} GB"
