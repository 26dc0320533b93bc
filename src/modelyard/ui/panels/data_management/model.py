"""State of the list of datasets."""

from __future__ import annotations

from typing import Any

from modelyard.ui.model import Listing


class DatasetList(Listing):
    """Datasets, newest first."""

    def fetch(self) -> Any:
        """Read the page."""
        return self.yard.datasets.list(self.offset, self.limit, self.search)

    def delete(self, dataset_id: str) -> None:
        """Delete a dataset with all its versions."""
        with self.attempt():
            self.yard.datasets.delete(dataset_id)
        if self.problem is None:
            self.load()
