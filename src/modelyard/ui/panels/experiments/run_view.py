"""The screen of one run."""

from __future__ import annotations

from collections.abc import Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.jobs.types import Event
from modelyard.core.tracking.types import RunInfo
from modelyard.ui import format as fmt
from modelyard.ui.components import Code, Facts, Heading, Log, Notice, Section
from modelyard.ui.components.stock import lean
from modelyard.ui.panels.experiments.choices import TASKS, metric_title
from modelyard.ui.panels.experiments.python import automl_line
from modelyard.ui.panels.experiments.register_view import RegisterDialog
from modelyard.ui.panels.experiments.run_model import RunDetail
from modelyard.ui.problems import told
from modelyard.ui.routing import to
from modelyard.ui.screen import HOME, Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.visualizations.training_monitor import TrainingMonitor
from modelyard.ui.widgets import button

FOUND = {
    "rows_used": "Rows used",
    "rows_dropped": "Rows without target",
    "n_columns": "Columns used",
    "folds": "Folds",
    "stopped_because": "Stopped because",
    "seconds": "Searched for",
}
"""What the search wrote down, and what it is called here."""


class RunScreen(Screen):
    """A run: watched live, compared, its winner registered."""

    def __init__(self, session: Session, run_id: str) -> None:
        super().__init__(session)
        self.model = RunDetail(session.yard, run_id)
        self.dialog = RegisterDialog(session, self.model)
        self.monitor = TrainingMonitor(self.model, self.dialog.open, dark=session.dark)
        self.heading = Heading(crumbs=[{"text": "Experiments", "to": to("experiments")}], sizing_mode="stretch_width")
        self.winner = button("Register the winner", self._register_best, icon="verified")
        self.error = Notice(visible=False, sizing_mode="stretch_width")
        self.facts = Facts(sizing_mode="stretch_width")
        self.code = Code(label="The same run in Python", sizing_mode="stretch_width")
        self.log = Log(text=self.model.param.printed, visible=self.model.param.reading, sizing_mode="stretch_width")
        self.unfold = lean(pmui.Switch).from_param(self.model.param.reading, label="Show the log", margin=0)
        self.model.param.watch(lambda *events: self._show(), "info")
        self.model.load()
        self.monitor.show()

    @property
    def content(self) -> Sequence[Viewable]:
        """What happens first, what was asked for below."""
        if self.model.info is None:
            return [
                Heading(title="Run", crumbs=[HOME, *self.heading.crumbs], sizing_mode="stretch_width"),
                notice(self.model),
            ]
        return [
            self.heading,
            notice(self.model),
            self.error,
            *self.monitor.content,
            Section(self.facts, self.code, title="About this run"),
            Section(self.unfold, self.log),
            self.dialog.place,
        ]

    def shows(self, job_id: str) -> bool:
        """The run's own job."""
        return self.model.job is not None and self.model.job.id == job_id

    def hear(self, events: Sequence[Event]) -> None:
        """Follow the run."""
        self.model.follow(events)

    def redraw(self) -> None:
        """The page shows the other mode."""
        self.monitor.redraw(dark=self.session.dark)

    def _show(self) -> None:
        info = self.model.info
        if info is None:
            return
        self.heading.title = f"{info.experiment_name}, run {info.number}"
        self.heading.tools = [self.winner] if info.state.ended and info.best_trial_id else []
        self.error.param.update(problem=told(info.error) if info.error else None, visible=bool(info.error))
        self.facts.items = facts(info)
        self.code.code = automl_line(info.dataset.name, info.spec)

    def _register_best(self) -> None:
        for row in self.model.board.rows if self.model.board else ():
            if row.trial.model_key is not None:
                self.dialog.open(row.trial.number)
                return


def facts(info: RunInfo) -> list[dict[str, object]]:
    """Return what is known of a run."""
    budget = info.spec.get("budget_s")
    asked = [
        {
            "label": "Dataset",
            "text": f"{info.dataset.name}, version {info.dataset.version_number}",
            "to": to("data", dataset=info.dataset.id, version=info.dataset.version_number),
        },
        {"label": "Predicts", "text": info.target},
        {"label": "Kind", "text": TASKS.get(info.task or "", "Being found out")},
        {"label": "Judged by", "text": metric_title(info.metric) if info.metric else "–"},
        {"label": "Time budget", "text": fmt.duration(budget) if budget else "None"},
        {"label": "Seed", "text": str(info.spec.get("random_state", 0))},
        {"label": "Asked for", **fmt.ago(info.created_at)},
        {"label": "By", "text": info.created_by},
    ]
    found = [
        {"label": label, "text": fmt.count(value) if isinstance(value, int) else _plain(value)}
        for key, label in FOUND.items()
        if (value := info.facts.get(key)) is not None
    ]
    return [*asked, *found]


def _plain(value: object) -> str:
    return fmt.duration(value) if isinstance(value, float) else str(value)
