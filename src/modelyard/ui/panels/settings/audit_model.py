"""State of the audit trail."""

from __future__ import annotations

from typing import Any

import param

from modelyard.ui.model import Listing
from modelyard.ui.python import text


class Trail(Listing):
    """Who did what, newest first; each of the three texts leaves out what is not it.

    Parameters
    ----------
    actor, verb, subject : str
        Empty for all.
    """

    actor = param.String(default="")
    verb = param.String(default="")
    subject = param.String(default="")

    def fetch(self) -> Any:
        """Read the page."""
        return self.yard.audit.list(self.offset, self.limit, **self._wanted)

    def narrow(self) -> None:
        """Show the first page of what is wanted now."""
        self.turn(0)

    @property
    def code(self) -> str:
        """The same in Python."""
        return f"yard.audit.list({', '.join(f'{name}={text(value)}' for name, value in self._wanted.items())})"

    @property
    def _wanted(self) -> dict[str, str]:
        texts = {"actor": self.actor, "verb": self.verb, "subject": self.subject}
        return {name: said.strip() for name, said in texts.items() if said.strip()}
