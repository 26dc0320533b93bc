"""Streams and their gaps as tables show them."""

from __future__ import annotations

from collections.abc import Mapping

from modelyard.core.common.types import Json
from modelyard.core.data_sources.streams.base import Gap
from modelyard.core.data_sources.streams.store import StreamInfo
from modelyard.ui import format as fmt
from modelyard.ui.components import column, link
from modelyard.ui.routing import to

STREAMS = [
    column("name", "Stream", "link"),
    column("source", "From", "link"),
    column("topic", "Topic", wide=180),
    column("state", "State", "state"),
    column("rows", "Records", "number"),
    column("rejected", "Rejected", "link"),
    column("rate", "Rate", "number"),
    column("lag", "Behind", "number"),
    column("act", "", "action"),
]
GAPS = [column("began", "From", "code"), column("ended", "To", "code"), column("reason", "Why", "words")]
ALWAYS = ("name", "state", "rows", "act")
_STATES = {
    "running": ("running", "Running"),
    "waiting": ("queued", "Waits for a worker"),
    "stopping": ("running", "Stopping …"),
    "stopped": ("stopped", "Stopped"),
    "failed": ("failed", "Failed"),
    "cancelled": ("cancelled", "Cancelled"),
    "lost": ("lost", "Lost"),
}


def state(info: StreamInfo) -> Json:
    """Return the value of a state cell."""
    if info.state == "running" and info.error:
        return {"state": "warning", "label": "Tries again"}
    tone, label = _STATES.get(info.state, (info.state, info.state.capitalize()))
    return {"state": tone, "label": label}


def rate(value: float) -> str:
    """Return records per second.

    Examples
    --------
    >>> rate(0.25), rate(12.3), rate(48_211.7)
    ('0.25/s', '12.3/s', '48,212/s')
    """
    return f"{fmt.real(value, 3)}/s" if value < 1000 else f"{value:,.0f}/s"


def actions(info: StreamInfo) -> list[Json]:
    """Return what can be done with a stream as it is."""
    name = info.name
    stop = {"name": "stop", "label": "Stop", "hint": f"Stop {name}"}
    resume = {"name": "resume", "label": "Resume", "hint": f"Resume {name}", "tone": "primary"}
    remove = {"name": "remove", "label": "Remove", "hint": f"Remove {name}", "confirm": remove_question(name)}
    gaps = {"name": "gaps", "label": fmt.count(info.gaps, "gap"), "hint": f"Gaps of {name}"}
    ways: dict[str, list[Json]] = {
        "running": [stop],
        "waiting": [stop],
        "stopping": [{**stop, "disabled": True}],
        "stopped": [resume, {**remove, "disabled": bool(info.waiting_parts)}],
    }
    return [*([gaps] if info.gaps else []), *ways.get(info.state, [resume, stop])]


def remove_question(name: str) -> Json:
    """Return what is asked before a stream is removed."""
    return {
        "title": f"Remove {name}?",
        "text": "Where it stands and what it missed is forgotten, so it cannot be resumed. "
        "The dataset stays, and so does what was rejected.",
        "yes": "Remove the stream",
        "no": "Keep it",
    }


def stream_row(info: StreamInfo) -> Json:
    """Return a stream as a row of a table."""
    active = info.state == "running" and not info.error
    dataset = to("data", dataset=info.dataset_id) if info.dataset_id else None
    rejected = to("data", dataset=info.rejected_name) if info.rejected_name else None
    return {
        "key": info.name,
        "cells": {
            "name": link(info.name, dataset, None if dataset else "No version yet"),
            "source": link(info.source, to("data", source=info.source_id), info.topic),
            "topic": info.topic,
            "state": state(info),
            "rows": fmt.count(info.rows),
            "rejected": link(fmt.count(info.rejected), rejected) if info.rejected else None,
            "rate": rate(info.rate) if active and info.rate is not None else None,
            "lag": fmt.count(info.lag) if active and info.lag is not None else None,
            "act": actions(info),
        },
    }


def wrongs(wrong: Mapping[str, str]) -> list[Json]:
    """Return what is wrong with which streams as sentences; what is the same is said once.

    Examples
    --------
    >>> wrongs({"hall": "It is away.", "roof": "It is away."})
    [{'text': 'hall, roof: It is away.', 'tone': 'error'}]
    """
    names: dict[str, list[str]] = {}
    for name, what in wrong.items():
        names.setdefault(what, []).append(name)
    return [{"text": f"{', '.join(some)}: {what}", "tone": "error"} for what, some in names.items()]


def gap_row(place: int, gap: Gap) -> Json:
    """Return a gap as a row of a table."""
    return {"key": str(place), "cells": {"began": gap.began, "ended": gap.ended, "reason": {"text": gap.reason}}}
