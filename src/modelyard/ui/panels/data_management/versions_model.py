"""State of the versions of a dataset: what is known of each, what changed between two, which ones go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import param

from modelyard.ui.model import Aside, Patient, at_once

if TYPE_CHECKING:
    from modelyard.core.datasets.compare import ColumnChange
    from modelyard.core.datasets.types import VersionInfo
    from modelyard.core.workspace.workspace import Workspace


class Versions(Patient):
    """All versions of a dataset.

    Parameters
    ----------
    dataset : Dataset or None
        At its newest version.
    versions : tuple of VersionInfo
        Newest first.
    chosen : int
        The number of the one that is looked at; 0 for none.
    tags, description : str
        As they are typed; tags are separated by commas.
    before, after : int
        Which two are compared.
    numbers : dict
        What may be chosen for these.
    comparison : Comparison or None
        Of these two.
    column : str
        Whose change is looked at closely.
    keep, days : int
        How many of the newest stay, and for how many days; 0 says nothing.
    retained : Retained or None
        What would go, by what `keep` and `days` say now.
    """

    dataset = param.Parameter(default=None)
    versions = param.ClassSelector(class_=tuple, default=())
    chosen = param.Integer(default=0)
    tags = param.String(default="")
    description = param.String(default="")
    before = param.Integer(default=0)
    after = param.Integer(default=0)
    numbers = param.Dict(default={})
    comparison = param.Parameter(default=None)
    column = param.String(default="")
    keep = param.Integer(default=5, bounds=(0, 100_000))
    days = param.Integer(default=0, bounds=(0, 100_000))
    retained = param.Parameter(default=None)

    def __init__(self, yard: Workspace, name: str, aside: Aside = at_once, **params: Any) -> None:
        super().__init__(yard, aside, **params)
        self._name = name

    def load(self) -> None:
        """Read the versions."""
        with self.attempt():
            dataset = self.yard.datasets.get(self._name)
            versions = tuple(dataset.versions())
            numbers = {f"Version {version.number}": version.number for version in versions}
            known = numbers.values()
            after = self.after if self.after in known else versions[0].number
            before = self.before if self.before in known else versions[min(1, len(versions) - 1)].number
            self.param.update(dataset=dataset, versions=versions, numbers=numbers, before=before, after=after)
            self.description = dataset.info.description

    def version(self, number: int) -> VersionInfo | None:
        """Return one of the versions."""
        return next((version for version in self.versions if version.number == number), None)

    def choose(self, number: int) -> None:
        """Look at a version; again to stop."""
        number = 0 if number == self.chosen else number
        version = self.version(number)
        self.param.update(chosen=number, tags=", ".join(version.tags) if version else "")

    def save_tags(self) -> None:
        """Give the version the tags that were typed."""
        with self.attempt():
            dataset = self.yard.datasets.get(self._name, self.chosen)
            wanted = {tag.strip() for tag in self.tags.split(",") if tag.strip()}
            had = set(dataset.version.tags)
            if wanted - had:
                dataset.tag(*sorted(wanted - had))
            if had - wanted:
                dataset.untag(*sorted(had - wanted))
        if self.problem is None:
            self.load()

    def save_description(self) -> None:
        """Say what the dataset is about."""
        with self.attempt():
            if self.dataset is not None and self.description.strip() != self.dataset.info.description:
                self.dataset.describe(self.description.strip())

    def delete(self) -> None:
        """Delete the version that is looked at, also if it is used: the person was asked."""
        with self.attempt():
            self.yard.datasets.delete_version(self._name, self.chosen, even_if_used=True)
            self.chosen = 0
        if self.problem is None:
            self.load()

    def compare(self) -> None:
        """Find what has changed between the two."""
        before, after = self.before, self.after
        self.param.update(comparison=None, column="")

        def take(found: Any) -> None:
            if (before, after) == (self.before, self.after):
                self.comparison = found

        self.slowly(lambda: self.yard.datasets.get(self._name).compare(before, after), take)

    def change(self) -> ColumnChange | None:
        """Return the change of the column that is looked at."""
        if self.comparison is None or not self.column:
            return None
        found: ColumnChange = self.comparison.column(self.column)
        return found

    def look(self) -> None:
        """See which versions would go."""
        said = keep, days = self.keep, self.days
        self.retained = None

        def take(found: Any) -> None:
            if said == (self.keep, self.days):
                self.retained = found

        retain = self.yard.datasets.retain
        self.slowly(lambda: retain(self._name, keep=keep or None, days=days or None, dry_run=True), take)

    def retain(self) -> None:
        """Let those go that were looked at, and no others."""
        if self.retained is None:
            return
        keep, days, shown = self.keep, self.days, [version.number for version in self.retained.deleted]
        self.retained = None

        def take(_gone: Any) -> None:
            self.chosen = 0
            self.load()

        retain = self.yard.datasets.retain
        self.slowly(lambda: retain(self._name, keep=keep or None, days=days or None, only=shown), take)

    @param.depends("keep", "days", watch=True)
    def _forget(self) -> None:
        self.retained = None
