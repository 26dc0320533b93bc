"""From what jobs say to what people see: one thread a process follows the event table and wakes the sessions.

A session is told which jobs said what kind of thing, and reads the state that it shows: of several events of one job
and kind only the last is kept while a session is busy, so a slow one falls behind in detail, never in memory.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from modelyard.core.jobs.types import Event

INTERVAL_S = 0.1
"""Between two looks at the table while somebody follows it: the median way from a job to a browser is about 70 ms."""

log = logging.getLogger("modelyard.ui")


class EventTable(Protocol):
    """What is followed: ``yard.jobs``."""

    def events(self, after: int = 0) -> Sequence[Event]:
        """Return what was said after `after`, oldest first."""

    def last_event_id(self) -> int:
        """Return the id of the newest event."""


class Subscription:
    """What one session has not seen yet.

    Parameters
    ----------
    wake : callable
        Called from the reader's thread when there is something new; it must only arrange that `take` is called soon.
        Not called again before `take`.
    """

    def __init__(self, wake: Callable[[], None], leave: Callable[[Subscription], None]) -> None:
        self._wake = wake
        self._leave = leave
        self._pending: dict[tuple[str, str], Event] = {}
        self._lock = threading.Lock()

    def push(self, events: Sequence[Event]) -> None:
        """Add what was said, and wake the session if it is not awake yet."""
        with self._lock:
            asleep = not self._pending
            for event in events:
                self._pending.pop((event.job_id, event.kind), None)  # to the end, so that the order is that of the last
                self._pending[event.job_id, event.kind] = event
        if asleep:
            try:
                self._wake()
            except Exception:  # its document is gone before its session has said so
                log.debug("A session could not be woken", exc_info=True)
                self.close()

    def take(self) -> list[Event]:
        """Return what is new, oldest first."""
        with self._lock:
            pending, self._pending = self._pending, {}
        return list(pending.values())

    def close(self) -> None:
        """Hear no more."""
        self._leave(self)


class Live:
    """Follows the event table while somebody subscribes, in one daemon thread.

    Parameters
    ----------
    table : EventTable
        Usually ``yard.jobs``.
    interval : float
        Seconds between two looks.
    """

    def __init__(self, table: EventTable, interval: float = INTERVAL_S) -> None:
        self._table = table
        self._interval = interval
        self._subscriptions: set[Subscription] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def subscribe(self, wake: Callable[[], None]) -> Subscription:
        """Hear what is said from now on."""
        subscription = Subscription(wake, self._leave)
        with self._changed:
            self._subscriptions.add(subscription)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._follow, args=(self._table.last_event_id(),), name="live", daemon=True
                )
                self._thread.start()
        return subscription

    def close(self) -> None:
        """Let go of all subscribers and of the table; returns when nothing is read from it any more."""
        with self._changed:
            thread = self._thread
            self._subscriptions.clear()
            self._changed.notify()
        if thread is not None:
            thread.join()

    def _leave(self, subscription: Subscription) -> None:
        with self._changed:
            self._subscriptions.discard(subscription)
            self._changed.notify()

    def _follow(self, seen: int) -> None:
        while True:
            with self._changed:
                if self._subscriptions:
                    self._changed.wait(self._interval)
                if not self._subscriptions:
                    self._thread = None  # the next subscriber starts another one, from where the table is then
                    return
            try:
                events = self._table.events(seen)
            except Exception:
                log.warning("The event table could not be read; trying again", exc_info=True)
                continue
            if events:
                seen = events[-1].id
                with self._changed:
                    subscriptions = list(self._subscriptions)
                for subscription in subscriptions:
                    subscription.push(events)
