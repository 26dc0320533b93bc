"""Start the workbench and see to it that it stays up."""

from __future__ import annotations

import ipaddress
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.core.common.errors import NotAllowed, Unavailable
from modelyard.core.common.optional import check_installed

if TYPE_CHECKING:
    from modelyard.core.workspace.settings import Settings
    from modelyard.core.workspace.worker_process import WorkerProcess

TICK_S = 0.2
STARTS = 5
"""So many starts within `WINDOW_S` seconds and a part is given up."""
WINDOW_S = 60.0
HEAD_START_S, PATIENCE_S = 4.0, 15.0
"""The worker starts so long after the web process answers, or so long after that was started: what a worker loads would
take a core from whoever waits for the first page."""


def up(location: Path, host: str, port: int) -> None:
    """Supervise a web process and a worker until a signal arrives.

    Raises
    ------
    NotAllowed
        If `host` is no loopback address.
    Unavailable
        If the port is in use, or a part dies again and again.
    """
    check_installed("panel_material_ui", extra="workbench", purpose="the workbench")
    check_address(host, port)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    web = Part("web process", lambda: WebProcess(location, host, port))
    web.start()  # first: somebody waits for it, and it has much to load before it opens the workspace
    settings = _checked(location, web)
    worker = Part("worker", lambda: _worker(settings))
    try:
        painted, late = _announce(host, port, settings.root, stop), time.monotonic() + PATIENCE_S
        while not stop.wait(TICK_S):
            web.watch()
            if worker.started:
                worker.watch()
            elif painted.is_set() or time.monotonic() > late:
                worker.start()
    finally:
        print("Stopping …", file=sys.stderr)
        worker.stop()
        web.stop()


def _checked(location: Path, web: Part) -> Settings:
    """Return the settings of a workspace that can be opened: it is made, or brought up to date."""
    from modelyard.core.workspace.settings import Settings
    from modelyard.core.workspace.workspace import Workspace

    try:
        settings = Settings.at(location)
        Workspace(settings, worker="shared").close()
    except BaseException:
        web.kill()  # it would say the same in its own words
        raise
    return settings


def _worker(settings: Settings) -> WorkerProcess:
    from modelyard.core.workspace.worker_process import WorkerProcess

    return WorkerProcess(settings)


def check_address(host: str, port: int) -> None:
    """Refuse an address that others could reach, or that is taken."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NotAllowed(
            f"The workbench cannot listen on {host!r}: it has no accounts yet, so anybody could do everything.",
            possible=["127.0.0.1", "localhost", "::1"],
            remedy="To reach it from elsewhere, forward the port with ssh -L.",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(
                f"Port {port} of {host} is in use.",
                remedy="Stop what uses it, or choose another one with --port.",
                details=str(error),
            ) from error


class WebProcess:
    """The web process; ends with this program, however this program ends."""

    def __init__(self, location: Path, host: str, port: int) -> None:
        command = [sys.executable, "-m", "modelyard.web", "--workspace", str(location)]
        command += ["--host", host, "--port", str(port), "--until-stdin-closes"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def stop(self, timeout: float = 10.0) -> None:
        """End it; open pages get a moment."""
        if self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.close()
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Part:
    """One of the processes, started again when it dies.

    Parameters
    ----------
    name : str
        For messages.
    make : callable
        Starts it.
    """

    def __init__(self, name: str, make: Callable[[], WebProcess | WorkerProcess]) -> None:
        self._name = name
        self._make = make
        self._process: WebProcess | WorkerProcess | None = None
        self._starts: deque[float] = deque(maxlen=STARTS)

    @property
    def started(self) -> bool:
        """Whether it has been started."""
        return self._process is not None

    def start(self) -> None:
        """Start it."""
        self._starts.append(time.monotonic())
        self._process = self._make()

    def watch(self) -> None:
        """Start it again if it has died.

        Raises
        ------
        Unavailable
            If it has died `STARTS` times within `WINDOW_S` seconds.
        """
        if self._process is None or self._process.alive:
            return
        if len(self._starts) == STARTS and time.monotonic() - self._starts[0] < WINDOW_S:
            raise Unavailable(
                f"The {self._name} ended {STARTS} times within a minute.", remedy="Its last words are above."
            )
        print(f"The {self._name} ended and is started again.", file=sys.stderr)
        self.start()

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        """End it without a word."""
        if self._process is not None:
            self._process.process.kill()
            self._process.process.wait()


def _announce(host: str, port: int, root: Path, stop: threading.Event) -> threading.Event:
    """Print the address as soon as it answers; what is returned is set when the first page may have been seen."""
    painted = threading.Event()
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}"

    def ask() -> None:
        while not stop.wait(TICK_S):
            with suppress(OSError), urllib.request.urlopen(f"{address}/api/health", timeout=2) as answer:  # noqa: S310
                if answer.status == 200:
                    print(f"Modelyard is at {address}  (workspace {root}; Ctrl-C ends it)", flush=True)
                    break
        stop.wait(HEAD_START_S)
        painted.set()

    threading.Thread(target=ask, daemon=True).start()
    return painted
