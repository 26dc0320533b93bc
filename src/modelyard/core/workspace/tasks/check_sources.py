"""Sources are checked when their time has come, without anybody asking."""

from __future__ import annotations

from modelyard.core.common.types import Json
from modelyard.core.jobs.context import JobContext
from modelyard.core.jobs.store import JobStore

CHECKED = "sources"
"""The kind of event that says that sources were checked."""


def due(store: JobStore) -> bool:
    """Tell whether there is something to check; a worker asks this every few seconds."""
    from modelyard.core.data_sources.health import HealthStore

    return bool(HealthStore(store.database, store.clock).due())


def run(context: JobContext) -> Json:
    """Check what is due, and say so, for screens that show it."""
    from modelyard.core.workspace.tasks.opening import open_workspace

    checked = open_workspace(context).sources.check_due()
    context.say(CHECKED, checked=len(checked))
    return {"message": f"{len(checked)} checked"}
