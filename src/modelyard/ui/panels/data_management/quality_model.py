"""State of the quality of a dataset: findings, the rows that show one, rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import param

from modelyard.ui.model import Aside, Listing, Patient, at_once
from modelyard.ui.panels.data_management.examining import Examining

if TYPE_CHECKING:
    from modelyard.core.datasets.preview import Page as Preview
    from modelyard.core.datasets.quality.types import Finding
    from modelyard.core.workspace.dataset import Dataset
    from modelyard.core.workspace.workspace import Workspace

NONE = ""
PAGE = 25


class Quality(Examining):
    """What is wrong with a dataset, and what is expected of it.

    Parameters
    ----------
    dataset : Dataset or None
        At its newest version.
    quality : Quality or None
        What the last check found, once that is known.
    chosen : str
        The key of the finding that is looked at.
    rules : tuple of RuleInfo
        The oldest first.
    shown_rule : str
        The rule whose bad rows are looked at.
    target, targets
        The column to be predicted, and what may be chosen.
    against, others
        What is compared with, and what may be chosen.
    action : str
        What happens to an import that breaks the rule to be made.
    kind : str
        Of the rule to be made.
    """

    dataset = param.Parameter(default=None)
    quality = param.Parameter(default=None)
    chosen = param.String(default="")
    rules = param.ClassSelector(class_=tuple, default=())
    shown_rule = param.String(default="")
    target = param.String(default=NONE)
    targets = param.Dict(default={})
    against = param.String(default=NONE)
    others = param.Dict(default={})
    action = param.String(default="warn")
    kind = param.String(default="not_null")

    def __init__(self, yard: Workspace, name: str, aside: Aside = at_once, **params: Any) -> None:
        super().__init__(yard, aside, **params)
        self._name = name

    def load(self) -> None:
        """Read what is known."""
        with self.attempt():
            dataset = self.yard.datasets.get(self._name)
            columns = {column.name: column.name for column in dataset.columns}
            versions = {
                f"Version {version.number}": f"{self._name}/{version.number}"
                for version in dataset.versions()
                if version.number != dataset.version.number
            }
            names = [info.name for info in self.yard.datasets.list(limit=200) if info.name != self._name]
            self.param.update(
                dataset=dataset,
                quality=dataset.quality() if self.ready(dataset) else None,
                rules=dataset.rules(),
                targets={"The one with that role": NONE, **columns},
                others={"Nothing": NONE, **versions, **{name: name for name in names}},
            )

    def finding(self) -> Finding | None:
        """Return the finding that is looked at."""
        findings = self.quality.findings if self.quality is not None else ()
        return next((finding for finding in findings if finding.key == self.chosen), None)

    def choose(self, key: str) -> None:
        """Look at a finding; again to stop."""
        self.chosen = "" if key == self.chosen else key

    def check(self) -> None:
        """Check the newest version again, and test its rules."""
        target, against = self.target or None, self.against or None

        def take(quality: Any) -> None:
            self.param.update(quality=quality, chosen="")
            self.load()

        self.slowly(lambda: self.yard.datasets.check(self._name, target=target, against=against), take)

    def freeze(self) -> None:
        """Make a rule of the finding that is looked at."""
        finding = self.finding()
        if finding is None or self.dataset is None:
            return
        with self.attempt():
            self.dataset.add_rule("no_finding", action=self.action, check=finding.name, columns=finding.columns)
        self._reload()

    def add(self, given: dict[str, str]) -> None:
        """Add the rule whose form was filled in."""
        with self.attempt():
            said = {name: value.strip() for name, value in given.items() if value.strip()}
            self.dataset.add_rule(self.kind, action=self.action, **said)
        self._reload()

    def remove(self, rule_id: str) -> None:
        """Remove a rule."""
        with self.attempt():
            self.dataset.remove_rule(rule_id)
            self.shown_rule = "" if self.shown_rule == rule_id else self.shown_rule
        self._reload()

    def _reload(self) -> None:
        if self.problem is None:
            self.rules = self.dataset.rules()


class BadRows(Patient, Listing):
    """Rows that show a finding, or broke a rule, page by page.

    Parameters
    ----------
    columns : tuple of (str, str)
        Their names and kinds.
    """

    columns = param.ClassSelector(class_=tuple, default=())

    def __init__(self, yard: Workspace, aside: Aside = at_once, **params: Any) -> None:
        super().__init__(yard, aside, **params)
        self._dataset: Dataset | None = None
        self._of = ""
        self._asked = object()

    def show(self, dataset: Dataset, of: str) -> None:
        """Show the rows of a finding, by its key, or of a rule, by its id."""
        self._dataset, self._of = dataset, of
        self.param.update(offset=0, items=(), total=0)
        self.load()

    def load(self) -> None:
        """Read the page; its rows become the items."""
        if self._dataset is None:
            return
        dataset, of, offset = self._dataset, self._of, self.offset
        rows = dataset.rule_rows if of.startswith("rule_") else dataset.finding_rows
        asked = self._asked = object()

        def take(page: Preview) -> None:
            kinds = {column.name: column.kind for column in dataset.columns}
            columns = tuple((name, kinds.get(name, "text")) for name in page.columns)
            self.param.update(items=tuple(page.rows), columns=columns, total=page.total)

        self.slowly(lambda: rows(of, offset, self.limit), take, lambda: asked is self._asked)
