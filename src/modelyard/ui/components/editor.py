"""A field for code."""

from __future__ import annotations

from collections.abc import Callable

import param

from modelyard.ui.components.base import Talking


class Editor(Talking):
    """Some lines of code; Ctrl+Enter asks to run them.

    Parameters
    ----------
    text : str
        As the server knows it: what is typed arrives when the field is left or run.
    label, placeholder : str
        What it is for, and what is shown while it is empty.
    rows : int
        How tall it is at least.
    """

    text = param.String(default="")
    label = param.String(default="")
    placeholder = param.String(default="")
    rows = param.Integer(default=6)

    def on_typed(self, act: Callable[[str], None]) -> None:
        """Call `act` with what was typed."""
        self.on("typed", lambda message: act(str(message["text"])))

    def on_run(self, act: Callable[[str], None]) -> None:
        """Call `act` with what is to be run."""
        self.on("run", lambda message: act(str(message["text"])))
