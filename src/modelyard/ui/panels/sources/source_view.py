"""The screen of one source."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.core.common.optional import install_line
from modelyard.core.common.types import Json
from modelyard.core.jobs.types import Event
from modelyard.core.workspace.tasks.check_sources import CHECKED
from modelyard.ui import format as fmt
from modelyard.ui.components import DataTable, Facts, Folded, Heading, Notice, Section
from modelyard.ui.panels.sources.browse_view import BrowseCard
from modelyard.ui.panels.sources.follow_view import FollowCards
from modelyard.ui.panels.sources.import_view import ImportCards, LookCards
from modelyard.ui.panels.sources.rows import CHECKS, check_row, health, latency
from modelyard.ui.panels.sources.source_model import CHECKS as LAST
from modelyard.ui.panels.sources.source_model import Browser, Chosen, SourceHealth, SourceImport
from modelyard.ui.panels.sources.stream_model import Follow
from modelyard.ui.panels.sources.streams_view import StreamsCard
from modelyard.ui.problems import warning
from modelyard.ui.routing import to
from modelyard.ui.screen import Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, choice, stack

CRUMBS = [{"text": "Data", "to": to("data")}, {"text": "Sources", "to": to("data", sources=1)}]


class SourceScreen(Screen):
    """How a source is, what is in it, and the way from there to a dataset."""

    def __init__(self, session: Session, name: str) -> None:
        super().__init__(session)
        source = session.yard.sources.get(name)
        self.source = source
        self.kind = next((kind for kind in session.yard.sources.kinds() if kind.name == source.kind), None)
        self.health = SourceHealth(session.yard, source, session.aside)
        self.chosen = Chosen(session.yard, source, session.aside)
        self.importing = SourceImport(session.yard, session.imported)
        self.facts = Facts(sizing_mode="stretch_width")
        often = choice(self.health, "every", "pauses", "Checked without being asked", sizing_mode="fixed", width=260)
        self.checks = DataTable(columns=CHECKS, label="Last checks", limit=LAST, tall=260)
        note = "Whoever added the source gets a notice when it can be used no longer, or again."
        self.history = Folded(stack(often, self.checks), title="Last checks", note=note)
        self.wrong = Notice(sizing_mode="stretch_width", visible=False)
        self.health.param.watch(lambda *events: self._show(), ["health", "checked_at", "busy", "checks"])
        self.usable = self.kind is not None and self.kind.installed
        self.streams = StreamsCard(session, source.info.id) if self.kind and self.kind.followed else None
        if self.usable:
            self.browser = Browser(session.yard, source, session.aside)
            empty = (
                "Nothing is in it." if self.streams is None else "It lists no topics: type below which one you mean."
            )
            self.browse = BrowseCard(self.browser, self.chosen, self.kind.language if self.kind else None, empty)
            self.cards = self._cards()
            self.browser.param.watch(lambda *events: self._show(), "problem")
            self.browser.load()
            if source.info.health is None:
                self.health.test()
        self._show()

    @property
    def content(self) -> Sequence[Viewable]:
        """Health, what is in it, what is looked at."""
        name, busy = self.source.name, self.health.param.busy
        again = button("Test again", self._again, variant="outlined", disabled=busy, loading=busy, visible=self.usable)
        edit = button("Edit", lambda: self.session.go(to("data", source=name, edit=1)), variant="outlined")
        info = self.source.info
        kind = self.kind.title if self.kind else self.source.kind
        return [
            Heading(
                title=name,
                note=f"{kind}, added {fmt.ago(info.created_at)['text']} by {info.created_by}",
                crumbs=CRUMBS,
                tools=[edit],
                sizing_mode="stretch_width",
            ),
            notice(self.health),
            Section(self.facts, self.wrong, title="Health", tools=[again]),
            self.history,
            *(self.streams.cards if self.streams else []),
            *([*self.browse.cards, *self.cards.cards] if self.usable else [self._lacking()]),
        ]

    def _cards(self) -> LookCards:
        """Return what leads from here to a dataset: a stream is followed in place of read."""
        if self.streams is None:
            return ImportCards(self.chosen, self.importing)
        return FollowCards(self.chosen, Follow(self.session.yard, self.source), self._followed)

    def _followed(self, name: str) -> None:
        self.session.notify(f"{name} is followed.")
        if self.streams is not None:
            self.streams.appeal()

    def shows(self, job_id: str) -> bool:
        """The card shows how its import ends."""
        return self.importing.last_job == job_id

    def hear(self, events: Sequence[Event]) -> None:
        """Follow the import, the streams, and the checks that nobody asked for."""
        self.importing.follow(events)
        if self.streams is not None:
            self.streams.hear(events)
        if any(event.kind == CHECKED for event in events):
            self.health.load()

    def _lacking(self) -> Viewable:
        extra = self.kind.extra if self.kind else None
        return Notice(
            problem=warning(
                f"The driver of {self.kind.title if self.kind else self.source.kind} is not installed.",
                f"Install it with: {install_line(extra)}" if extra else "Install the package that it came with.",
            ),
            sizing_mode="stretch_width",
        )

    def _again(self) -> None:
        self.health.test()
        if self.browser.problem is not None:  # perhaps it answers now
            self.browser.load()

    def _show(self) -> None:
        found = self.health.health
        self.facts.items = [
            {"label": "State", **_state(health(found), testing=self.health.busy)},
            {"label": "Where", "text": self.source.address if self.kind else "–"},
            *([{"label": "Answer after", "text": latency(found.latency_s)}] if found else []),
            *([{"label": "What answers", "text": found.version}] if found and found.version else []),
            *([{"label": "Since", **fmt.ago(self.health.since)}] if self.health.since else []),
            *([{"label": "Tested", **fmt.ago(self.health.checked_at)}] if self.health.checked_at else []),
        ]
        rows = [check_row(place, check) for place, check in enumerate(self.health.checks)]
        self.checks.param.update(rows=rows, total=len(rows))
        self.history.visible = bool(rows)
        told = self.usable and self.browser.problem is not None  # below, with its remedy
        bad = found is not None and not found.healthy and not self.health.busy and not told
        self.wrong.param.update(
            problem={"severity": "error", "what": found.message} if bad and found else None, visible=bad
        )


def _state(cell: Json, *, testing: bool) -> Json:
    return {"state": "running", "text": "Testing …"} if testing else {"state": cell["state"], "text": cell["label"]}
