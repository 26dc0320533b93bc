"""The workbench as Panel serves it: ``panel serve app.py``, or `view` mounted by `modelyard.web`."""

from __future__ import annotations

import os
import threading
import warnings
from typing import TYPE_CHECKING

import panel as pn
import panel_material_ui as pmui
from bokeh.settings import settings as bokeh_settings
from bokeh.util.warnings import BokehUserWarning

from modelyard.ui.live import Live
from modelyard.ui.session import Session
from modelyard.ui.shell import Frame, cookie_says_dark
from modelyard.ui.theme import THEME

if TYPE_CHECKING:
    from panel.viewable import Viewable

    from modelyard.core.workspace.workspace import Workspace


class Server:
    """What all sessions of one process share: the open workspace and the reader of its events."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: tuple[Workspace, Live] | None = None

    def use(self, yard: Workspace) -> None:
        """Serve this workspace from now on."""
        with self._lock:
            self._opened = (yard, Live(yard.jobs))

    def opened(self) -> tuple[Workspace, Live]:
        """Return the workspace and its reader; opens the default workspace where none was given."""
        with self._lock:
            if self._opened is None:
                import modelyard

                yard = modelyard.open(os.environ.get("MODELYARD_WORKSPACE"))
                self._opened = (yard, Live(yard.jobs))
            return self._opened


SERVER = Server()


def configure(yard: Workspace | None = None) -> None:
    """Set Panel up for this process.

    Parameters
    ----------
    yard : Workspace, optional
        What to serve; by default the first visitor opens the workspace that ``MODELYARD_WORKSPACE`` names, or the
        one in the current folder.
    """
    # the browser's theme writes colors into plots and sends whole models back, which Bokeh notes in the log
    warnings.filterwarnings("ignore", "reference already known", BokehUserWarning)
    bokeh_settings.simple_ids = True  # as it is anyway, but else looked for in files and variables for each model
    pn.extension(notifications=True)
    if yard is not None:
        SERVER.use(yard)


def view() -> Viewable:
    """Build the page of one session."""
    yard, live = SERVER.opened()
    session = Session(yard, live, pn.state.curdoc)
    location = pn.state.location
    if isinstance(pn.state.notifications, pmui.NotificationArea):
        pn.state.notifications.theme_config = THEME
    try:
        frame = Frame(session, location.search if location else "", dark=cookie_says_dark())
    except BaseException:
        session.close()
        raise
    document = pn.state.curdoc

    def leave(context: object) -> None:
        frame.close()
        _forget(document)

    pn.state.on_session_destroyed(leave)
    return frame.shell


def _forget(document: object) -> None:
    """Take a page that is gone out of Panel's table of views: it keeps the area of messages, and with it everything."""
    for ref, view in list(pn.state._views.items()):
        if view[2] is document:
            pn.state._views.pop(ref, None)


if __name__.startswith("bokeh_app"):  # run again for each visitor: what they share lives in the modules themselves
    from modelyard.ui.served import page

    page().servable()
