"""What a worker sees to without anybody asking: it looks whether it is due, and has a hidden job do it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from modelyard.core.jobs.store import JobStore
from modelyard.core.jobs.types import JobState

CHORES_S = 2.0
"""Seconds between two looks."""

ACTOR = "modelyard"
_OPEN = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Chore:
    """Housekeeping that is due now and then.

    Parameters
    ----------
    kind, title : str
        Of its jobs.
    due : str
        ``package.module:function``; called with the `JobStore` in the worker's own process, so it must be light.
    target : str
        What the job runs, as of `JobStore.submit`.
    """

    kind: str
    title: str
    due: str
    target: str


def submit_due(store: JobStore, chore: Chore, session: str | None) -> bool:
    """Have a chore done if it is due and nobody is at it; return whether it was."""
    module, _, name = chore.due.partition(":")
    due: Callable[[JobStore], bool] = getattr(importlib.import_module(module), name)
    if not due(store) or store.page(limit=1, states=_OPEN, kinds=[chore.kind], hidden=True)[1]:
        return False
    store.submit(
        chore.kind,
        chore.target,
        {},
        title=chore.title,
        actor=ACTOR,
        weight="light",
        hidden=True,
        unique_key=chore.kind,
        session=session,
    )
    return True
