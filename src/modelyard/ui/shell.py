"""The frame around all screens: header, rail of tabs, content, and which screen is open."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import panel as pn
import panel_material_ui as pmui
import param

from modelyard.core.common.errors import NotFound
from modelyard.core.common.types import Json
from modelyard.core.jobs.types import JobState
from modelyard.ui.components.base import Talking
from modelyard.ui.notices import Notices, notice_item
from modelyard.ui.problems import describe
from modelyard.ui.routing import Route
from modelyard.ui.screen import Screen, Trouble
from modelyard.ui.theme import THEME, palette

if TYPE_CHECKING:
    from modelyard.core.jobs.types import Event
    from modelyard.ui.session import Session


@dataclass(frozen=True, slots=True)
class Tab:
    """An entry of the rail.

    Parameters
    ----------
    key, label, icon : str
        In the address, for people, and of the Material Icons font.
    module : str
        Has a function ``open_screen(session, args)``; imported when the tab is opened.
    """

    key: str
    label: str
    icon: str
    module: str


TABS = (
    Tab("home", "Home", "home", "modelyard.ui.panels.home"),
    Tab("data", "Data", "table_chart", "modelyard.ui.panels.data_management"),
    Tab("experiments", "Experiments", "science", "modelyard.ui.panels.experiments"),
    Tab("models", "Models", "model_training", "modelyard.ui.panels.models"),
    Tab("jobs", "Jobs", "list_alt", "modelyard.ui.panels.jobs"),
    Tab("settings", "Settings", "settings", "modelyard.ui.panels.settings"),
)

_ACTIVE = (JobState.QUEUED, JobState.RUNNING)


class Shell(Talking, pmui.Page):  # type: ignore[misc]  # it has no module of JavaScript of its own
    """The page; what panel-material-ui's `Page` is for the server, with a frame of our own in the browser.

    Parameters
    ----------
    route : str
        The query of the address, in both directions.
    shown : str
        The query whose screen is in place.
    tabs : list of dict
        ``key``, ``label`` and ``icon`` of each.
    badges : dict
        Numbers beside tabs, by key.
    workspace : dict
        ``name`` and ``path``.
    unread : int
        Notices that were not seen.
    notices : list of dict
        The newest, once they were asked for.
    """

    written = ("route", "dark_theme")

    _priority_changes: ClassVar[list[str]] = ["route"]  # others are kept for 50 ms, lest more of them follow
    _busy__ignore: ClassVar[list[str]] = ["route", "dark_theme"]  # nobody looks at whether the process is busy

    route = param.String(default="")
    shown = param.String(default="")
    tabs = param.List(default=[])
    badges = param.Dict(default={})
    workspace = param.Dict(default={})
    unread = param.Integer(default=0)
    notices = param.List(default=[])

    busy = param.Parameter(default=False, allow_refs=False, readonly=False, constant=False)
    """Never so: our frame tells people by other means. Were it to follow the state of the whole process, as a `Page`'s
    does, that would keep each page that ever was, and be written by everybody's clicks."""

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self.busy = False


class Frame:
    """Opens and closes screens as the address says, in one session.

    Parameters
    ----------
    session : Session
        Of the page.
    query : str
        Of the address that was asked for.
    dark : bool
        The mode that this browser chose last.
    """

    def __init__(self, session: Session, query: str, *, dark: bool) -> None:
        self.session = session
        self._screen: Screen | None = None
        self.shell = Shell(
            title="Modelyard",
            route=query,
            tabs=[{"key": tab.key, "label": tab.label, "icon": tab.icon} for tab in TABS],
            workspace={"name": session.yard.name, "path": str(session.yard.root)},
            badges=self._badges(),
            theme_config=THEME,
            dark_theme=dark,
        )
        self.notices = Notices(session.yard)
        self.notices.param.watch(lambda *events: self._show_notices(), ["unread", "items"])
        self.notices.load()
        self.shell.on("notices", lambda message: self.notices.open())
        self.shell.on("read", lambda message: self.notices.mark_read())
        self.shell.on("notice", lambda message: self._go(self.notices.place(str(message["job"]))))
        ground = palette(dark)["background"]["default"]  # else the page is white until its first script has run
        self.shell.config.raw_css = [f"html {{ --mui-palette-background-default: {ground}; }}"]
        session.go = self._go
        session.is_dark = lambda: bool(self.shell.dark_theme)
        session.listen(self._hear)
        self.shell.param.watch(lambda *events: self.open(), "route")
        self.shell.param.watch(lambda *events: self._redraw(), "dark_theme")
        self.open()

    def open(self) -> None:
        """Show the screen that the address names."""
        query = self.shell.route
        if self._screen is not None:
            self._screen.close()
        try:
            self._screen = self._make(Route.parse(query))
            content = [*self._screen.content]
        except Exception as error:
            self._screen = Trouble(self.session, describe(error))
            content = [*self._screen.content]
        self.shell.param.update(main=content, shown=query)

    def _redraw(self) -> None:
        if self._screen is not None:
            self._screen.redraw()

    def close(self) -> None:
        """The page is gone."""
        if self._screen is not None:
            self._screen.close()
        self.session.close()

    def _make(self, route: Route) -> Screen:
        tab = next((tab for tab in TABS if tab.key == route.tab), None)
        if tab is None:
            raise NotFound(
                f"There is no tab {route.tab!r}.",
                possible=[tab.key for tab in TABS],
                remedy="Choose one at the left, or go home.",
            )
        screen: Screen = importlib.import_module(tab.module).open_screen(self.session, route.args)
        return screen

    def _go(self, query: str) -> None:
        self.shell.route = query

    def _hear(self, events: Sequence[Event]) -> None:
        changed = [event for event in events if event.kind == "state"]
        if not changed:
            return
        self.shell.badges = self._badges()
        self.notices.load()
        for event in changed:
            if event.payload.get("state") in (JobState.SUCCEEDED, JobState.FAILED, JobState.LOST):
                self._announce(event)

    def _announce(self, event: Event) -> None:
        job = self.session.yard.jobs.get(event.job_id)
        if job.hidden or (self._screen is not None and self._screen.shows(job.id)):
            return
        if job.state is JobState.SUCCEEDED:
            self.session.notify(f"{job.title}: done.")
        else:
            what = (job.error or {}).get("what") or job.message
            self.session.notify(f"{job.title}: {what}", "error")

    def _show_notices(self) -> None:
        items = [notice_item(notice) for notice in self.notices.items]
        self.shell.param.update(unread=self.notices.unread, notices=items)

    def _badges(self) -> Json:
        active = self.session.yard.jobs.list(limit=1, states=_ACTIVE).total
        return {"jobs": active} if active else {}


def cookie_says_dark() -> bool:
    """Whether this browser last chose dark; without a cookie the browser asks its system, a moment later."""
    cookies: dict[str, Any] = pn.state.cookies
    return cookies.get("modelyard_theme") == "dark"
