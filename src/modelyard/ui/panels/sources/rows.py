"""Sources, their health and their kinds as tables, facts and tiles show them."""

from __future__ import annotations

from modelyard.core.common.optional import install_line
from modelyard.core.common.types import Json
from modelyard.core.data_sources.health import Check
from modelyard.core.data_sources.store import SourceInfo
from modelyard.core.data_sources.types import Health, Item
from modelyard.core.workspace.sources import SourceKind
from modelyard.ui import format as fmt
from modelyard.ui.components import column, link
from modelyard.ui.routing import to

SOURCES = [
    column("name", "Source", "link"),
    column("kind", "Kind"),
    column("where", "Where", wide=380),
    column("health", "Health", "state"),
    column("since", "Since", "muted"),
    column("answer", "Latency", "number"),
    column("tested", "Tested", "muted"),
    column("act", "", "action"),
]
CHECKS = [
    column("when", "When", "muted"),
    column("health", "Health", "state"),
    column("answer", "Answered in", "number"),
    column("said", "What it said", wide=520),
]
ITEMS = [
    column("name", "Name", "title"),
    column("kind", "What", "muted"),
    column("rows", "Rows", "number"),
    column("size", "Size", "number"),
    column("when", "Changed", "muted"),
]
_ICONS = {"files": "folder", "s3": "cloud", "sqlite": "storage", "duckdb": "storage", "devices": "sensors"}


def health(found: Health | None) -> Json:
    """Return the value of a state cell.

    Examples
    --------
    >>> health(Health(True, False, 0.1, "No.")), health(None)
    ({'state': 'problem', 'label': 'Does not let us in'}, {'state': 'skipped', 'label': 'Not tested'})
    """
    if found is None:
        return {"state": "skipped", "label": "Not tested"}
    if found.healthy:
        return {"state": "good", "label": "Good"}
    return {"state": "problem", "label": "Does not let us in" if found.reachable else "Does not answer"}


def latency(seconds: float) -> str:
    """Return how fast an answer was.

    Examples
    --------
    >>> latency(0.0123), latency(0.0002), latency(2.34)
    ('12 ms', 'less than 1 ms', '2.3 s')
    """
    if seconds < 0.001:
        return "less than 1 ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else fmt.duration(seconds)


def remove_question(name: str) -> Json:
    """Return what is asked before a source is removed."""
    return {
        "title": f"Remove {name}?",
        "text": "The connection is forgotten, with the password or key that was entered for it. "
        "What was imported from it stays, and nothing changes where the data is.",
        "yes": "Remove the source",
        "no": "Keep it",
    }


def source_row(info: SourceInfo, title: str, address: str | None, *, testing: bool) -> Json:
    """Return a source as a row of a table."""
    place = to("data", source=info.name)
    test = {"name": "test", "label": "Test", "hint": f"Test {info.name}", "tone": "primary", "disabled": testing}
    remove = {
        "name": "remove",
        "label": "Remove",
        "hint": f"Remove {info.name}",
        "confirm": remove_question(info.name),
    }
    return {
        "key": info.name,
        "to": place,
        "cells": {
            "name": link(info.name, place),
            "kind": title,
            "where": address,
            "health": {"state": "running", "label": "Testing …"} if testing else health(info.health),
            "since": fmt.ago(info.since) if info.since else None,
            "answer": latency(info.health.latency_s) if info.health and info.health.healthy else None,
            "tested": fmt.ago(info.checked_at) if info.checked_at else None,
            "act": [test, remove],
        },
    }


def check_row(place: int, check: Check) -> Json:
    """Return one look at a source as a row of a table."""
    found = check.health
    return {
        "key": str(place),
        "cells": {
            "when": fmt.ago(check.at),
            "health": health(found),
            "answer": latency(found.latency_s) if found.healthy else None,
            "said": found.version or found.message,
        },
    }


def item_row(item: Item) -> Json:
    """Return something in a source as a row of a table."""
    return {
        "key": item.text,
        "cells": {
            "name": {"text": item.name},
            "kind": item.kind.capitalize(),
            "rows": fmt.count(item.rows) if item.rows is not None else None,
            "size": fmt.size(item.bytes) if item.bytes is not None else None,
            "when": fmt.ago(item.modified_at) if item.modified_at else None,
        },
    }


def kind_tile(kind: SourceKind) -> Json:
    """Return a kind of source as a tile; one whose driver is not there says how to get it."""
    tile: Json = {
        "title": kind.title,
        "text": kind.summary,
        "icon": _ICONS.get(kind.name, "waves" if kind.followed else "dns"),
    }
    if kind.installed:
        return {**tile, "to": to("data", sources="new", kind=kind.name)}
    return {**tile, "code": install_line(kind.extra) if kind.extra else "Its driver is not installed."}
