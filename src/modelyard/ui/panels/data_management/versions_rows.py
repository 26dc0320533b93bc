"""Versions and their changes as rows of tables and as sentences."""

from __future__ import annotations

from modelyard.core.common.types import Json
from modelyard.core.datasets.compare import ColumnChange, Comparison
from modelyard.core.datasets.types import Tombstone, VersionInfo
from modelyard.core.workspace.retention import Retained
from modelyard.ui import format as fmt
from modelyard.ui.components import column, link
from modelyard.ui.routing import to

VERSIONS = [
    column("version", "Version", "link"),
    column("tags", "Tags", "chips"),
    column("rows", "Rows", "number"),
    column("columns", "Columns", "number"),
    column("size", "Size", "number"),
    column("file", "From", "muted"),
    column("when", "Made", "muted"),
    column("who", "By", "muted"),
]
CHANGES = [
    column("name", "Column", "title"),
    column("effect", "Moved", "bar"),
    column("missing", "Missing", "muted"),
    column("mean", "Mean", "muted"),
    column("what", "What changed", "words"),
]
GONE = [
    column("version", "Version"),
    column("rows", "Rows", "number"),
    column("file", "From", "muted"),
    column("when", "Deleted", "muted"),
    column("who", "By", "muted"),
]
TONES = {"large": "error", "medium": "warning", "small": "info", "none": "primary"}
WORDS = {"added": "New", "removed": "Gone"}


def version_row(version: VersionInfo) -> Json:
    """Return a version as a row."""
    place = to("data", dataset=version.dataset_name, version=version.number)
    return {
        "key": str(version.number),
        "cells": {
            "version": link(f"Version {version.number}", place),
            "tags": list(version.tags) or None,
            "rows": fmt.count(version.rows),
            "columns": fmt.count(len(version.columns)),
            "size": fmt.size(version.bytes),
            "file": str(version.origin.get("file", "–")),
            "when": fmt.ago(version.created_at),
            "who": version.created_by,
        },
    }


def tombstone_row(gone: Tombstone) -> Json:
    """Return what is known of a deleted version as a row."""
    return {
        "key": gone.id,
        "quiet": True,
        "cells": {
            "version": f"Version {gone.number}",
            "rows": fmt.count(gone.rows),
            "file": str(gone.origin.get("file", "–")),
            "when": fmt.ago(gone.deleted_at),
            "who": gone.deleted_by,
        },
    }


def change_row(change: ColumnChange) -> Json:
    """Return the change of a column as a row."""
    effect = change.effect
    return {
        "key": change.name,
        "cells": {
            "name": {"text": change.name, "note": change.types[1] or change.types[0]},
            "effect": None
            if effect is None
            else {"share": effect, "text": f"{effect:.2f}", "tone": TONES[change.size]},
            "missing": _both(change.missing, fmt.share),
            "mean": _both(change.mean, lambda value: fmt.real(value, 4)),
            "what": {"text": _words(change)},
        },
    }


def _both(pair: tuple[float | None, float | None], show: object) -> str | None:
    before, after = pair
    if before is None or after is None or not callable(show):
        return None
    first, second = str(show(before)), str(show(after))
    return first if first == second else f"{first} → {second}"


def _words(change: ColumnChange) -> str:
    if change.change in WORDS:
        return WORDS[change.change]
    retyped = f"Was {change.types[0]}. " if change.change == "retyped" else ""
    if change.effect is None:
        return f"{retyped}Values cannot be compared." if retyped else "Values cannot be compared."
    return retyped + {"none": "As before", "small": "A little", "medium": "Clearly", "large": "Much"}[change.size]


def summary(found: Comparison) -> list[Json]:
    """Return what has changed, in facts."""
    before, after = found.before, found.after
    more = after.rows - before.rows
    rows = f"{more:+,}" if more else "as many"
    return [
        {"label": "Rows", "text": f"{fmt.count(before.rows)} → {fmt.count(after.rows)}", "title": rows},
        {"label": "New columns", "text": fmt.count(len(found.changed("added")))},
        {"label": "Gone columns", "text": fmt.count(len(found.changed("removed")))},
        {"label": "Other types", "text": fmt.count(len(found.changed("retyped")))},
        {"label": "Columns that moved", "text": fmt.count(len(found.drifted))},
    ]


def would_go(found: Retained) -> str:
    """Return in a sentence what a retention would delete.

    Examples
    --------
    >>> would_go(Retained((), ()))
    'No version would go.'
    """
    numbers = ", ".join(str(version.number) for version in found.deleted)
    kept = "".join(f" Version {version.number} stays: {why}." for version, why in found.kept)
    size = fmt.size(sum(version.bytes for version in found.deleted))
    said = f"{fmt.count(len(found.deleted), 'version')} of up to {size} would go: {numbers}." if numbers else ""
    return (said or "No version would go.") + kept
