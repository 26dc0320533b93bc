"""The web process: the workbench and the REST routes as one ASGI application.

The only module that knows both front doors. Run as ``python -m modelyard.web`` by ``modelyard up``.
"""

from __future__ import annotations

import argparse
import gc
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.common.optional import require
from modelyard.core.common.request import log_with_request

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace
    from modelyard.deployment.api.guard import App

SHUTDOWN_S = 3
"""Seconds that open pages get to say goodbye."""

PRELOAD_S = 6.0
"""Seconds after which screens are loaded that nobody has opened; the first page is there by then."""

KEPT_MS, CHECK_MS = 15_000, 5_000
"""How long a page that was closed is kept, since it may only have lost its line, and how often that is looked at."""


def create_app(yard: Workspace, port: int) -> App:
    """Return the application that serves a workspace.

    Parameters
    ----------
    yard : Workspace
        Opened for a shared worker: the web process runs no jobs.
    port : int
        On which it will listen; requests to other addresses are refused.
    """
    from fastapi import FastAPI
    from panel.io.fastapi import add_applications

    from modelyard.deployment.api.failures import add_handlers
    from modelyard.deployment.api.files import create_router
    from modelyard.deployment.api.guard import LOOPBACK, Guard
    from modelyard.deployment.api.requests import Requests
    from modelyard.deployment.api.streams import create_stream_router
    from modelyard.ui.app import configure, view

    api = FastAPI(title="Modelyard", docs_url=None, redoc_url=None)  # their pages load scripts from a foreign host
    add_handlers(api)
    api.include_router(create_router(yard))
    api.include_router(create_stream_router(yard))
    configure(yard)
    origins = [f"{host}:{port}" for host in LOOPBACK]
    sessions: Any = {"unused_session_lifetime_milliseconds": KEPT_MS, "check_unused_sessions_milliseconds": CHECK_MS}
    add_applications({"/": view}, app=api, title="Modelyard", websocket_origin=origins, warm=True, **sessions)
    return Guard(Requests(api), port)


def serve(location: Path, host: str, port: int, *, until_stdin_closes: bool = False) -> None:
    """Serve a workspace until a signal arrives.

    Parameters
    ----------
    location : Path
        Of the workspace.
    host, port
        Where to listen; the caller sees to it that it is a loopback address.
    until_stdin_closes : bool
        Whether to end with the program that holds this one's standard input.
    """
    uvicorn = require("uvicorn", extra="workbench", purpose="the workbench")
    require("panel_material_ui", extra="workbench", purpose="the workbench")
    from modelyard.core.workspace.settings import Settings
    from modelyard.core.workspace.workspace import Workspace
    from modelyard.ui.preload import preload

    with Workspace(Settings.at(location), worker="shared") as yard:
        config = uvicorn.Config(
            create_app(yard, port),
            host=host,
            port=port,
            log_level="warning",
            timeout_graceful_shutdown=SHUTDOWN_S,
            ws_max_size=64 << 20,
        )
        server = uvicorn.Server(config)
        _spare_the_collector()
        if until_stdin_closes:
            threading.Thread(target=_stop_with_stdin, args=(server,), daemon=True).start()
        waiting = threading.Timer(PRELOAD_S, preload)
        waiting.daemon = True
        waiting.start()
        server.run()
        waiting.cancel()


def _spare_the_collector() -> None:
    """What is loaded now stays: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


def _stop_with_stdin(server: object) -> None:
    import os
    import sys

    while os.read(sys.stdin.fileno(), 1 << 12):  # not sys.stdin.read, whose lock is fatal when the interpreter ends
        pass
    server.should_exit = True  # type: ignore[attr-defined]  # uvicorn is imported only when used


def main() -> None:
    """Run the web process."""
    parser = argparse.ArgumentParser(description="Serve a workspace to browsers on this machine.")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--until-stdin-closes", action="store_true")
    options = parser.parse_args()
    log_with_request()
    serve(options.workspace, options.host, options.port, until_stdin_closes=options.until_stdin_closes)


if __name__ == "__main__":
    main()
