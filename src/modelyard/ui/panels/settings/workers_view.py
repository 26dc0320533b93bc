"""Who works for this workspace, and whether all is well with it."""

from __future__ import annotations

from collections.abc import Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.jobs.leases import WorkerInfo
from modelyard.core.jobs.types import Event
from modelyard.core.workspace.doctor import Check
from modelyard.ui import format as fmt
from modelyard.ui.components import Ask, Code, DataTable, Facts, Section, column
from modelyard.ui.components.stock import lean
from modelyard.ui.panels.settings.view import SettingsScreen
from modelyard.ui.panels.settings.workers_model import Checks, Workers
from modelyard.ui.screen import notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, row

WORKERS = [
    column("worker", "Worker", "title"),
    column("state", "State", "state"),
    column("runs", "Runs"),
    column("serves", "Serves", "muted"),
    column("since", "Since", "muted"),
    column("heard", "Heard", "muted"),
]
CHECKS = [
    column("title", "Looked at", "title"),
    column("state", "", "state"),
    column("found", "Found", "words"),
]
STATES = {"good": "Good", "warning": "Warning", "problem": "Problem", "skipped": "Skipped"}
REPAIR = {
    "title": "Put right what can be?",
    "text": "Old tables are brought up to date, jobs that lost their worker are ended, failed copies are tried again.",
    "yes": "Put it right",
    "no": "Not now",
}


def worker_row(worker: WorkerInfo, titles: dict[str, str]) -> Json:
    """Return a worker as a row of a table."""
    return {
        "key": worker.id,
        "quiet": not worker.alive,
        "cells": {
            "worker": {"text": f"Process {worker.pid}", "note": worker.host},
            "state": {"state": "good", "label": "Alive"} if worker.alive else {"state": "lost", "label": "Gone"},
            "runs": ", ".join(titles.get(job_id, job_id) for job_id in worker.job_ids) or "Nothing",
            "serves": "One program" if worker.private else "Everybody",
            "since": fmt.ago(worker.started_at),
            "heard": fmt.ago(worker.heartbeat_at),
        },
    }


def check_row(check: Check) -> Json:
    """Return a check as a row of a table."""
    return {
        "key": str(check.number),
        "cells": {
            "title": {"text": f"{check.number}. {check.title[:1].upper()}{check.title[1:]}"},
            "state": {"state": check.state, "label": STATES[check.state] + (", put right" if check.repaired else "")},
            "found": {"text": check.message, "note": check.remedy},
        },
    }


class WorkersScreen(SettingsScreen):
    """Workers and checks."""

    part = "workers"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.model = Workers(session.yard)
        self.checks = Checks(session.yard, session.aside)
        self.facts = Facts(sizing_mode="stretch_width")
        nothing = "No worker lives: jobs wait. Start one with modelyard up."
        self.workers = DataTable(columns=WORKERS, label="Workers", nothing=nothing, limit=100)
        self.found = DataTable(columns=CHECKS, label="Checks", visible=False, limit=100)
        self.repair = Ask(label="Put right what can be", question=REPAIR, visible=False)
        self.repair.on_yes(lambda: self.checks.run(repair=True))
        self.code = Code(code=self.checks.code, label="The same in Python", sizing_mode="stretch_width")
        self.model.param.watch(lambda *events: self._show(), ["workers", "titles", "limits", "running"])
        self.checks.param.watch(lambda *events: self._show_checks(), ["report", "deep"])
        self.model.load()

    @property
    def cards(self) -> Sequence[Viewable]:
        """Workers, then checks."""
        deep = lean(pmui.Switch).from_param(self.checks.param.deep, label="Read every stored file too", margin=0)
        busy = self.checks.param.busy
        check = button("Check now", self.checks.run, disabled=busy, loading=busy)
        return [
            notice(self.model),
            Section(
                self.facts,
                Code(code="yard.jobs.workers()", label="The same in Python", sizing_mode="stretch_width"),
                title="Jobs at once",
            ),
            Section(
                self.workers,
                title="Workers",
                flush=True,
                tools=[button("Look again", self.model.load, variant="text")],
            ),
            notice(self.checks),
            Section(
                row(check, deep, self.repair),
                self.code,
                title="Checks",
                note="Tables, stored files, jobs, the copy in MLflow, disk space and the key of secrets.",
            ),
            Section(self.found, flush=True, visible=self.found.param.visible),
        ]

    def hear(self, events: Sequence[Event]) -> None:
        """Show who runs what."""
        self.model.follow(events)

    def _show(self) -> None:
        model, limits = self.model, self.model.limits
        if limits is None:
            return
        self.facts.items = [
            {"label": "Heavy jobs", "text": f"{model.running.get('heavy', 0)} of {limits.heavy} running"},
            {"label": "Light jobs", "text": f"{model.running.get('light', 0)} of {limits.light} running"},
            {"label": "Memory of a job, at most", "text": fmt.size(limits.memory)},
        ]
        rows = [worker_row(worker, model.titles) for worker in model.workers]
        self.workers.param.update(rows=rows, total=len(rows))

    def _show_checks(self) -> None:
        self.code.code = self.checks.code
        report = self.checks.report
        if report is not None:
            rows = [check_row(check) for check in report.checks]
            self.found.param.update(rows=rows, total=len(rows), visible=True)
            self.repair.visible = any(check.state in ("warning", "problem") for check in report.checks)
