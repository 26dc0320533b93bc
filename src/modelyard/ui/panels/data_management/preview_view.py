"""The rows of a dataset, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from modelyard.core.common.types import Json
from modelyard.core.workspace.dataset import Dataset
from modelyard.ui import format as fmt
from modelyard.ui.components import DataTable, Section, column
from modelyard.ui.panels.data_management.dataset_model import Rows
from modelyard.ui.screen import notice
from modelyard.ui.session import Session

NUMBERS = ("integer", "number", "int", "uint", "float", "double", "halffloat", "decimal")
"""How kinds and Arrow types of numbers begin."""
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
            columns=columns_of([(info.name, info.kind) for info in dataset.columns], sortable=True),
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
            rows=rows_of(model.items, model.offset),
            total=model.total,
            offset=model.offset,
            sort=str(self.names.index(model.sort)) if model.sort else "",
            descending=model.descending,
            search=model.search,
        )


def columns_of(columns: Sequence[tuple[str, str]], *, sortable: bool = False) -> list[Json]:
    """Return the columns of a table, by names and kinds or Arrow types; keyed by place: names may be anything."""
    return [
        column(str(place), name, "number" if kind.startswith(NUMBERS) else "text", sortable=sortable)
        for place, (name, kind) in enumerate(columns[:MOST])
    ]


def rows_of(rows: Iterable[Sequence[Any]], offset: int = 0) -> list[Json]:
    """Return the rows of a table, of which the first is the one at `offset`."""
    return [
        {"key": str(number), "cells": {str(place): shown(value) for place, value in enumerate(values[:MOST])}}
        for number, values in enumerate(rows, offset)
    ]


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
