"""What all parts of the settings share."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.ui.components import Heading, Parts
from modelyard.ui.panels.settings import PARTS
from modelyard.ui.routing import to
from modelyard.ui.screen import Screen


class SettingsScreen(Screen):
    """A part of the settings; `cards` is what it shows below the line of parts."""

    part = ""

    @property
    def cards(self) -> Sequence[Viewable]:
        """What this part shows, from top to bottom."""
        raise NotImplementedError

    @property
    def content(self) -> Sequence[Viewable]:
        """The line of parts, then the cards."""
        items = [{"text": text, "to": to("settings", part=key)} for key, (text, *_) in PARTS.items()]
        return [
            Heading(title="Settings", sizing_mode="stretch_width"),
            Parts(items=items, current=PARTS[self.part][0], sizing_mode="stretch_width"),
            *self.cards,
        ]
