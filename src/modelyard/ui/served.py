"""What ``panel serve`` needs beside the page: `modelyard up` brings a worker and the routes of files itself.

`panel serve` runs the application's script again for each visitor, in a module of its own, so what all visitors share
lives here. By default it serves through Tornado; its other servers give no place for routes that are found at run time.
"""

from __future__ import annotations

import gc
import ipaddress
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import panel as pn
from bokeh.server.tornado import BokehTornado

from modelyard.core.common.errors import NotAllowed
from modelyard.ui.app import SERVER, configure, view
from modelyard.ui.components import Notice
from modelyard.ui.file_routes import routes
from modelyard.ui.problems import describe

if TYPE_CHECKING:
    from panel.viewable import Viewable

_LOCK = threading.Lock()
_ready: set[int] = set()


def page() -> Viewable:
    """Build the page of one visitor; the first one opens the workspace, starts a worker and adds the routes."""
    configure()
    context: Any = pn.state.curdoc.session_context if pn.state.curdoc else None
    if context is not None and not from_here(context.request):
        refused = NotAllowed(
            "The workbench answers to this machine only: it has no accounts yet, so anybody could do everything.",
            remedy="To reach it from elsewhere, forward the port with ssh -L and open http://localhost.",
        )
        return Notice(problem=describe(refused), sizing_mode="stretch_width")
    with _LOCK:
        yard, _ = SERVER.opened()
        tornado = _tornado(context.server_context.application_context) if context is not None else None
        if tornado is not None and id(tornado) not in _ready:
            _ready.add(id(tornado))
            tornado.add_handlers(r".*", routes(yard, tornado.prefix, tornado.websocket_origins))
            yard.start_worker()
    return view()


def from_here(request: Any) -> bool:
    """Tell whether a request comes from this machine, and was sent to it by one of its own names."""
    peer = getattr(request, "remote_ip", None)
    host = urlsplit(f"//{getattr(request, 'host', '')}").hostname
    return all(name is None or _loopback(name) for name in (peer, host))


def _loopback(name: str) -> bool:
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _tornado(application: Any) -> Any:
    """Return the server of an application: it knows its applications, and none of them knows it."""
    if application is None:
        return None
    servers = (found for found in gc.get_objects() if issubclass(type(found), BokehTornado))
    return next((server for server in servers if application in server.applications.values()), None)
