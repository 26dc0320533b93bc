"""Registered models: versions, aliases, where they come from, predictions."""

from __future__ import annotations

from collections.abc import Mapping

from modelyard.ui.screen import Screen
from modelyard.ui.session import Session


def open_screen(session: Session, args: Mapping[str, str]) -> Screen:
    """Open one model where the address names one, else the list."""
    if "model" in args:
        from modelyard.ui.panels.models.model_view import ModelScreen

        number = args.get("version", "")
        return ModelScreen(session, args["model"], int(number) if number.isdecimal() else None)
    from modelyard.ui.panels.models.view import ModelsScreen

    return ModelsScreen(session)
