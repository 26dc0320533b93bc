"""State of the list of sources."""

from __future__ import annotations

from typing import Any

import param

from modelyard.core.common.request import request
from modelyard.core.data_sources.store import SourceInfo
from modelyard.core.data_sources.types import Health
from modelyard.core.workspace.sources import Source
from modelyard.ui.model import Listing, Patient


class SourceList(Listing, Patient):
    """Sources by name.

    Parameters
    ----------
    testing : frozenset of str
        Names of those that are being tested.
    """

    testing = param.ClassSelector(class_=frozenset, default=frozenset())

    def fetch(self) -> Any:
        """Read the page."""
        return self.yard.sources.list(self.offset, self.limit, self.search)

    def test(self, name: str) -> None:
        """Test one, aside; several may be tested at once."""
        if name in self.testing:
            return

        def work() -> Health:
            with request():
                return self.yard.sources.get(name).test()

        def done(result: Any) -> None:
            self.testing = self.testing - {name}
            with self.attempt():
                result()
            if self.problem is None:
                self.load()

        self.testing = self.testing | {name}
        self._aside(work, done)

    def remove(self, name: str) -> None:
        """Forget one."""
        with self.attempt():
            self.yard.sources.remove(name)
        if self.problem is None:
            self.load()

    def address(self, info: SourceInfo) -> str | None:
        """Return where a source is; None if its kind is not known here any more."""
        try:
            return Source(self.yard, info).address
        except Exception:  # of a package that was removed: the list is shown nevertheless
            return None
