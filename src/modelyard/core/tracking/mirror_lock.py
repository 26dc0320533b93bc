"""One process writes to MLflow at a time."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from modelyard.core.common.errors import Unavailable


def mirror_lock(artifact_root: Path) -> IO[bytes]:
    """Return an open file that holds the lock until it is closed, or its process has ended.

    Parameters
    ----------
    artifact_root : Path
        Folder of MLflow's files; made if it is not there.

    Raises
    ------
    Unavailable
        If another process is writing.

    Examples
    --------
    >>> with mirror_lock(getfixture("tmp_path")):
    ...     pass
    """
    artifact_root.mkdir(parents=True, exist_ok=True)
    lock = (artifact_root / ".lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lets go of it when the process ends
    except BlockingIOError:
        lock.close()
        raise Unavailable("Another process is writing to MLflow.", remedy="Wait until it has ended.") from None
    return lock
