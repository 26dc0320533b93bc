"""Numbers as sentences say them."""

from __future__ import annotations

from collections.abc import Sequence


def percent(share: float) -> str:
    """Return a share in percent that is never rounded to all or nothing.

    Examples
    --------
    >>> percent(0.5), percent(0.9999), percent(0.0001), percent(1.0)
    ('50 %', '99.9 %', '0.1 %', '100 %')
    """
    percent = 100 * share
    if 0 < percent < 1 or 99 < percent < 100:
        return f"{min(99.9, max(0.1, percent)):.1f} %"
    return f"{percent:.0f} %"


def some(n: int, noun: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> some(1, "row"), some(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def are(n: int) -> str:
    """Return the verb that goes with a number of things."""
    return "is" if n == 1 else "are"


def named(names: Sequence[str], most: int = 5) -> str:
    """Return names in a row.

    Examples
    --------
    >>> named(["a", "b", "c"]), named(list("abcdefgh"))
    ("'a', 'b' and 'c'", "'a', 'b', 'c', 'd', 'e' and 3 more")
    """
    quoted = [repr(name) for name in names]
    if len(quoted) == 1:
        return quoted[0]
    if len(quoted) > most:
        return f"{', '.join(quoted[:most])} and {len(quoted) - most:,} more"
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"
