"""The table: rows come page by page from whoever owns it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import param

from modelyard.core.common.types import Json
from modelyard.ui.components.base import Talking


def column(key: str, label: str, kind: str = "text", **more: Any) -> Json:
    """Return a column.

    Parameters
    ----------
    kind : str
        How its cells look: ``text``, ``title``, ``link``, ``number``, ``code``, ``muted``, ``state``, ``chips``,
        ``bar``, ``progress``, ``spark``, ``select``, ``words`` (as long as they are) or ``action``.
    **more
        ``sortable``, ``width``, ``wide`` (the most pixels of a text).
    """
    return {"key": key, "label": label, "kind": kind, **more}


class DataTable(Talking):
    """A table of one page.

    Parameters
    ----------
    columns : list of dict
        See `column`.
    rows : list of dict
        Each with ``key``, ``cells`` (by column) and optionally ``to`` (where a click leads) and ``quiet``.
    total, offset, limit : int
        Rows in all, the first one shown, and the most on a page.
    more : bool
        Whether rows follow, where nobody knows how many: `total` then counts what is known.
    sort, descending, search
        What the page was asked with.
    searchable : str
        The label of the search field; empty for none.
    nothing : str
        What is said where there is no row.
    tall : int
        The most pixels before it scrolls under a fixed head; 0 for as tall as needed.
    lively : bool
        Whether rows that arrive while somebody watches light up.
    """

    columns = param.List(default=[])
    rows = param.List(default=[])
    total = param.Integer(default=0)
    offset = param.Integer(default=0)
    limit = param.Integer(default=25)
    more = param.Boolean(default=False)
    sort = param.String(default="")
    descending = param.Boolean(default=False)
    search = param.String(default="")
    searchable = param.String(default="")
    selectable = param.Boolean(default=False)
    selected = param.String(default="")
    label = param.String(default="Table")
    nothing = param.String(default="Nothing here yet.")
    tall = param.Integer(default=0)
    lively = param.Boolean(default=False)

    def __init__(self, **params: Any) -> None:
        super().__init__(**{"sizing_mode": "stretch_width", **params})

    def on_page(self, act: Callable[[int], None]) -> None:
        """Call `act` with the offset of the page that is asked for."""
        self.on("page", lambda message: act(int(message["offset"])))

    def on_sort(self, act: Callable[[str, bool], None]) -> None:
        """Call `act` with the column and whether the order is descending."""
        self.on("sort", lambda message: act(str(message["key"]), bool(message["descending"])))

    def on_search(self, act: Callable[[str], None]) -> None:
        """Call `act` with what is looked for."""
        self.on("search", lambda message: act(str(message["text"])))

    def on_select(self, act: Callable[[str], None]) -> None:
        """Call `act` with the key of the row that was clicked."""
        self.on("select", lambda message: act(str(message["row"])))

    def on_cell(self, act: Callable[[str, str, str], None]) -> None:
        """Call `act` with row, column and the value or action that was chosen there."""
        self.on("cell", lambda message: act(str(message["row"]), str(message["column"]), str(message["value"])))
