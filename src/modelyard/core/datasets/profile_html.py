"""A profile as a small page for notebooks, readable on light and dark ground."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from modelyard.core.datasets.profile_types import ColumnProfile, Profile
from modelyard.core.datasets.profile_words import gaps_sentence, size
from modelyard.core.datasets.quality.types import Finding

_SHOWN_COLUMNS = 60
_SHOWN_FINDINGS = 20
_MARKS = {"high": "●", "medium": "◐", "low": "○"}
_STYLE = "font:13px system-ui,sans-serif;color:inherit"
_CELL = "padding:3px 10px;text-align:left;border-bottom:1px solid color-mix(in srgb,currentColor 15%,transparent)"


def profile_html(profile: Profile, findings: Sequence[Finding] = ()) -> str:
    """Return the page: totals, findings, and a row for each column."""
    duplicates = "" if not profile.duplicate_rows else f", {profile.duplicate_rows:,} duplicate rows"
    heading = f"{profile.rows:,} rows, {len(profile.columns):,} columns, {size(profile.bytes)}{duplicates}"
    head = "".join(f'<th style="{_CELL}">{title}</th>' for title in _TITLES)
    rows = "".join(_row(column) for column in profile.columns[:_SHOWN_COLUMNS])
    more = len(profile.columns) - _SHOWN_COLUMNS
    rest = f"<p>and {more:,} more columns</p>" if more > 0 else ""
    return (
        f'<div style="{_STYLE}"><p><strong>{heading}</strong></p>{findings_html(findings)}'
        f'<table style="border-collapse:collapse;{_STYLE}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{rest}{_dates(profile)}</div>"
    )


def _dates(profile: Profile) -> str:
    """Return what the steps between dates are like."""
    return "".join(
        f"<p><strong>{escape(column.name)}</strong> {escape(gaps_sentence(column.gaps))}</p>"
        for column in profile.columns[:_SHOWN_COLUMNS]
        if column.gaps is not None
    )


_TITLES = ("Column", "Kind", "Missing", "Distinct", "Values", "Distribution")


def findings_html(findings: Sequence[Finding]) -> str:
    """Return findings as a list; what to do shows under the pointer."""
    if not findings:
        return ""
    items = "".join(
        f'<li style="list-style:none" title="{escape(finding.advice)}">{_MARKS[finding.severity]} '
        f"{escape(finding.sentence)}</li>"
        for finding in findings[:_SHOWN_FINDINGS]
    )
    more = len(findings) - _SHOWN_FINDINGS
    rest = f'<li style="list-style:none">and {more:,} more</li>' if more > 0 else ""
    return f'<ul style="padding-left:0;{_STYLE}">{items}{rest}</ul>'


def _row(column: ColumnProfile) -> str:
    about = "" if column.distinct_exact else "≈ "
    cells = (
        f"<strong>{escape(column.name)}</strong>",
        escape(column.kind),
        f"{100 * column.missing_share:.1f} %" if column.missing else "",
        f"{about}{column.distinct:,}",
        escape(_values(column)),
        _bars(column),
    )
    return "<tr>" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells) + "</tr>"


def _values(column: ColumnProfile) -> str:
    if column.quantiles:
        return f"{_text(column.min)} … {_text(column.quantiles[3])} … {_text(column.max)}"
    return ", ".join(f"{_text(top.value)} ({top.count:,})" for top in column.top[:3])


def _bars(column: ColumnProfile) -> str:
    counts = column.histogram.counts if column.histogram else tuple(top.count for top in column.top)
    if not counts or not max(counts):
        return ""
    width, height = 4, 24
    bars = "".join(
        f'<rect x="{i * width}" y="{height - height * n / max(counts):.1f}" width="{width - 1}" '
        f'height="{height * n / max(counts):.1f}"/>'
        for i, n in enumerate(counts)
    )
    return (
        f'<svg width="{width * len(counts)}" height="{height}" fill="currentColor" opacity="0.6" role="img" '
        f'aria-label="Distribution of {escape(column.name)}">{bars}</svg>'
    )


def _text(value: object) -> str:
    text = f"{value:,.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
