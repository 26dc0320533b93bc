"""Secrets: their names, who set them and when; their values are never shown."""

from __future__ import annotations

from collections.abc import Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.storage.secrets import SecretInfo
from modelyard.ui import format as fmt
from modelyard.ui.components import Code, DataTable, Section, column
from modelyard.ui.panels.settings.secrets_model import Secrets
from modelyard.ui.panels.settings.view import SettingsScreen
from modelyard.ui.screen import notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, field, pair, row, words

COLUMNS = [
    column("name", "Secret", "title"),
    column("when", "Set", "muted"),
    column("who", "By", "muted"),
    column("act", "", "action"),
]
WORDS = (
    "Passwords and keys are encrypted before they reach the database, and only jobs can use them. "
    "Nobody sees a value again: to change one, set it anew."
)


def secret_row(info: SecretInfo) -> Json:
    """Return what may be known of a secret as a row of a table."""
    question = {
        "title": "Delete this secret?",
        "text": f"What uses {info.name} will fail until it is set again.",
        "yes": "Delete the secret",
        "no": "Keep it",
    }
    return {
        "key": info.name,
        "cells": {
            "name": {"text": info.name},
            "when": fmt.ago(info.set_at),
            "who": info.set_by,
            "act": [{"name": "delete", "label": "Delete", "hint": f"Delete {info.name}", "confirm": question}],
        },
    }


class SecretsScreen(SettingsScreen):
    """Names, and a form for another one."""

    part = "secrets"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.model = Secrets(session.yard)
        self.table = DataTable(columns=COLUMNS, label="Secrets", nothing="No secret was set yet.", limit=1000)
        self.table.on_cell(lambda row, key, value: self.model.delete(row))
        self.code = Code(code=self.model.code, label="The same in Python", sizing_mode="stretch_width")
        self.model.param.watch(lambda *events: self._show(), "infos")
        self.model.param.watch(lambda *events: self.code.param.update(code=self.model.code), "secret_name")
        self.model.load()

    @property
    def cards(self) -> Sequence[Viewable]:
        """The form, then the names."""
        return [
            Section(
                words(WORDS),
                pair(
                    field(pmui.TextInput, self.model.param.secret_name, "Name", placeholder="For instance warehouse"),
                    field(pmui.PasswordInput, self.model.param.value, "Value"),
                ),
                row(button("Set the secret", self._set)),
                notice(self.model, "entry_problem"),
                self.code,
                title="Set a secret",
            ),
            notice(self.model),
            Section(self.table, title="Secrets", flush=True),
        ]

    def _set(self) -> None:
        name = self.model.secret_name.strip()
        self.model.set()
        if self.model.entry_problem is None:
            self.session.notify(f"The secret {name} is set.")

    def _show(self) -> None:
        rows = [secret_row(info) for info in self.model.infos]
        self.table.param.update(rows=rows, total=len(rows))
