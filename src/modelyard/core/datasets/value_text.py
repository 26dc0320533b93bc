"""The SQL of values as text: the same in every format that is text, or has cells that are."""

from __future__ import annotations


def text_of(x: str, type_: str) -> str:
    """Return the SQL of a value as text, which is NULL where the value is missing.

    Parameters
    ----------
    x : str
        The SQL of the value.
    type_ : str
        Its Arrow type.

    Examples
    --------
    >>> text_of("c0", "binary")
    'base64(c0)'
    """
    if type_ == "string":
        return x
    if type_ == "binary":
        return f"base64({x})"
    if type_.startswith("timestamp"):
        zoned = "tz=" in type_
        moment = f"({x} AT TIME ZONE 'UTC')" if zoned else x
        return f"replace({moment}::VARCHAR, ' ', 'T')" + (" || 'Z'" if zoned else "")
    if type_.startswith("duration"):
        return f"{seconds_of(x)}::VARCHAR"
    return f"{x}::VARCHAR"


def seconds_of(x: str) -> str:
    """Return the SQL of a duration, which has microseconds in the parts, in seconds with all their digits."""
    return f"({x}::DECIMAL(19, 0) * 0.000001)"
