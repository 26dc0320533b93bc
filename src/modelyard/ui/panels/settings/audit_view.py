"""Who did what, page by page."""

from __future__ import annotations

import json
from collections.abc import Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.jobs.types import Event
from modelyard.core.storage.audit import AuditEntry
from modelyard.ui import format as fmt
from modelyard.ui.components import Code, DataTable, Section, column
from modelyard.ui.panels.settings.audit_model import Trail
from modelyard.ui.panels.settings.view import SettingsScreen
from modelyard.ui.screen import notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import field, pair

COLUMNS = [
    column("when", "When", "muted"),
    column("who", "By"),
    column("verb", "Call", "code"),
    column("subject", "Of", "text", wide=280),
    column("details", "Said", "text", wide=260),
    column("request", "Request", "code"),
]


def entry_row(entry: AuditEntry) -> Json:
    """Return something that was done as a row of a table."""
    return {
        "key": str(entry.id),
        "cells": {
            "when": fmt.ago(entry.at),
            "who": entry.actor,
            "verb": entry.verb,
            "subject": entry.subject,
            "details": json.dumps(entry.details, ensure_ascii=False) if entry.details else None,
            "request": entry.request_id,
        },
    }


class AuditScreen(SettingsScreen):
    """The audit trail."""

    part = "audit"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.model = Trail(session.yard)
        self.table = DataTable(
            columns=COLUMNS, label="Audit trail", nothing="Nothing of that kind was done.", limit=self.model.limit
        )
        self.table.on_page(self.model.turn)
        self.code = Code(code=self.model.code, label="The same in Python", sizing_mode="stretch_width")
        self.model.param.watch(lambda *events: self._show(), ["items", "total", "offset"])
        self.model.param.watch(lambda *events: self._narrow(), ["actor", "verb", "subject"])
        self.model.load()

    @property
    def cards(self) -> Sequence[Viewable]:
        """What to look for, then the rows."""
        fields = self.model.param
        return [
            Section(
                pair(
                    field(pmui.TextInput, fields.actor, "By", placeholder="Everybody"),
                    field(pmui.TextInput, fields.verb, "Call", placeholder="For instance models.register"),
                    field(pmui.TextInput, fields.subject, "Of", placeholder="For instance dataset/bank"),
                ),
                self.code,
                title="Who did what",
                note="Every call that changed something. Nothing takes a row out of it.",
            ),
            notice(self.model),
            Section(self.table, flush=True),
        ]

    def hear(self, events: Sequence[Event]) -> None:
        """Show what was done meanwhile, on the first page."""
        if self.model.offset == 0 and any(event.kind == "state" for event in events):
            self.model.load()

    def _narrow(self) -> None:
        self.code.code = self.model.code
        self.model.narrow()

    def _show(self) -> None:
        self.table.param.update(
            rows=[entry_row(entry) for entry in self.model.items], total=self.model.total, offset=self.model.offset
        )
