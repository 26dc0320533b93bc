"""State of the list of runs."""

from __future__ import annotations

from typing import Any

from modelyard.ui.model import Listing


class RunList(Listing):
    """Runs of all experiments, newest first."""

    def fetch(self) -> Any:
        """Read the page."""
        return self.yard.experiments.runs(self.offset, self.limit, self.search)
