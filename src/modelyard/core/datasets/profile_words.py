"""Facts of a profile in words."""

from __future__ import annotations

from modelyard.core.datasets.profile_types import DateGaps


def gaps_sentence(gaps: DateGaps) -> str:
    """Say what the steps of a column of dates are like.

    Examples
    --------
    >>> gaps_sentence(DateGaps(86_400, 0.98, 2, ()))
    'The usual step is 1 day, as 98.0 % of the steps are; 2 are at least twice as long.'
    """
    about = "" if gaps.exact else "about "
    beyond = "" if gaps.exact else f" Gaps up to {span(gaps.resolution_s)} were not looked for."
    n = f"{gaps.gaps:,} are" if gaps.gaps != 1 else "1 is"
    return (
        f"The usual step is {about}{span(gaps.step_s)}, as {about}{100 * gaps.step_share:.1f} % of the steps are; "
        f"{n if gaps.gaps else 'none is'} at least twice as long.{beyond}"
    )


def span(seconds: float) -> str:
    """Return a length of time in words.

    Examples
    --------
    >>> span(86_400), span(5400), span(0.25)
    ('1 day', '1.5 hours', '0.25 seconds')
    """
    units = (("day", 86_400), ("hour", 3_600), ("minute", 60))
    name, length = next((unit for unit in units if seconds >= unit[1]), ("second", 1))
    n = f"{seconds / length:,.4g}" if seconds / length < 10_000 else f"{seconds / length:,.0f}"
    return f"{n} {name}{'' if n == '1' else 's'}"


def size(n: float) -> str:
    """Return bytes in words.

    Examples
    --------
    >>> size(12), size(1_234_567)
    ('12 B', '1.23 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if n < 1000:
            return f"{n:.0f} {unit}" if unit == "B" else f"{n:.3g} {unit}"
        n /= 1000
    return f"{n:.3g} TB"
