"""State of one dataset: its version, its profile, the column that is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import param

from modelyard.ui.model import Listing
from modelyard.ui.panels.data_management.examining import Examining

if TYPE_CHECKING:
    from modelyard.core.datasets.profile_types import ColumnProfile
    from modelyard.core.datasets.types import ColumnInfo
    from modelyard.core.workspace.dataset import Dataset
    from modelyard.core.workspace.workspace import Workspace


class DatasetDetail(Examining):
    """One version of a dataset.

    Parameters
    ----------
    dataset : Dataset or None
        As it was read last.
    versions : tuple of VersionInfo
        All of them, newest first.
    profile : Profile or None
        The facts about its columns, once they are known.
    findings : tuple of Finding
        What is wrong with it.
    column : str
        The column that is looked at closely.
    """

    dataset = param.Parameter(default=None)
    versions = param.ClassSelector(class_=tuple, default=())
    profile = param.Parameter(default=None)
    findings = param.ClassSelector(class_=tuple, default=())
    column = param.String(default="")

    def __init__(self, yard: Workspace, name: str, number: int | None = None, **params: Any) -> None:
        super().__init__(yard, **params)
        self._name = name
        self._number = number

    def load(self) -> None:
        """Read the version and its profile."""
        with self.attempt():
            dataset = self.yard.datasets.get(self._name, self._number)
            self.param.update(dataset=dataset, versions=tuple(dataset.versions()))
            if self.ready(dataset):
                dataset = self.yard.datasets.get(self._name, dataset.version.number)  # the profile refines kinds
                findings = dataset.quality().findings
                self.param.update(dataset=dataset, findings=findings, profile=dataset.profile())

    def set_role(self, column: str, role: str) -> None:
        """Say what a column is for."""
        if self.dataset is None:
            return
        with self.attempt():
            self.dataset = self.dataset.set_roles({column: role})

    def chosen(self) -> tuple[ColumnInfo, ColumnProfile] | None:
        """Return what is known of the column that is looked at, None if there is none."""
        if self.dataset is None or self.profile is None or not self.column:
            return None
        info = next(column for column in self.dataset.columns if column.name == self.column)
        return info, self.profile.column(self.column)


class Rows(Listing):
    """Rows of a version, page by page, in an order and with a search.

    Parameters
    ----------
    columns : tuple of str
        Their names.
    sort, descending
        The column that orders them, empty for the order of the file.
    """

    columns = param.ClassSelector(class_=tuple, default=())
    sort = param.String(default="")
    descending = param.Boolean(default=False)

    def __init__(self, yard: Workspace, dataset: Dataset, **params: Any) -> None:
        super().__init__(yard, **params)
        self._dataset = dataset

    def fetch(self) -> Any:
        """Read the page."""
        return self._dataset.preview(
            self.offset, self.limit, sort=self.sort or None, descending=self.descending, search=self.search or None
        )

    def load(self) -> None:
        """Read the page; its rows become the items."""
        with self.attempt():
            page = self.fetch()
            self.param.update(items=tuple(page.rows), columns=tuple(page.columns), total=page.total)

    def order(self, column: str, descending: bool) -> None:
        """Order the rows by a column."""
        self.param.update(sort=column, descending=descending, offset=0)
        self.load()
