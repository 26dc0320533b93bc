"""The list of registered models."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.jobs.types import Event
from modelyard.core.tracking.types import ModelInfo
from modelyard.ui import format as fmt
from modelyard.ui.components import DataTable, Empty, Heading, Section, column, link
from modelyard.ui.panels.experiments.choices import metric_title
from modelyard.ui.panels.models.model import ModelList
from modelyard.ui.routing import to
from modelyard.ui.screen import Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button

COLUMNS = [
    column("name", "Model", "link"),
    column("aliases", "Aliases", "chips"),
    column("target", "Predicts"),
    column("kind", "Newest version", "muted"),
    column("score", "Score", "number"),
    column("metric", "Judged by", "muted"),
    column("versions", "Versions", "number"),
    column("when", "Registered", "muted"),
]


def model_row(info: ModelInfo) -> Json:
    """Return a model as a row of a table."""
    place, latest = to("models", model=info.name), info.latest
    return {
        "key": info.id,
        "to": place,
        "cells": {
            "name": link(info.name, place, info.description or f"from {latest.dataset.name}"),
            "aliases": [f"{alias.alias} → {alias.version_number}" for alias in info.aliases] or None,
            "target": latest.target,
            "kind": f"{latest.number}: {latest.title}",
            "score": fmt.score(latest.score),
            "metric": metric_title(latest.metric),
            "versions": fmt.count(info.n_versions),
            "when": fmt.ago(latest.created_at),
        },
    }


class ModelsScreen(Screen):
    """All registered models."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.model = ModelList(session.yard)
        self.table = DataTable(
            columns=COLUMNS,
            label="Models",
            searchable="Search models",
            limit=self.model.limit,
            nothing="No model has that in its name.",
        )
        self.table.on_page(self.model.turn)
        self.table.on_search(self.model.find)
        self.list = Section(self.table, title="Registered models", flush=True)
        self.empty = Section(
            Empty(
                icon="model_training",
                title="No model is registered yet",
                text="Train models in an experiment and register the winner. It can then predict files and single "
                "rows, here and from Python.",
                objects=[
                    button("Go to experiments", lambda: session.go(to("experiments"))),
                ],
                sizing_mode="stretch_width",
            )
        )
        self.model.param.watch(lambda *events: self._show(), ["items", "total", "offset"])
        self.model.load()
        self._show()

    @property
    def content(self) -> Sequence[Viewable]:
        """The list."""
        return [
            Heading(title="Models", note="Registered models, their versions and aliases.", sizing_mode="stretch_width"),
            notice(self.model),
            self.empty,
            self.list,
        ]

    def hear(self, events: Sequence[Event]) -> None:
        """Show models that others register; registering ends with a job that copies them to MLflow."""
        if any(event.kind == "state" for event in events):
            self.model.load()

    def _show(self) -> None:
        model = self.model
        nothing = model.total == 0 and not model.search
        self.empty.visible, self.list.visible = nothing, not nothing
        self.table.param.update(
            rows=[model_row(info) for info in model.items], total=model.total, offset=model.offset, search=model.search
        )
