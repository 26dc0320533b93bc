"""State of the list of models."""

from __future__ import annotations

from typing import Any

from modelyard.ui.model import Listing


class ModelList(Listing):
    """Registered models, newest first."""

    def fetch(self) -> Any:
        """Read the page."""
        return self.yard.models.list(self.offset, self.limit, self.search)
