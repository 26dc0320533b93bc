"""The workspace as a job sees it."""

from __future__ import annotations

from modelyard.core.jobs.context import JobContext
from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.workspace import Workspace


def open_workspace(context: JobContext) -> Workspace:
    """Open the workspace that a job belongs to, on behalf of whoever asked for the job."""
    # what is found in data, such as a class with the character NUL, stops no training
    return Workspace(Settings.of_job(context.location), actor=context.actor, worker="shared", cleans=True)
