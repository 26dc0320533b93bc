"""The list of sources."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.core.jobs.types import Event
from modelyard.core.workspace.tasks.check_sources import CHECKED
from modelyard.ui.components import DataTable, Empty, Heading, Parts, Section, Tiles
from modelyard.ui.panels.data_management.parts import PARTS
from modelyard.ui.panels.sources.model import SourceList
from modelyard.ui.panels.sources.rows import SOURCES, kind_tile, source_row
from modelyard.ui.panels.sources.streams_view import StreamsCard
from modelyard.ui.routing import to
from modelyard.ui.screen import Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button

NOTE = "What you import comes from files, or from sources: databases, buckets, folders and streams."
WHAT = (
    "A source is a connection to data that somebody else keeps: a database, a bucket, a folder, a stream. "
    "Add it once, look into it, and import what you need, or follow it."
)


class SourcesScreen(Screen):
    """All sources with their health; without one, what a source is and the kinds that there are."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.model = SourceList(session.yard, session.aside)
        self.kinds = {kind.name: kind for kind in session.yard.sources.kinds()}
        self.table = DataTable(
            columns=SOURCES,
            label="Sources",
            nothing="No source has that in its name.",
            searchable="Search sources",
            limit=self.model.limit,
        )
        self.table.on_page(self.model.turn)
        self.table.on_search(self.model.find)
        self.table.on_cell(self._act)
        self.list = Section(self.table, title="Sources", flush=True)
        tiles = Tiles(
            items=[kind_tile(kind) for kind in self.kinds.values()], label="Kinds of sources",
            sizing_mode="stretch_width",
        )  # fmt: skip
        nothing = Empty(icon="cable", title="There is no source yet", text=WHAT, sizing_mode="stretch_width")
        self.empty = Section(nothing, tiles)
        self.streams = StreamsCard(session)
        self.add = button("Add a source", lambda: session.go(to("data", sources="new")), icon="add")
        self.model.param.watch(lambda *events: self._show(), ["items", "total", "offset", "testing"])
        self.model.load()
        self._show()

    @property
    def content(self) -> Sequence[Viewable]:
        """The list, or the way to the first source."""
        return [
            Heading(title="Data", note=NOTE, tools=[self.add], sizing_mode="stretch_width"),
            Parts(items=PARTS, current="Sources", sizing_mode="stretch_width"),
            notice(self.model),
            self.list,
            *self.streams.cards,
            self.empty,
        ]

    def hear(self, events: Sequence[Event]) -> None:
        """Sources were checked without anybody asking, or streams got on."""
        self.streams.hear(events)
        if any(event.kind == CHECKED for event in events):
            self.model.load()

    def _act(self, name: str, column: str, action: str) -> None:
        if action == "test":
            self.model.test(name)
            return
        self.model.remove(name)
        if self.model.problem is None:
            self.session.notify(f"{name} is removed.")

    def _show(self) -> None:
        model = self.model
        some = bool(model.total or model.search)
        self.list.visible = self.add.visible = some
        self.empty.visible = not some
        titles = {name: kind.title for name, kind in self.kinds.items()}
        self.table.param.update(
            rows=[
                source_row(
                    info, titles.get(info.kind, info.kind), model.address(info), testing=info.name in model.testing
                )
                for info in model.items
            ],
            total=model.total,
            offset=model.offset,
            search=model.search,
        )
