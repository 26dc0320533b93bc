"""What is in a source, one level at a time; or a query in place of it."""

from __future__ import annotations

from collections.abc import Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.data_sources.paths import format_path
from modelyard.ui.components import DataTable, Section, Trail
from modelyard.ui.components.stock import lean
from modelyard.ui.panels.sources.rows import ITEMS, item_row
from modelyard.ui.panels.sources.source_model import LEVEL, Browser, Chosen
from modelyard.ui.screen import notice
from modelyard.ui.widgets import button, field, row, stack

ALWAYS = ("name", "kind")


class BrowseCard:
    """Where one is, a table of items and its pages; before it, where the source takes one, a query.

    Parameters
    ----------
    language : str or None
        Of queries.
    empty : str
        What is said where nothing is.
    """

    def __init__(self, model: Browser, chosen: Chosen, language: str | None, empty: str) -> None:
        self.model, self.chosen, self.language, self.empty = model, chosen, language, empty
        self.whole = button("Take the whole folder", self._take_folder, variant="outlined", visible=False)
        self.trail = Trail(label="Level", tools=[self.whole], sizing_mode="stretch_width")
        self.trail.on_open(lambda depth: model.open(model.path[:depth]))
        self.table = DataTable(
            columns=ITEMS, label="Items", selectable=True, searchable="Search names", limit=LEVEL, tall=460
        )
        self.table.on_select(self._select)
        self.table.on_search(model.find)
        self.table.on_page(model.turn)
        model.param.watch(
            lambda *events: self._show(), ["path", "items", "more", "offset", "search", "busy", "problem"]
        )
        chosen.param.watch(lambda *events: self._mark(), "item")
        self._show()

    @property
    def cards(self) -> Sequence[Viewable]:
        """The choice between items and a query, then what was chosen of these."""
        items = self.chosen.param.asks.rx.not_()
        problem = notice(self.model)
        level = Section(self.trail, self.table, title="What is in it", flush=True, visible=items)
        return [*self._ways(), problem, level]

    def _ways(self) -> list[Viewable]:
        if self.language is None:
            return []
        way = lean(pmui.RadioButtonGroup).from_param(
            self.chosen.param.asks,
            label="What to read",
            options={"A table": False, f"A query in {self.language}": True},
            size="small",
            button_style="outlined",
            sx={"& button": {"whiteSpace": "nowrap", "px": 2}},
            margin=0,
        )
        return [Section(row(way), self._query())]

    def _query(self) -> Viewable:
        text = field(
            pmui.TextAreaInput,
            self.chosen.param.query,
            f"{self.language}: one statement that returns rows",
            max_length=100_000,
            rows=6,
            placeholder="SELECT …",
            sx={"& textarea": {"fontFamily": "ui-monospace, monospace", "fontSize": 13}},
        )
        text.helper_text = "It can only read."
        busy = self.chosen.param.busy
        look = button("Show the first rows", self.chosen.look, variant="outlined", disabled=busy, loading=busy)
        return stack(text, row(look), visible=self.chosen.param.asks, sx={"gap": "16px", "pt": 1})

    def _select(self, key: str) -> None:
        item = self.model.item(key)
        if item is None:
            return
        if item.opens:
            self.model.open(item.path)
        else:
            self.chosen.choose(item.text)

    def _take_folder(self) -> None:
        self.chosen.choose(format_path(self.model.path))

    def _mark(self) -> None:
        self.table.selected = self.chosen.item

    def _show(self) -> None:
        model = self.model
        rows = [item_row(item) for item in model.items]
        known = {key for each in rows for key, value in each["cells"].items() if value is not None}
        self.table.param.update(
            columns=[each for each in ITEMS if each["key"] in ALWAYS or each["key"] in known],
            rows=rows,
            total=model.offset + len(rows),
            offset=model.offset,
            more=model.more,
            search=model.search,
            nothing=self._nothing(),
        )
        self.trail.items = [model.source.name, *model.path]
        self.whole.visible = bool(model.path) and any(item.kind in ("file", "folder") for item in model.items)

    def _nothing(self) -> str:
        if self.model.busy:
            return "Asking …"
        if self.model.problem is not None:
            return "What is in it could not be seen."
        return "No name here holds that." if self.model.search else self.empty
