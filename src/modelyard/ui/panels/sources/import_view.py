"""What was chosen in a source: its columns, its first rows, and its import."""

from __future__ import annotations

from collections.abc import Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.workspace.sources import SourceRows
from modelyard.ui import format as fmt
from modelyard.ui.components import Code, DataTable, Progress, Section, column
from modelyard.ui.importing import CONTRACTS
from modelyard.ui.panels.data_management.preview_view import MOST, columns_of, rows_of
from modelyard.ui.panels.sources.source_model import ROWS, Chosen, SourceImport
from modelyard.ui.progress import progress
from modelyard.ui.screen import notice
from modelyard.ui.widgets import button, choice, field, pair, row, stack

COLUMNS = [column("name", "Column", "title"), column("type", "Type", "code")]


class LookCards:
    """What was chosen: its first rows and its columns, once something is."""

    def __init__(self, model: Chosen) -> None:
        self.model = model
        self.schema = DataTable(columns=COLUMNS, label="Columns of it", limit=10_000, tall=320)
        self.rows = DataTable(label="First rows", limit=ROWS, tall=420)
        self.look = Section(self.rows, flush=True, visible=False)
        self.types = Section(self.schema, title="Columns", flush=True, visible=False)
        model.param.watch(lambda *events: self._show(), ["item", "asks", "rows", "busy", "problem"])

    @property
    def cards(self) -> Sequence[Viewable]:
        """What went wrong, first rows, columns."""
        return [notice(self.model), self.look, self.types]

    def _show(self) -> None:
        model, rows = self.model, self.model.rows
        item, query, _ = model.what
        something = bool(item or query) and (model.busy or rows is not None)
        self.look.param.update(title=item or "The query's answer", note=_note(rows, busy=model.busy), visible=something)
        self.look.appeal += something and model.busy  # what was asked for is seen, wherever the button was
        self.types.visible = rows is not None
        self.rows.visible = rows is not None
        if rows is not None:
            self.types.note = fmt.count(len(rows.columns), "column")
            self._fill(rows)

    def _fill(self, rows: SourceRows) -> None:
        types = [_type_row(place, each.name, each.type) for place, each in enumerate(rows.columns)]
        self.schema.param.update(rows=types, total=len(types))
        columns = columns_of([(each.name, each.type) for each in rows.columns])
        cells = rows_of(rows.rows)
        self.rows.param.update(columns=columns, rows=cells, total=len(cells), nothing="There is no such row.")


class ImportCards(LookCards):
    """The same, with the form of the import."""

    def __init__(self, model: Chosen, importing: SourceImport) -> None:
        super().__init__(model)
        self.importing = importing
        self.progress = Progress(visible=False, sizing_mode="stretch_width")
        self.progress.on_cancel(importing.cancel)
        self.form = self._form()
        importing.param.watch(lambda *events: self._follow(), "job")

    @property
    def cards(self) -> Sequence[Viewable]:
        """What went wrong, first rows, columns, import."""
        return [*super().cards, self.form]

    def _form(self) -> Section:
        model = self.model
        name = field(
            pmui.TextInput, model.param.dataset_name, "Name of the dataset", placeholder="The name of the table or file"
        )
        columns = field(
            pmui.MultiChoice, model.param.columns, "Columns, all unless you choose", options=model.param.names
        )
        only = field(
            pmui.TextAreaInput,
            model.param.conditions,
            "Only rows that meet all of these, one condition a line",
            placeholder='amount > 10\ncity in ["Ulm", "Köln"]\nnote is not null',
            rows=3,
            max_length=20_000,
        )
        newer = choice(model, "incremental", "cursors", "The next time, read", searchable=True)
        key = field(
            pmui.MultiChoice, model.param.key, "Rows are named by, so that changed ones are replaced",
            options=model.param.names, visible=model.param.incremental.rx.bool(),
        )  # fmt: skip
        contract = field(
            pmui.Select, model.param.contract, "If columns or types change",
            options={words: name for name, words in CONTRACTS.items()},
        )  # fmt: skip
        busy = model.param.busy
        again = button("Show these rows", model.look, variant="text", disabled=busy)
        self.fields = stack(pair(name, columns), only, row(again), pair(newer, contract), key)
        self.start = button("Import", lambda: self.importing.start(model), variant="contained", size="medium")
        code = Code(code=model.param.code, label="The same in Python", sizing_mode="stretch_width")
        return Section(
            self.fields, code, row(self.start), self.progress, notice(self.importing), title="Import", visible=False
        )

    def _show(self) -> None:
        super()._show()
        model = self.model
        self.form.visible = model.rows is not None or bool(model.what[0] and model.problem)  # it reads more than a look

    def _follow(self) -> None:
        job = self.importing.job
        self.progress.param.update(job=progress(job) if job else None, visible=job is not None)
        self.start.visible = self.fields.visible = job is None


def _note(rows: SourceRows | None, *, busy: bool) -> str:
    if busy:
        return "Reading the first rows …"
    if rows is None:
        return ""
    more = f", {MOST} of {fmt.count(len(rows.columns), 'column')}" if len(rows.columns) > MOST else ""
    if rows.files is not None and rows.files > 1:
        more += f", {fmt.count(rows.files, 'file')} as one table"
    if len(rows.rows) < ROWS:
        return f"All of its {fmt.count(len(rows.rows), 'row')}{more}." if len(rows.rows) != 1 else f"Its one row{more}."
    return f"The first {ROWS} rows{more}. No more than these were read."


def _type_row(place: int, name: str, kind: str) -> Json:
    return {"key": str(place), "cells": {"name": {"text": name}, "type": kind}}
