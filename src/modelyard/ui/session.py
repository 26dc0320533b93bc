"""What a screen may use of the session that shows it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import panel as pn

from modelyard.ui.problems import log
from modelyard.ui.routing import to

if TYPE_CHECKING:
    from modelyard.core.jobs.types import Event
    from modelyard.core.workspace.workspace import Workspace
    from modelyard.ui.live import Live

SHORTEST_S = 0.1
"""What is done aside takes at least so long: Panel may write what changes at once before what it has scheduled, and a
browser that heard the answer before the question would show that somebody is at work for ever."""

type Listener = Callable[[Sequence[Event]], None]


class Session:
    """One open page.

    Parameters
    ----------
    yard : Workspace
        Acting on behalf of who has the page open.
    live : Live
        The reader that all sessions share.
    document : Document
        Of the page.
    """

    def __init__(self, yard: Workspace, live: Live, document: Any) -> None:
        self.yard = yard
        self.go: Callable[[str], None] = lambda query: None
        self.is_dark: Callable[[], bool] = lambda: False
        self._document = document
        self._listeners: list[Listener] = []
        self._subscription = live.subscribe(self._wake)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener`, in this session, with what jobs say; returns how to stop it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    @property
    def dark(self) -> bool:
        """The mode that the page shows now."""
        return self.is_dark()

    def notify(self, text: str, tone: str = "success") -> None:
        """Show a short message that goes away by itself; an error stays longer, until another one replaces it."""
        if pn.state.notifications is not None:
            if tone == "error":
                for old in [each for each in pn.state.notifications.notifications if each.notification_type == "error"]:
                    old.destroy()
            pn.state.notifications.send(text, duration=8000 if tone == "error" else 4000, type=tone)

    def imported(self, dataset: str, number: int) -> None:
        """Open what an import made; that it became a further version of a dataset is said."""
        if number > 1:
            self.notify(f"Added as version {number} of {self.yard.datasets.get(dataset).name}.")
        self.go(to("data", dataset=dataset))

    def aside[T](self, work: Callable[[], T], done: Callable[[Callable[[], T]], None]) -> None:
        """Do something that takes a while in a thread, then call `done`, in this session.

        Parameters
        ----------
        work : callable
            Touches nothing of the session.
        done : callable
            Given a function that returns what `work` returned, or raises what it raised.
        """
        later: Future[T] = Future()

        def run() -> None:
            began = time.monotonic()
            try:
                later.set_result(work())
            except Exception as error:
                later.set_exception(error)
            time.sleep(max(0.0, SHORTEST_S - (time.monotonic() - began)))
            try:
                self._document.add_next_tick_callback(lambda: done(later.result))
            except Exception:  # its document is gone
                log.debug("A session has ended before its work", exc_info=True)

        threading.Thread(target=run, name="aside", daemon=True).start()

    def close(self) -> None:
        """Hear no more; the page is gone."""
        self._listeners.clear()
        self._subscription.close()

    def _wake(self) -> None:
        self._document.add_next_tick_callback(self._tell)

    def _tell(self) -> None:
        events = self._subscription.take()
        for listener in tuple(self._listeners):
            try:
                listener(events)
            except Exception:
                log.exception("A screen could not show what a job said")  # the others still can
