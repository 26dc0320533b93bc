"""State of what the workspace is made of."""

from __future__ import annotations

import param

from modelyard.core.workspace.about import About
from modelyard.ui.model import Model


class Place(Model):
    """Where everything lies, and which versions are at work.

    Parameters
    ----------
    about : About or None
        As it was when it was read.
    """

    about = param.ClassSelector(class_=About, default=None, allow_None=True)

    def load(self) -> None:
        """Read it."""
        with self.attempt():
            self.about = self.yard.about()
