"""The list of runs."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.jobs.types import Event
from modelyard.core.tracking.types import RunInfo
from modelyard.ui import format as fmt
from modelyard.ui.components import DataTable, Empty, Heading, Section, column, link
from modelyard.ui.panels.experiments.choices import metric_title
from modelyard.ui.panels.experiments.model import RunList
from modelyard.ui.routing import to
from modelyard.ui.screen import Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button

COLUMNS = [
    column("run", "Run", "link"),
    column("state", "State", "state"),
    column("target", "Predicts"),
    column("metric", "Judged by", "muted"),
    column("score", "Best score", "number"),
    column("trials", "Trials", "number"),
    column("when", "Started", "muted"),
    column("who", "By", "muted"),
]


def run_row(run: RunInfo) -> Json:
    """Return a run as a row of a table."""
    place = to("experiments", run=run.id)
    return {
        "key": run.id,
        "to": place,
        "cells": {
            "run": link(
                f"{run.experiment_name}, run {run.number}",
                place,
                f"{run.dataset.name}, version {run.dataset.version_number}",
            ),
            "state": fmt.state(run.state),
            "target": run.target,
            "metric": metric_title(run.metric) if run.metric else None,
            "score": fmt.score(run.best_score) if run.best_score is not None else None,
            "trials": fmt.count(run.n_trials),
            "when": fmt.ago(run.created_at),
            "who": run.created_by,
        },
    }


class RunsScreen(Screen):
    """All runs, live."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.model = RunList(session.yard)
        self.table = DataTable(
            columns=COLUMNS,
            label="Runs",
            searchable="Search runs",
            limit=self.model.limit,
            nothing="No run has that in its name.",
        )
        self.table.on_page(self.model.turn)
        self.table.on_search(self.model.find)
        self.list = Section(self.table, title="Runs", flush=True)
        self.empty = Section(
            Empty(
                icon="science",
                title="No experiment yet",
                text="Choose a dataset and the column to predict. Several kinds of models are trained within the time "
                "you give, and compared on rows they have not seen.",
                objects=[button("New experiment", self._new)],
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
            Heading(
                title="Experiments",
                note="Each run searches for the best model within a time budget.",
                tools=[button("New experiment", self._new, icon="add")],
                sizing_mode="stretch_width",
            ),
            notice(self.model),
            self.empty,
            self.list,
        ]

    def hear(self, events: Sequence[Event]) -> None:
        """Show what changed."""
        if any(event.kind in ("state", "trial", "planned", "run") for event in events):
            self.model.load()

    def _new(self) -> None:
        self.session.go(to("experiments", new=""))

    def _show(self) -> None:
        model = self.model
        nothing = model.total == 0 and not model.search
        self.empty.visible, self.list.visible = nothing, not nothing
        self.table.param.update(
            rows=[run_row(run) for run in model.items], total=model.total, offset=model.offset, search=model.search
        )
