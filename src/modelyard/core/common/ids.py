"""Ids: unique without asking anyone, sortable by the time they were made."""

from __future__ import annotations

import secrets
import time


def new_id(prefix: str) -> str:
    """Return a new id such as ``job_019aa1c2d3e4f0a1b2``.

    Twelve hexadecimal digits of milliseconds since 1970, then 48 random bits, as in the time-ordered
    UUID of RFC 9562, but short enough to read aloud.

    Parameters
    ----------
    prefix : str
        The kind of thing, for instance ``job``.

    Examples
    --------
    >>> new_id("job").startswith("job_")
    True
    """
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(6)}"
