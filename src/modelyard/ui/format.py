"""Numbers, sizes and times as people read them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from modelyard.core.common.durations import spoken
from modelyard.core.common.types import Json
from modelyard.core.jobs.types import JobState

_STATES = {
    JobState.QUEUED: "Waiting",
    JobState.RUNNING: "Running",
    JobState.SUCCEEDED: "Done",
    JobState.FAILED: "Failed",
    JobState.CANCELLED: "Cancelled",
    JobState.LOST: "Lost",
}


def count(value: int, thing: str | None = None) -> str:
    """Return a whole number with separators, and the thing that is counted.

    Examples
    --------
    >>> count(12345), count(1, "row"), count(2, "row")
    ('12,345', '1 row', '2 rows')
    """
    return f"{value:,}" if thing is None else f"{value:,} {thing}{'' if value == 1 else 's'}"


def size(value: float) -> str:
    """Return bytes in decimal units.

    Examples
    --------
    >>> size(512), size(48_300), size(2_500_000_000)
    ('512 B', '48 kB', '2.5 GB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def real(value: float | None, digits: int = 4) -> str:
    """Return a number with so many significant digits, in the shortest plain form.

    Examples
    --------
    >>> real(0.912345), real(1234567.0), real(2.0), real(None), real(float("nan"))
    ('0.9123', '1,234,567', '2', '–', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}" if abs(value) < 1e15 else f"{value:.{digits - 1}e}"
    if abs(value) < 1e-4:
        return f"{value:.{digits - 1}e}"
    text = f"{value:.{max(0, digits - 1 - math.floor(math.log10(abs(value))))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def score(value: float | None) -> str:
    """Return a score with four digits, all of them shown so that a column of scores lines up.

    Examples
    --------
    >>> score(0.9), score(12.3456), score(None)
    ('0.9000', '12.35', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    whole = 0 if abs(value) < 1 else math.floor(math.log10(abs(value)))
    return f"{value:,.{max(0, 4 - whole - (1 if whole or abs(value) >= 1 else 0))}f}"


def share(value: float | None) -> str:
    """Return a share as a percentage that never hides a small one.

    Examples
    --------
    >>> share(0.0), share(0.0004), share(0.256), share(1.0)
    ('0 %', '< 0.1 %', '25.6 %', '100 %')
    """
    if value is None:
        return "–"
    if 0 < value < 0.001:
        return "< 0.1 %"
    return f"{value * 100:.1f}".removesuffix(".0") + " %"


def ago(moment: datetime, now: datetime | None = None) -> Json:
    """Return how long ago something was, and when exactly for who looks closer.

    Examples
    --------
    >>> start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> ago(start, datetime(2026, 1, 1, 12, 5, tzinfo=UTC))
    {'text': '5 min ago', 'title': '2026-01-01 12:00:00 UTC'}
    """
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 10:
        text = "just now"
    elif seconds < 60:
        text = f"{seconds:.0f} s ago"
    elif seconds < 3600:
        text = f"{seconds // 60:.0f} min ago"
    elif seconds < 86400:
        text = f"{seconds // 3600:.0f} h ago"
    elif seconds < 30 * 86400:
        text = count(int(seconds // 86400), "day") + " ago"
    else:
        text = f"{moment:%Y-%m-%d}"
    return {"text": text, "title": f"{moment:%Y-%m-%d %H:%M:%S} UTC"}


def duration(seconds: float | None) -> str:
    """Return seconds in words; short ones with a decimal.

    Examples
    --------
    >>> duration(0.34), duration(75), duration(None)
    ('0.3 s', '1 min 15 s', '–')
    """
    if seconds is None:
        return "–"
    return f"{seconds:.1f} s" if seconds < 10 else spoken(seconds)


def state(value: JobState) -> Json:
    """Return the value of a state cell.

    Examples
    --------
    >>> state(JobState.QUEUED)
    {'state': 'queued', 'label': 'Waiting'}
    """
    return {"state": str(value), "label": _STATES[value]}
