"""A stream is followed until it is stopped."""

from __future__ import annotations

from modelyard.core.common.types import Json
from modelyard.core.jobs.context import JobContext
from modelyard.core.workspace.following import Follower
from modelyard.core.workspace.tasks.opening import open_workspace


def run(context: JobContext) -> Json:
    """Follow; started again after a crash, it goes on behind the last batch that was committed."""
    yard = open_workspace(context)
    stream_id = context.params["stream"]
    Follower(context, yard, stream_id).run()
    info = yard.streams.get(stream_id)
    context.say("dataset", name=info.name)
    return {"message": f"Stopped after {info.rows:,} records"}
