"""Jobs give way: whoever clicks goes before whoever trains."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

NICE = 10
"""How much others go before jobs; see the benchmark ``cpu_share``."""

_AUTOGROUP = Path("/proc/self/autogroup")
_TRIES = 5


def give_way(nice: int = NICE) -> None:
    """Lower the priority of this process and of all that it will start.

    To be called after `os.setsid`. Linux may share cores between sessions first (sched_autogroup); then the nice value
    of a process counts within its own session only, and the session has one of its own.

    Parameters
    ----------
    nice : int
        From 0 to 19.
    """
    with suppress(OSError):
        os.nice(nice)
    for _ in range(_TRIES):
        try:
            _AUTOGROUP.write_text(str(nice))
            return
        except BlockingIOError:  # without rights one change in 100 ms is allowed, in the whole system
            time.sleep(0.1)
        except OSError:  # not Linux, or not switched on
            return
