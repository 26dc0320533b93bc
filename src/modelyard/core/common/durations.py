"""Lengths of time as people write them."""

from __future__ import annotations

import re

from modelyard.core.common.errors import InvalidInput

_UNITS = {"": 1.0, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_FORM = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)


def seconds(duration: float | str, *, name: str = "time") -> float:
    """Return a duration in seconds.

    Parameters
    ----------
    duration : float or str
        Seconds, or a number with a unit: ``"90s"``, ``"5min"``, ``"1.5h"``.
    name : str
        What to call it in an error.

    Raises
    ------
    InvalidInput
        If it cannot be read.

    Examples
    --------
    >>> seconds("5min"), seconds(20), seconds("1.5 h")
    (300.0, 20.0, 5400.0)
    """
    match = _FORM.fullmatch(str(duration))
    if match is None or match[2].lower() not in _UNITS:
        raise InvalidInput(
            f"The {name} {duration!r} cannot be read.", possible=["20s", "5min", "1h", "a number of seconds"]
        )
    return float(match[1]) * _UNITS[match[2].lower()]


def spoken(value: float) -> str:
    """Return seconds in words that fit into a line.

    Examples
    --------
    >>> spoken(4.2), spoken(75), spoken(3 * 3600)
    ('4 s', '1 min 15 s', '3 h 0 min')
    """
    total = round(value)
    if total < 60:
        return f"{total} s"
    if total < 3600:
        return f"{total // 60} min {total % 60} s" if total % 60 else f"{total // 60} min"
    return f"{total // 3600} h {total % 3600 // 60} min"
