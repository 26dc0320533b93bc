"""Streams: how each of them is, what can be done with it, and what it missed."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.core.jobs.types import Event
from modelyard.ui import format as fmt
from modelyard.ui.components import DataTable, Section, Sentences
from modelyard.ui.panels.sources.stream_model import GAPS as MOST
from modelyard.ui.panels.sources.stream_model import StreamList
from modelyard.ui.panels.sources.stream_rows import ALWAYS, GAPS, STREAMS, gap_row, stream_row, wrongs
from modelyard.ui.screen import notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, stack

NOTHING = "Nothing of it is followed yet. Choose a topic below, and then Follow."


class StreamsCard:
    """A card of streams; on the list of sources it is there only where a stream is.

    Parameters
    ----------
    session : Session
        Of the page.
    source : str
        Whose streams; empty for all.
    """

    def __init__(self, session: Session, source: str = "") -> None:
        self.session = session
        self.model = StreamList(session.yard, source)
        self.table = DataTable(columns=STREAMS, label="Streams", searchable="Search streams", limit=self.model.limit)
        self.table.on_page(self.model.turn)
        self.table.on_search(self.model.find)
        self.table.on_cell(self._act)
        self.wrong = Sentences(sizing_mode="stretch_width")
        self.told = stack(self.wrong, visible=False, sx={"px": 2.5, "py": 1.5})
        self.card = Section(self.table, self.told, title="Streams", flush=True)
        self.gaps = DataTable(columns=GAPS, label="Gaps", limit=MOST, tall=320)
        close = button("Close", lambda: self.model.unfold(self.model.gaps_of), variant="text")
        self.missed = Section(self.gaps, flush=True, tools=[close], visible=False)
        self.model.param.watch(lambda *events: self._show(), ["items", "total", "offset", "wrong"])
        self.model.param.watch(lambda *events: self._show_gaps(), ["gaps_of", "gaps"])
        self.model.load()
        self._show()

    @property
    def cards(self) -> Sequence[Viewable]:
        """What went wrong, the streams, and the gaps of one."""
        return [notice(self.model), self.card, self.missed]

    def hear(self, events: Sequence[Event]) -> None:
        """Follow what streams say."""
        self.model.hear(events)

    def appeal(self) -> None:
        """Have the card seen, with a stream that has just begun."""
        self.model.load()
        self.card.appeal += 1

    def _act(self, name: str, column: str, action: str) -> None:
        verbs = {
            "stop": self.model.stop,
            "resume": self.model.resume,
            "remove": self.model.remove,
            "gaps": self.model.unfold,
        }
        verbs[action](name)
        if action == "remove" and self.model.problem is None:
            self.session.notify(f"{name} is not followed any more.")

    def _show(self) -> None:
        model = self.model
        rows = [stream_row(info) for info in model.items]
        known = {key for each in rows for key, value in each["cells"].items() if value is not None}
        known.discard("source" if model.source else "topic")  # with its source, the topic stands below that
        some = bool(model.total or model.search)
        self.card.visible = some or bool(model.source)
        self.table.param.update(
            columns=[each for each in STREAMS if each["key"] in ALWAYS or each["key"] in known],
            rows=rows,
            total=model.total,
            offset=model.offset,
            search=model.search,
            searchable="Search streams" if model.search or model.total > model.limit else "",
            nothing="No stream has that in its name." if model.search else NOTHING,
        )

        self.wrong.items = wrongs(model.wrong)
        self.told.visible = bool(model.wrong)

    def _show_gaps(self) -> None:
        model = self.model
        rows = [gap_row(place, gap) for place, gap in enumerate(model.gaps)]
        self.gaps.param.update(rows=rows, total=len(rows))
        many = f" The last {fmt.count(MOST)} of them." if len(rows) == MOST else ""
        self.missed.param.update(
            title=f"Gaps of {model.gaps_of}",
            note=f"What was sent and did not reach us, newest first.{many}",
            visible=bool(model.gaps_of),
        )
