"""What the disk is used for, what can go, and backups."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.jobs.types import Event
from modelyard.core.workspace.backups import BackupFile
from modelyard.core.workspace.disk import Cleaned, DiskUse
from modelyard.ui import format as fmt
from modelyard.ui.components import Ask, Code, DataTable, Facts, Progress, Section, column
from modelyard.ui.panels.settings.storage_model import Backups, Disk
from modelyard.ui.panels.settings.view import SettingsScreen
from modelyard.ui.progress import progress
from modelyard.ui.screen import notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, row, words

USES = [
    column("kind", "What", "title"),
    column("share", "Share", "bar"),
    column("files", "Files", "number"),
    column("size", "Size", "number"),
    column("gone", "Can go", "number"),
]
FILES = [
    column("name", "Backup", "title"),
    column("size", "Size", "number"),
    column("when", "Made", "muted"),
    column("act", "", "action"),
]
CLEAN = "Unused files, unpacked copies, and old logs and events can go. Nothing goes that anything needs."
BACKUP = (
    "A backup holds everything but the key of secrets, in one file, and work goes on while it is written. "
    "It lies on the same disk as the workspace: download it. The command modelyard restore makes a workspace of it."
)


def use_row(use: DiskUse, total: int, gone: int | None) -> Json:
    """Return a kind of files as a row of a table; `gone` are the bytes of it that can go, None if nobody asked."""
    return {
        "key": use.kind,
        "cells": {
            "kind": {"text": use.kind.capitalize().replace("Mlflow", "MLflow"), "note": use.what},
            "share": {"share": use.bytes / total if total else 0, "text": fmt.share(use.bytes / total if total else 0)},
            "files": fmt.count(use.files),
            "size": fmt.size(use.bytes),
            "gone": None if gone is None else fmt.size(gone),
        },
    }


def can_go(found: Cleaned) -> str:
    """Return what was found in words."""
    said = f" and {fmt.count(found.events, 'event')} that jobs said" if found.events else ""
    if not found.bytes and not said:
        return "Nothing can go."
    return f"{fmt.size(found.bytes)} of files{said} can go."


def backup_row(file: BackupFile) -> Json:
    """Return a backup as a row of a table."""
    get = {
        "name": "get",
        "label": "Download",
        "hint": f"Download {file.name}",
        "href": f"api/backups/{file.name}",
        "tone": "primary",
    }
    remove = {
        "name": "delete",
        "label": "Delete",
        "hint": f"Delete {file.name}",
        "confirm": {
            "title": "Delete this backup?",
            "text": f"{file.name} is removed from this disk. Copies that were downloaded stay.",
            "yes": "Delete the backup",
            "no": "Keep it",
        },
    }
    return {
        "key": file.name,
        "cells": {
            "name": {"text": file.name},
            "size": fmt.size(file.bytes),
            "when": fmt.ago(file.made_at),
            "act": [get, remove],
        },
    }


class StorageScreen(SettingsScreen):
    """Disk and backups."""

    part = "storage"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.disk = Disk(session.yard, session.aside)
        self.backups = Backups(session.yard)
        self.facts = Facts(sizing_mode="stretch_width")
        self.uses = DataTable(columns=USES[:-1], label="Disk use", nothing="The disk is being looked at …", limit=100)
        self.found = words("", visible=False)
        self.remove = Ask(label="Remove it", visible=False)
        self.remove.on_yes(self.disk.clean)
        self.files = DataTable(columns=FILES, label="Backups", nothing="No backup was written here yet.", limit=100)
        self.files.on_cell(lambda row, key, value: self.backups.delete(row))
        self.progress = Progress(visible=False, sizing_mode="stretch_width")
        self.progress.on_cancel(self.backups.cancel)
        self.disk.param.watch(lambda *events: self._show_disk(), ["uses", "free", "found"])
        self.backups.param.watch(lambda *events: self._show_backups(), ["files", "job"])
        self.disk.load()
        self.backups.load()
        self._show_backups()

    @property
    def cards(self) -> Sequence[Viewable]:
        """The disk, then backups."""
        look = button("See what can go", self.disk.look, variant="outlined", disabled=self.disk.param.busy)
        again = button("Look again", self.disk.load, variant="text", disabled=self.disk.param.busy)
        return [
            notice(self.disk),
            Section(self.facts, title="Disk", tools=[again]),
            Section(self.uses, title="What it is used for", flush=True),
            Section(
                words(CLEAN),
                row(look, self.remove),
                self.found,
                Code(
                    code="yard.disk.usage()\nyard.disk.clean(dry_run=True)",
                    label="The same in Python",
                    sizing_mode="stretch_width",
                ),
                title="Clean up",
            ),
            notice(self.backups),
            Section(
                words(BACKUP),
                self.progress,
                Code(code="yard.backups.write().result()", label="The same in Python", sizing_mode="stretch_width"),
                title="Backups",
                tools=[button("Write a backup", self.backups.write)],
            ),
            Section(self.files, flush=True),
        ]

    def hear(self, events: Sequence[Event]) -> None:
        """Follow the job that writes a backup."""
        self.backups.follow(events)

    def _show_disk(self) -> None:
        disk, found = self.disk, self.disk.found
        total = sum(use.bytes for use in disk.uses)
        self.facts.items = [
            {"label": "The workspace takes", "text": fmt.size(total), "big": True},
            {"label": "Free on its disk", "text": fmt.size(disk.free), "big": True},
        ]
        gone = {use.kind: use.bytes for use in found.uses} if found is not None else {}
        uses = sorted((use for use in disk.uses if use.files), key=lambda use: -use.bytes)
        self.uses.param.update(
            columns=USES if gone else USES[:-1],
            rows=[use_row(use, total, gone.get(use.kind)) for use in uses],
            total=len(uses),
        )
        something = found is not None and bool(found.bytes or found.events)
        self.found.param.update(text=can_go(found) if found is not None else "", visible=found is not None)
        self.remove.param.update(
            visible=something,
            question={
                "title": "Remove what nothing needs?",
                "text": f"{can_go(found) if found is not None else ''} It cannot be brought back.",
                "yes": "Remove it",
                "no": "Keep it",
            },
        )

    def _show_backups(self) -> None:
        job = self.backups.job
        self.progress.param.update(job=progress(job) if job else None, visible=job is not None)
        rows = [backup_row(file) for file in self.backups.files]
        self.files.param.update(rows=rows, total=len(rows))
