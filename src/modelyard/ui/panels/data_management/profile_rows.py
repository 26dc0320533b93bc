"""The profile as rows of a table: one column of the data a row."""

from __future__ import annotations

from modelyard.core.common.types import Json
from modelyard.core.datasets.profile_types import ColumnProfile, Value
from modelyard.core.datasets.profile_words import size, span
from modelyard.core.datasets.types import ROLES, ColumnInfo
from modelyard.ui import format as fmt
from modelyard.ui.components import column

COLUMNS = [
    column("name", "Column", "title"),
    column("role", "Role", "select"),
    column("missing", "Missing", "bar"),
    column("distinct", "Distinct", "number"),
    column("range", "Values", "text", wide=240),
    column("shape", "Distribution", "spark"),
]
MUCH = 0.5
"""Share of missing values from which the bar warns."""


def profile_row(info: ColumnInfo, facts: ColumnProfile) -> Json:
    """Return a column of the data as a row."""
    role = {
        "value": info.role,
        "label": f"Role of {info.name}",
        "quiet": info.role == "feature",
        "options": [{"value": role, "label": role.capitalize()} for role in ROLES],
    }
    share = facts.missing_share
    return {
        "key": info.name,
        "quiet": info.role == "ignore",
        "cells": {
            "name": {"text": info.name, "strong": True, "note": f"{info.kind}, {info.type}"},
            "role": role,
            "missing": {"share": share, "text": fmt.share(share), "tone": "warning" if share > MUCH else "primary"},
            "distinct": ("" if facts.distinct_exact else "about ") + fmt.count(facts.distinct),
            "range": values_in_words(facts),
            "shape": shape(facts),
        },
    }


def values_in_words(facts: ColumnProfile) -> str | None:
    """Return the range of numbers and dates, or the most frequent values."""
    if facts.kind == "boolean" and facts.true_share is not None:
        return f"true in {fmt.share(facts.true_share)}"
    if facts.min is not None and facts.max is not None:
        return f"{plain(facts.min)} to {plain(facts.max)}"
    top = [plain(each.value) for each in facts.top[:3]]
    return ", ".join(top) + (", …" if facts.distinct > len(top) else "") if top else None


def shape(facts: ColumnProfile) -> list[int] | None:
    """Return the heights of the small picture."""
    if facts.histogram is not None and facts.histogram.counts:
        return list(facts.histogram.counts)
    if len(facts.top) > 1:
        return [each.count for each in facts.top]
    return None


def plain(value: Value) -> str:
    """Return a value as people read it."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, float):
        return fmt.real(value, 5)
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)  # years are no amounts
    return _moment(value)


def _moment(text: str) -> str:
    """Return ISO text without midnight, whole minutes' seconds and its T; other text as it is."""
    if len(text) > 11 and text[4:5] == text[7:8] == "-" and text[10] == "T":
        return text.removesuffix("T00:00:00").replace("T", " ").removesuffix(":00")
    return text


def _gap_facts(facts: ColumnProfile) -> list[tuple[str, str | None]]:
    """Return the usual step between dates, and the largest gaps."""
    gaps = facts.gaps
    if gaps is None:
        return []
    about = "" if gaps.exact else "about "
    largest = [
        ("Gap" if k else "Largest gap", f"{span(gap.seconds)}: {_moment(gap.begin)} to {_moment(gap.end)}")
        for k, gap in enumerate(gaps.largest[:3])
    ]
    return [("Usual step", f"{about}{span(gaps.step_s)} ({fmt.share(gaps.step_share)} of them)"), *largest]


def facts_of_column(info: ColumnInfo, facts: ColumnProfile) -> list[Json]:
    """Return what is known of one column."""
    rows: list[tuple[str, str | None]] = [
        ("Type", info.type),
        ("Kind", info.kind),
        ("Values", fmt.count(facts.count)),
        ("Missing", f"{fmt.count(facts.missing)} ({fmt.share(facts.missing_share)})"),
        ("Distinct", fmt.count(facts.distinct) if facts.distinct_exact else f"about {fmt.count(facts.distinct)}"),
        ("Smallest", plain(facts.min) if facts.min is not None else None),
        ("Median", plain(facts.quantiles[3]) if len(facts.quantiles) > 3 else None),
        ("Mean", fmt.real(facts.mean, 5) if facts.mean is not None else None),
        ("Largest", plain(facts.max) if facts.max is not None else None),
        ("Standard deviation", fmt.real(facts.std) if facts.std is not None else None),
        ("Zeros", fmt.count(facts.zeros) if facts.zeros else None),
        ("Infinite", fmt.count(facts.infinite) if facts.infinite else None),
        (
            "Characters",
            f"{facts.length_min:.0f} to {facts.length_max:.0f}"
            if facts.length_min is not None and facts.length_max is not None
            else None,
        ),
        ("In memory", size(facts.memory) if facts.memory is not None else None),
        *_gap_facts(facts),
    ]
    return [{"label": label, "text": text} for label, text in rows if text is not None]
