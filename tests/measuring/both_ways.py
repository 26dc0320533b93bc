"""A plugin of coverage.py: branches through `sys.monitoring`, also on Python 3.12 and 3.13.

Without it coverage.py would trace there: each call, line and return of every library comes by, and tests of tables and
models take up to half as long again. From 3.14 on it does this by itself, since each direction of a branch is an event
of its own; before, one event tells of both, so that it may be switched off only once both were seen.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import CodeType
from typing import Any

from coverage import core, env, sysmon


class BothWays(sysmon.SysMonitor):
    """Listens to a branch until it went both ways."""

    def __init__(self) -> None:
        super().__init__()
        self._first: dict[tuple[int, int], int] = {}

    def sysmon_branch_either(self, code: CodeType, instruction_offset: int, destination_offset: int) -> Any:
        branch = (id(code), instruction_offset)  # codes are kept alive, so that their ids are theirs
        first = self._first.setdefault(branch, -1)
        if first == destination_offset:
            return None
        self._first[branch] = destination_offset
        off = super().sysmon_branch_either(code, instruction_offset, destination_offset)
        return None if first == -1 else off


def coverage_init(registry: object, options: object) -> None:
    """Make coverage.py use it here, and in each process that this one starts."""
    if env.PYBEHAVIOR.branch_right_left or not env.PYBEHAVIOR.pep669:
        return
    events: Any = sys.monitoring.events
    events.BRANCH_LEFT = events.BRANCH_RIGHT = events.BRANCH
    env.PYBEHAVIOR.branch_right_left = env.SYSMON_DEFAULT = True
    core.SysMonitor = BothWays  # type: ignore[misc]
    here = str(Path(__file__).parent)
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if here not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [here, *paths]))
