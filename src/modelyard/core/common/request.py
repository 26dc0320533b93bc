"""Which request is being served: goes from a front door into jobs, events, logs and the audit trail.

Each front door opens a request: the API for a call, the browser for an action, the command line for a command. What is
done within it, in other processes too, carries the same id.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from modelyard.core.common.secret import hide

MAX_LENGTH = 64
_FORM = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_LENGTH}}}")
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_request() -> str | None:
    """Return the id of the request that is being served, None outside of one."""
    return _current.get()


@contextmanager
def request(request_id: str | None = None) -> Iterator[str]:
    """Serve a request for the length of the block, and yield its id.

    Parameters
    ----------
    request_id : str, optional
        Given by whoever asks; one that is no short word is replaced. By default that of the request around the block,
        or a new one.

    Examples
    --------
    >>> with request("from-outside") as outer, request() as inner:
    ...     print(outer, inner, current_request())
    from-outside from-outside from-outside
    >>> print(current_request())
    None
    """
    if request_id is None or not _FORM.fullmatch(request_id):
        request_id = (_current.get() if request_id is None else None) or secrets.token_hex(6)
    token = _current.set(request_id)
    try:
        yield request_id
    finally:
        _current.reset(token)


def log_with_request() -> None:
    """Write what this process logs to standard error, each line led by the id of its request."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter("%(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("modelyard")
    logger.handlers[:] = [handler]
    logger.propagate = False


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        lead = current_request() or "-"
        return "\n".join(f"{lead} {line}" for line in hide(super().format(record)).splitlines())
