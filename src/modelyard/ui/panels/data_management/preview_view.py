"""The rows of a dataset, page by page."""

from __future__ import annotations

from typing import Any

from modelyard.core.datasets.types import ColumnInfo
from modelyard.core.workspace.datasets import Dataset
from modelyard.ui import format as fmt
from modelyard.ui.components import DataTable, Section, column
from modelyard.ui.panels.data_management.dataset_model import Rows
from modelyard.ui.screen import notice
from modelyard.ui.session import Session

NUMBERS = ("integer", "number")
MOST = 200
"""Columns that are sent to the browser."""
LONGEST = 200
"""Characters of a text that are sent to the browser."""


class PreviewCard:
    """A table whose pages, order and search come from the server."""

    def __init__(self, session: Session, dataset: Dataset) -> None:
        self.model = Rows(session.yard, dataset)
        self.names = [info.name for info in dataset.columns]
        self.table = DataTable(
            label="Rows",
            columns=[_column(place, info) for place, info in enumerate(dataset.columns[:MOST])],
            limit=self.model.limit,
            searchable="Search texts",
            tall=520,
            nothing="No row has that in one of its texts.",
        )
        self.table.on_page(self.model.turn)
        self.table.on_sort(lambda key, descending: self.model.order(self.names[int(key)], descending))
        self.table.on_search(self.model.find)
        self.model.param.watch(lambda *events: self._show(), ["items", "total", "offset", "sort", "descending"])
        self.model.load()
        self._show()
        columns = len(self.names)
        note = f"The first {MOST} of {fmt.count(columns, 'column')}." if columns > MOST else ""
        self.card = Section(notice(self.model), self.table, title="Rows", note=note, flush=True)

    def _show(self) -> None:
        model = self.model
        self.table.param.update(
            rows=[_row(model.offset + place, values) for place, values in enumerate(model.items)],
            total=model.total,
            offset=model.offset,
            sort=str(self.names.index(model.sort)) if model.sort else "",
            descending=model.descending,
            search=model.search,
        )


def _column(place: int, info: ColumnInfo) -> dict[str, Any]:
    """Return a column of the table, keyed by its place: names from data may be anything."""
    return column(str(place), info.name, "number" if info.kind in NUMBERS else "text", sortable=True)


def _row(number: int, values: tuple[Any, ...]) -> dict[str, Any]:
    return {"key": str(number), "cells": {str(place): shown(value) for place, value in enumerate(values[:MOST])}}


def shown(value: Any) -> str | None:
    """Return a value of the data as text; None where it is missing.

    Examples
    --------
    >>> shown(3), shown(0.1), shown(None), shown(True)
    ('3', '0.1', None, 'true')
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return fmt.real(value, 7)
    text = str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
