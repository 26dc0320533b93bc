"""The picture of what a version came from, and what came from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import param
from panel.viewable import Viewable

from modelyard.figures.layered import layered_info
from modelyard.ui.components import Code, Graph, Section
from modelyard.ui.model import Aside, Patient, at_once
from modelyard.ui.panels.data_management import lineage_rows as rows
from modelyard.ui.panels.data_management.dataset_parts import head
from modelyard.ui.python import text
from modelyard.ui.screen import Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import choice, row, words

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace


class LineageModel(Patient):
    """Lineage of one version.

    Parameters
    ----------
    lineage : Lineage or None
        Once it is known.
    number, numbers
        The version, and what may be chosen.
    """

    lineage = param.Parameter(default=None)
    number = param.Integer(default=0)
    numbers = param.Dict(default={})

    def __init__(self, yard: Workspace, name: str, aside: Aside = at_once, **params: Any) -> None:
        super().__init__(yard, aside, **params)
        self._name = name
        self.param.watch(lambda *events: self._look(), "number")

    @property
    def code(self) -> str:
        """The same in Python."""
        return f"yard.datasets.lineage({text(self._name)}, {self.number})"

    def load(self, number: int | None) -> None:
        """Look at a version, or at the newest."""
        with self.attempt():
            dataset = self.yard.datasets.get(self._name, number)
            numbers = {f"Version {one.number}": one.number for one in dataset.versions()}
            self.param.update(numbers=numbers, number=dataset.version.number)

    def _look(self) -> None:
        number = self.number
        self.slowly(lambda: self.yard.datasets.lineage(self._name, number), self._take, lambda: number == self.number)

    def _take(self, lineage: Any) -> None:
        self.lineage = lineage


class LineageScreen(Screen):
    """A sentence, and a graph whose boxes lead to what they stand for."""

    def __init__(self, session: Session, name: str, number: int | None) -> None:
        super().__init__(session)
        self.name = name
        self.model = LineageModel(session.yard, name, session.aside)
        self.graph = Graph(label="What came from what", sizing_mode="stretch_width", visible=False)
        self.rest = words("", visible=False)
        self.code = Code(label="The same in Python", sizing_mode="stretch_width", visible=False)
        self.card = Section(title="What came from what", note="One moment…")
        self.model.param.watch(lambda *events: self._show(), "lineage")
        self.model.load(number)

    @property
    def content(self) -> Sequence[Viewable]:
        """The version that is chosen, and its picture."""
        if not self.model.number:
            return [*head("Dataset", "lineage"), notice(self.model)]
        which = choice(self.model, "number", "numbers", "Version", max_width=200)
        self.card.objects = [row(which), self.graph, self.rest, self.code]
        return [
            *head(self.name, "lineage", "From files and sources to versions, runs and models."),
            notice(self.model),
            self.card,
        ]

    def _show(self) -> None:
        lineage = self.model.lineage
        info = layered_info([node.id for node in lineage.nodes], lineage.edges)
        lines = [[list(point) for point in line.points] for line in info.lines]
        boxes = rows.boxes(lineage, info.boxes)
        self.graph.param.update(boxes=boxes, lines=lines, wide=info.wide, tall=info.tall, visible=True)
        self.rest.param.update(text=rows.rest(lineage), visible=bool(lineage.left_out))
        self.code.param.update(code=self.model.code, visible=True)
        self.card.note = rows.summary(lineage)
