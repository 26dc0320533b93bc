"""Experiments: train models, watch them live, compare them honestly, register the winner."""

from __future__ import annotations

from collections.abc import Mapping

from modelyard.ui.screen import Screen
from modelyard.ui.session import Session


def open_screen(session: Session, args: Mapping[str, str]) -> Screen:
    """Open one run, the form for a new one, or the list."""
    if "run" in args:
        from modelyard.ui.panels.experiments.run_view import RunScreen

        return RunScreen(session, args["run"])
    if "new" in args:
        from modelyard.ui.panels.experiments.new_view import NewRunScreen

        return NewRunScreen(session, args["new"], args.get("target", ""))
    from modelyard.ui.panels.experiments.view import RunsScreen

    return RunsScreen(session)
