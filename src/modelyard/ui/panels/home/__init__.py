"""What to do next, and what happened last."""

from __future__ import annotations

from collections.abc import Mapping

from modelyard.ui.screen import Screen
from modelyard.ui.session import Session


def open_screen(session: Session, args: Mapping[str, str]) -> Screen:
    """Open the first screen."""
    from modelyard.ui.panels.home.view import HomeScreen

    return HomeScreen(session)
