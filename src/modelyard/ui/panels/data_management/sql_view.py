"""The screen for SQL over datasets."""

from __future__ import annotations

from collections.abc import Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.datasets.queries import SqlResult
from modelyard.core.jobs.types import Event
from modelyard.ui import format as fmt
from modelyard.ui.components import Code, DataTable, Editor, Heading, Parts, Progress, Section, column
from modelyard.ui.panels.data_management.parts import PARTS
from modelyard.ui.panels.data_management.preview_view import MOST, columns_of, rows_of
from modelyard.ui.panels.data_management.sql_model import PAGE, Query, QueryImport, beginning
from modelyard.ui.progress import progress
from modelyard.ui.screen import Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, field, row

NOTE = 'Each dataset is a table of its name; "name@2" is version 2.'
HISTORY = [column("sql", "Statement", "code")]


class SqlScreen(Screen):
    """A statement, its rows, the dataset made of them, and what was asked before."""

    def __init__(self, session: Session, dataset: str = "") -> None:
        super().__init__(session)
        self.model = Query(session.yard, session.aside, text=beginning(session.yard, dataset))
        self.importing = QueryImport(session.yard, session.imported)
        self.editor = Editor(
            text=self.model.text,
            label="SQL",
            placeholder="SELECT carrier, avg(distance) AS miles\nFROM flights\nGROUP BY carrier",
            sizing_mode="stretch_width",
        )
        self.editor.on_typed(lambda text: setattr(self.model, "text", text))
        self.editor.on_run(self.model.run)
        self.rows = DataTable(label="Result", limit=PAGE, tall=520, nothing="The query returned no row.")
        self.rows.on_page(self.model.turn)
        self.result = Section(self.rows, title="Result", flush=True, visible=False)
        self.save = self._save()
        self.past = DataTable(columns=HISTORY, label="Queries before", selectable=True, limit=100)
        self.past.on_select(lambda key: self.model.again(int(key)))
        self.before = Section(self.past, title="Before", note="Choose one to run it again.", flush=True)
        self.model.param.watch(lambda *events: self._show(), ["result", "offset"])
        self.model.param.watch(lambda *events: self._show_past(), ["history", "text"])
        self.importing.param.watch(lambda *events: self._follow(), "job")
        self._show_past()

    @property
    def content(self) -> Sequence[Viewable]:
        """From the statement to what came of it."""
        busy = self.model.param.busy
        go = button("Run", lambda: self.model.run(self.model.text), disabled=busy, loading=busy)
        stop = button("Stop", self.model.stop, variant="outlined", visible=busy)
        return [
            Heading(title="Data", note=NOTE, sizing_mode="stretch_width"),
            Parts(items=PARTS, current="SQL", sizing_mode="stretch_width"),
            Section(self.editor, row(go, stop)),
            notice(self.model),
            self.result,
            self.save,
            self.before,
        ]

    def hear(self, events: Sequence[Event]) -> None:
        """Follow the job that makes a dataset."""
        self.importing.follow(events)

    def shows(self, job_id: str) -> bool:
        """The card shows how it ends."""
        return self.importing.last_job == job_id

    def _save(self) -> Section:
        name = field(pmui.TextInput, self.model.param.dataset_name, "Name of the dataset", max_width=420)
        name.param.watch(lambda event: setattr(self.model, "dataset_name", event.new), "value_input")
        self.progress = Progress(visible=False, sizing_mode="stretch_width")
        self.progress.on_cancel(self.importing.cancel)
        self.start = row(name, button("Save as dataset", lambda: self.importing.start(self.model)))
        code = Code(code=self.model.param.code, label="The same in Python", sizing_mode="stretch_width")
        note = "All rows, by a job; the statement and the versions that it read stay on record."
        parts = (self.start, self.progress, notice(self.importing), code)
        return Section(*parts, title="Keep it", note=note, visible=False)

    def _follow(self) -> None:
        job = self.importing.job
        self.progress.param.update(job=progress(job) if job else None, visible=job is not None)
        self.start.visible = job is None

    def _show_past(self) -> None:
        self.editor.text = self.model.text
        rows = [{"key": str(k), "cells": {"sql": " ".join(sql.split())}} for k, sql in enumerate(self.model.history)]
        self.past.param.update(rows=rows, total=len(rows))
        self.before.visible = bool(rows)

    def _show(self) -> None:
        found = self.model.result
        self.result.visible = self.save.visible = found is not None
        if found is None:
            return
        offset = self.model.offset
        self.rows.param.update(
            columns=columns_of([(each.name, each.type) for each in found.columns]),
            rows=rows_of(found.rows(offset, PAGE), offset),
            total=len(found),
            offset=offset,
        )
        self.result.note = told(found)


def told(found: SqlResult) -> str:
    """Return in a sentence how much a statement returned."""
    rows = fmt.count(len(found), "row")
    some = f"The first {rows} of more" if found.more else rows
    wide = f", {MOST} of {fmt.count(len(found.columns), 'column')}" if len(found.columns) > MOST else ""
    return f"{some}{wide}, in {found.seconds:.2f} s."
