"""How the columns of a version hang together, and what each tells of a target; looked at when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import param
from panel.viewable import Viewable

from modelyard.ui.components import Code, Section, Sentences
from modelyard.ui.figure_pane import FigurePane
from modelyard.ui.model import Aside, Patient, at_once
from modelyard.ui.python import text
from modelyard.ui.screen import notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, choice, row, words

if TYPE_CHECKING:
    from modelyard.core.workspace.dataset import Dataset
    from modelyard.core.workspace.workspace import Workspace

NONE = ""
MOST = 30
"""Columns of which it is shown what they tell of the target."""


class RelationsModel(Patient):
    """Relations of one version.

    Parameters
    ----------
    relations : Relations or None
        Once somebody has asked.
    target, targets
        The column to be predicted, and what may be chosen.
    """

    relations = param.Parameter(default=None)
    target = param.String(default=NONE)
    targets = param.Dict(default={})

    def __init__(self, yard: Workspace, dataset: Dataset, aside: Aside = at_once, **params: Any) -> None:
        super().__init__(yard, aside, **params)
        self._dataset = dataset
        self.targets = {"The one with that role": NONE, **{column.name: column.name for column in dataset.columns}}

    @property
    def code(self) -> str:
        """The same in Python."""
        target = f"target={text(self.target)}" if self.target else ""
        return f"yard.datasets.get({text(self._dataset.name)}, {self._dataset.version.number}).relations({target})"

    def look(self) -> None:
        """Compare the columns, or read what is kept of that."""
        target = self.target
        name, number = self._dataset.name, self._dataset.version.number

        def take(found: Any) -> None:
            self.relations = found

        self.slowly(lambda: self.yard.datasets.get(name, number).relations(target or None), take)


class RelationsCard:
    """A button; and once it was clicked, pictures."""

    def __init__(self, session: Session, dataset: Dataset) -> None:
        self.session = session
        self.model = model = RelationsModel(session.yard, dataset, session.aside)
        look = button(
            "Compare columns", model.look, icon="grid_on", disabled=model.param.busy, loading=model.param.busy
        )
        self._tools = row(choice(model, "target", "targets", "Target", max_width=260), look)
        self._code = Code(code=model.code, label="The same in Python", sizing_mode="stretch_width")
        self._notice = notice(model)
        note = "Which columns say the same, and what each tells of the target."
        self.card = Section(self._tools, self._notice, title="Relations", note=note)
        model.param.watch(lambda *events: self.show(), "relations")

    def show(self) -> None:
        """Draw what is known, in the colors of the page."""
        found = self.model.relations
        if found is None:
            return
        self._code.code = self.model.code
        self.card.objects = [
            self._tools,
            self._notice,
            words(found.note),
            *self._target(found),
            *self._matrix(found),
            self._code,
        ]

    def _target(self, found: Any) -> list[Viewable]:
        if found.target is None:
            return []
        from modelyard.figures.target_relations import target_relations_figure, target_relations_info

        suspects = [
            {"text": f"{name} tells so much that it may know the target.", "tone": "error"}
            for name in found.target.suspects
        ]
        said = [Sentences(items=suspects, sizing_mode="stretch_width")] if suspects else []
        info = target_relations_info(found.target, MOST)
        words_ = words(f"What each column tells of {found.target.name} by itself")
        return [*said, words_, _pane(target_relations_figure(info, dark=self.session.dark))]

    def _matrix(self, found: Any) -> list[Viewable]:
        from modelyard.figures.relations import relations_figure, relations_info

        if not found.pairs:
            return []
        return [
            words("Each two columns"),
            _pane(relations_figure(relations_info(found), dark=self.session.dark), upright=True),
        ]


def _pane(figure: Any, *, upright: bool = False) -> Viewable:
    pane = FigurePane()
    pane.show(figure, int(figure.layout.height), upright=upright)
    return pane.box
