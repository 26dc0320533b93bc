"""The list of datasets, and the way in."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.datasets.types import DatasetInfo
from modelyard.core.jobs.types import Event
from modelyard.ui import format as fmt
from modelyard.ui.components import DataTable, Heading, Parts, Section, column, link
from modelyard.ui.import_card import ImportCard
from modelyard.ui.importing import Importing
from modelyard.ui.panels.data_management.model import DatasetList
from modelyard.ui.panels.data_management.parts import PARTS
from modelyard.ui.routing import to
from modelyard.ui.screen import Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button

COLUMNS = [
    column("name", "Dataset", "link"),
    column("rows", "Rows", "number"),
    column("columns", "Columns", "number"),
    column("size", "Size", "number"),
    column("version", "Version", "number"),
    column("when", "Imported", "muted"),
    column("who", "By", "muted"),
    column("act", "", "action"),
]


def dataset_row(info: DatasetInfo) -> Json:
    """Return a dataset as a row of a table."""
    place, version = to("data", dataset=info.name), info.latest
    delete = {
        "name": "delete",
        "label": "Delete",
        "hint": f"Delete {info.name}",
        "confirm": {
            "title": f"Delete {info.name}?",
            "text": "All its versions and their files go. Models that learned from it stay.",
            "yes": "Delete the dataset",
        },
    }
    return {
        "key": info.id,
        "to": place,
        "cells": {
            "name": link(info.name, place, info.description or None),
            "rows": fmt.count(version.rows) if version else None,
            "columns": fmt.count(len(version.columns)) if version else None,
            "size": fmt.size(version.bytes) if version else None,
            "version": str(version.number) if version else None,
            "when": fmt.ago(version.created_at if version else info.created_at),
            "who": version.created_by if version else info.created_by,
            "act": [delete],
        },
    }


class DatasetsScreen(Screen):
    """All datasets and the card through which another one comes in."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.model = DatasetList(session.yard)
        self.importing = Importing(session.yard, session.imported)
        self.card = ImportCard(self.importing, tools=lambda: [self._sample()])
        self.table = DataTable(
            columns=COLUMNS,
            label="Datasets",
            nothing="No dataset yet. Drop a file above, or try the sample.",
            searchable="Search datasets",
            limit=self.model.limit,
        )
        self.table.on_page(self.model.turn)
        self.table.on_search(self.model.find)
        self.table.on_cell(lambda row, key, value: self._delete(row))
        self.model.param.watch(lambda *events: self._show(), ["items", "total", "offset"])
        self.model.load()
        self._show()

    @property
    def content(self) -> Sequence[Viewable]:
        """The way in, then the list."""
        note = "A dataset keeps every version that you import. Versions never change."
        return [
            Heading(title="Data", note=note, sizing_mode="stretch_width"),
            Parts(items=PARTS, current="Datasets", sizing_mode="stretch_width"),
            self.card.card,
            notice(self.model),
            Section(self.table, title="Datasets", flush=True),
        ]

    def shows(self, job_id: str) -> bool:
        """The card shows how its import ends."""
        return self.importing.last_job == job_id

    def hear(self, events: Sequence[Event]) -> None:
        """Follow the import, and show datasets that others bring in."""
        self.importing.follow(events)
        if any(event.kind == "dataset" for event in events):
            self.model.load()

    def _delete(self, dataset_id: str) -> None:
        name = next((info.name for info in self.model.items if info.id == dataset_id), "The dataset")
        self.model.delete(dataset_id)
        if self.model.problem is None:
            self.session.notify(f"{name} is deleted.")

    def _sample(self) -> Viewable:
        return button("Try the flights sample", self.importing.sample, variant="outlined")

    def _show(self) -> None:
        self.table.param.update(
            rows=[dataset_row(info) for info in self.model.items],
            total=self.model.total,
            offset=self.model.offset,
            search=self.model.search,
        )
