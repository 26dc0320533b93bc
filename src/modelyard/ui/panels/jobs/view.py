"""The screens of jobs."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.jobs.types import Event, Job
from modelyard.ui import format as fmt
from modelyard.ui.components import DataTable, Facts, Heading, Log, Notice, Progress, Section, column, link
from modelyard.ui.panels.jobs.model import JobDetail, JobList
from modelyard.ui.problems import told
from modelyard.ui.progress import download, outcome, progress
from modelyard.ui.routing import to
from modelyard.ui.screen import HOME, Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button

COLUMNS = [
    column("job", "Job", "link"),
    column("state", "State", "state"),
    column("progress", "What it does", "progress"),
    column("took", "Took", "number"),
    column("when", "Asked for", "muted"),
    column("who", "By", "muted"),
    column("act", "", "action"),
]


def job_row(job: Job) -> Json:
    """Return a job as a row of a table."""
    state = fmt.state(job.state)
    if job.place is not None:
        state["label"] = f"Waiting, place {job.place}"
    active = not job.state.ended
    words = (job.error or {}).get("what") or job.message
    cancel = {
        "name": "cancel",
        "label": "Cancelling…" if job.cancel_requested else "Cancel",
        "hint": f"Cancel {job.title}",
        "disabled": job.cancel_requested,
        "confirm": progress(job)["cancel"],
    }
    return {
        "key": job.id,
        "to": to("jobs", job=job.id),
        "cells": {
            "job": link(job.title, to("jobs", job=job.id)),
            "state": state,
            "progress": {
                "value": job.progress,
                "text": "" if job.place is not None else words,
                "live": active and job.place is None,
            },
            "took": fmt.duration(job.seconds) if job.seconds is not None else None,
            "when": fmt.ago(job.created_at),
            "who": job.actor,
            "act": [cancel] if active else None,
        },
    }


class JobsScreen(Screen):
    """All jobs, live."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.model = JobList(session.yard)
        self.table = DataTable(
            columns=COLUMNS,
            label="Jobs",
            nothing="No job yet. Importing a table or training a model starts one.",
            limit=self.model.limit,
            lively=True,
        )
        self.table.on_page(self.model.turn)
        self.table.on_cell(lambda row, key, value: self.model.cancel(row))
        self.model.param.watch(lambda *events: self._show(), ["items", "total", "offset"])
        self.model.load()
        self._show()

    @property
    def content(self) -> Sequence[Viewable]:
        """The list."""
        return [
            Heading(
                title="Jobs",
                note="Long work runs here, one heavy job at a time. It goes on when you close the browser.",
                sizing_mode="stretch_width",
            ),
            notice(self.model),
            Section(self.table, flush=True),
        ]

    def hear(self, events: Sequence[Event]) -> None:
        """Show what changed."""
        self.model.follow(events)

    def _show(self) -> None:
        self.table.param.update(
            rows=[job_row(job) for job in self.model.items], total=self.model.total, offset=self.model.offset
        )


class JobScreen(Screen):
    """One job: where it stands, what it prints, how it ended."""

    def __init__(self, session: Session, job_id: str) -> None:
        super().__init__(session)
        self.model = JobDetail(session.yard, job_id)
        self.heading = Heading(crumbs=[{"text": "Jobs", "to": to("jobs")}], sizing_mode="stretch_width")
        self.progress = Progress(sizing_mode="stretch_width")
        self.progress.on_cancel(self.model.cancel)
        self.facts = Facts(sizing_mode="stretch_width")
        self.error = Notice(visible=False, sizing_mode="stretch_width")
        self.log = Log(text=self.model.param.printed, sizing_mode="stretch_width")
        self.model.param.watch(lambda *events: self._show(), "job")
        self.model.load()

    @property
    def content(self) -> Sequence[Viewable]:
        """The job."""
        if self.model.job is None:
            return [
                Heading(title="Job", crumbs=[HOME, *self.heading.crumbs], sizing_mode="stretch_width"),
                notice(self.model),
            ]
        return [
            self.heading,
            notice(self.model),
            self.error,
            Section(self.progress, self.facts),
            Section(self.log, title="Log"),
        ]

    def shows(self, job_id: str) -> bool:
        """It is what this screen is about."""
        return self.model.job_id == job_id

    def hear(self, events: Sequence[Event]) -> None:
        """Show what changed."""
        self.model.follow(events)

    def _show(self) -> None:
        job = self.model.job
        if job is None:
            return
        self.heading.title = job.title
        self.heading.tools = self._tools(job)
        self.progress.job = progress(job)
        self.error.param.update(problem=told(job.error) if job.error else None, visible=bool(job.error))
        self.facts.items = [
            {"label": "Asked for", **fmt.ago(job.created_at)},
            {"label": "By", "text": job.actor},
            {"label": "Took", "text": fmt.duration(job.seconds)},
            {"label": "Job", "text": job.id},
        ]

    def _tools(self, job: Job) -> list[Viewable]:
        made, file = outcome(job), download(job)
        if made is not None:
            return [button(made[0], lambda: self.session.go(made[1]))]
        if file is not None:
            return [button("Download the file", icon="download", href=file, target="_self")]
        return []
