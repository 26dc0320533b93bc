"""Long work: what runs, what waits, what it printed and how it ended."""

from __future__ import annotations

from collections.abc import Mapping

from modelyard.ui.screen import Screen
from modelyard.ui.session import Session


def open_screen(session: Session, args: Mapping[str, str]) -> Screen:
    """Open one job where the address names one, else the list."""
    from modelyard.ui.panels.jobs.view import JobScreen, JobsScreen

    return JobScreen(session, args["job"]) if "job" in args else JobsScreen(session)
