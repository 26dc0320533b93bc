"""Sources: connections to data that somebody else keeps; a part of the Data tab."""

from __future__ import annotations

from collections.abc import Mapping

from modelyard.ui.screen import Screen
from modelyard.ui.session import Session


def open_screen(session: Session, args: Mapping[str, str]) -> Screen:
    """Open a source, its form, the choice of a kind, or the list, as the address says."""
    if "source" in args:
        if "edit" in args:
            from modelyard.ui.panels.sources.form_view import EditScreen

            return EditScreen(session, args["source"])
        from modelyard.ui.panels.sources.source_view import SourceScreen

        return SourceScreen(session, args["source"])
    if args.get("sources") == "new":
        from modelyard.ui.panels.sources.form_view import KindsScreen, NewScreen

        return NewScreen(session, args["kind"]) if "kind" in args else KindsScreen(session)
    from modelyard.ui.panels.sources.view import SourcesScreen

    return SourcesScreen(session)
