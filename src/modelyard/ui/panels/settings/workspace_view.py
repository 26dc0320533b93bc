"""Where the workspace lies, what is installed, and what this is."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.workspace.about import About, Extra
from modelyard.ui.components import Code, DataTable, Facts, Section, column
from modelyard.ui.panels.settings.view import SettingsScreen
from modelyard.ui.panels.settings.workspace_model import Place
from modelyard.ui.screen import notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import words

EXTRAS = [
    column("name", "Extra", "title"),
    column("state", "State", "state"),
    column("packages", "Brings", wide=420),
    column("install", "Install line", "code"),
]
LICENCE = "Modelyard is free software under the Apache License 2.0. It sends nothing to anybody: there is no telemetry."
DOCS = (
    "The documentation is the folder docs of the source; make docs builds its site. "
    "In a terminal ask modelyard --help, in Python help(yard)."
)


def places(about: About, name: str, actor: str) -> list[Json]:
    """Return the facts of where things lie."""
    return [
        {"label": "Name", "text": name},
        {"label": "Folder", "text": str(about.folder)},
        {"label": "Database", "text": about.database},
        {"label": "Stored files", "text": about.files},
        {"label": "Revision of the tables", "text": about.revision},
        {"label": "You are", "text": actor},
    ]


def versions(about: About) -> list[Json]:
    """Return the facts of what is installed."""
    mine = {"Modelyard": about.version, "Python": about.python, "System": about.platform}
    return [{"label": name, "text": version} for name, version in {**mine, **about.libraries}.items()]


def extra_row(extra: Extra) -> Json:
    """Return an extra as a row of a table."""
    there = not extra.missing
    return {
        "key": extra.name,
        "cells": {
            "name": {"text": extra.name},
            "state": {"state": "good", "label": "Installed"}
            if there
            else {"state": "skipped", "label": f"{len(extra.missing)} of {len(extra.packages)} missing"},
            "packages": ", ".join(extra.packages),
            "install": "" if there else extra.install,
        },
    }


class WorkspaceScreen(SettingsScreen):
    """The workspace, versions, about."""

    part = "workspace"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.model = Place(session.yard)
        self.places = Facts(sizing_mode="stretch_width")
        self.versions = Facts(sizing_mode="stretch_width")
        self.extras = DataTable(columns=EXTRAS, label="Extras")
        self.model.param.watch(lambda *events: self._show(), "about")
        self.model.load()

    @property
    def cards(self) -> Sequence[Viewable]:
        """Places first."""
        return [
            notice(self.model),
            Section(
                self.places,
                Code(code="yard.about()", label="The same in Python", sizing_mode="stretch_width"),
                title="Workspace",
            ),
            Section(self.versions, title="Versions"),
            Section(self.extras, title="Extras", note="Parts of the product that are installed by choice.", flush=True),
            Section(words(LICENCE), words(DOCS), title="About"),
        ]

    def _show(self) -> None:
        about, yard = self.model.about, self.session.yard
        if about is not None:
            self.places.items = places(about, yard.name, yard.actor.name)
            self.versions.items = versions(about)
            rows = [extra_row(extra) for extra in about.extras]
            self.extras.param.update(rows=rows, total=len(rows), limit=max(1, len(rows)))
