"""A version as one page of HTML that stands by itself: no script, and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from modelyard.core.datasets.profile_relations import Relations, Target
from modelyard.core.datasets.profile_types import ColumnProfile, DateGaps, Profile, Value
from modelyard.core.datasets.profile_words import gaps_sentence, size, span
from modelyard.core.datasets.quality.types import Finding, Quality
from modelyard.core.datasets.report_style import STYLE
from modelyard.core.datasets.report_svg import heatmap_svg, histogram_svg, method_sentence
from modelyard.core.datasets.types import VersionInfo

MOST_COLUMNS = 400
"""Columns that are shown, the first ones: a page stays below 3 MB."""

_MOST_FINDINGS = 300
_MOST_RELATED = 30
_LONGEST = 120
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is made of.

    Parameters
    ----------
    version : VersionInfo
        What it is about.
    profile : Profile
        Its facts.
    quality : Quality
        What checks found.
    relations : Relations
        How its columns hang together.
    """

    version: VersionInfo
    profile: Profile
    quality: Quality
    relations: Relations


def report_html(report: Report) -> str:
    """Return the page."""
    version, profile = report.version, report.profile
    title = escape(version.dataset_name)
    dated = [column for column in profile.columns if column.gaps is not None]
    sections = [
        ("findings", "Quality", _findings(report.quality)),
        *([("target", "Target", _target(report.relations.target))] if report.relations.target else []),
        ("relations", "Relations", _relations(report.relations)),
        *([("dates", "Dates", _dates(dated))] if dated else []),
        ("columns", "Columns", _columns(profile, report.quality)),
    ]
    links = "".join(f'<a href="#{key}">{name}</a>' for key, name, _ in sections)
    body = "".join(f'<section id="{key}"><h2>{name}</h2>{content}</section>' for key, name, content in sections)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}, version {version.number}</title><style>{STYLE}</style></head><body><main>"
        f'<h1>{title}</h1><p class="note">Version {version.number}, made {version.created_at:%Y-%m-%d %H:%M} UTC by '
        f"{escape(version.created_by)}</p>{_overview(report)}<nav>{links}</nav>{body}</main></body></html>"
    )


def _overview(report: Report) -> str:
    profile, version = report.profile, report.version
    counts = report.quality.counts
    facts = [
        ("Rows", f"{profile.rows:,}"),
        ("Columns", f"{len(profile.columns):,}"),
        ("Missing values", f"{sum(column.missing for column in profile.columns):,}"),
        ("Duplicate rows", "not counted" if profile.duplicate_rows is None else f"{profile.duplicate_rows:,}"),
        ("On disk", size(profile.bytes)),
        ("In memory", size(profile.memory) if profile.memory is not None else None),
        ("Findings", ", ".join(f"{n} {severity}" for severity, n in counts.items() if n) or "none"),
        ("Read from", str(version.origin.get("file") or "") or None),
        ("Hash", version.hash[:16]),
    ]
    notes = "".join(f"<li>{escape(note)}</li>" for note in version.notes)
    return f'<div class="card" style="margin-top:20px">{_facts(facts)}{f"<ul>{notes}</ul>" if notes else ""}</div>'


def _facts(facts: Iterable[tuple[str, str | None]]) -> str:
    shown = "".join(f"<div><dt>{name}</dt><dd>{escape(text)}</dd></div>" for name, text in facts if text is not None)
    return f"<dl>{shown}</dl>"


def _findings(quality: Quality) -> str:
    run = sum(not check.why_not for check in quality.checks)
    note = f'<p class="note">What {run} checks found, the most severe first.</p>'
    if not quality.findings:
        return f'{note}<div class="card">Nothing is wrong.</div>'
    more = len(quality.findings) - _MOST_FINDINGS
    rest = f'<p class="note">and {more:,} more</p>' if more > 0 else ""
    return f'{note}<div class="card">{_finding_rows(quality.findings[:_MOST_FINDINGS])}{rest}</div>'


def _finding_rows(findings: Sequence[Finding]) -> str:
    return "".join(
        f'<div class="finding"><span class="{escape(each.severity)}">{escape(each.severity.capitalize())}</span><div>'
        f"<p>{escape(each.sentence)}</p><p>{escape(each.advice)}</p></div></div>"
        for each in findings
    )


def _target(target: Target | None) -> str:
    if target is None:
        return ""
    what = "errors of always guessing the most frequent class" if target.classes else "variance"
    suspects = "".join(
        f'<p class="high">{escape(_text(name))} tells so much that it may know the target.</p>'
        for name in target.suspects
    )
    most = max((each.count for each in target.balance), default=0)
    balance = "".join(_bar(_text(each.value), each.count / most, f"{each.count:,}") for each in target.balance)
    related = "".join(
        _bar(each.column, each.told, f"{100 * each.told:.1f} %") for each in target.related[:_MOST_RELATED]
    )
    return (
        f'<p class="note">{escape(_text(target.name))} is to be predicted.</p><div class="card">'
        f"{f'<h3>Classes</h3>{balance}' if balance else ''}"
        f"<h3>What each column tells by itself</h3>"
        f'<p class="note">Share of the {what} that it takes away, tried on rows that it was not learned from.</p>'
        f"{suspects}{related}</div>"
    )


def _relations(relations: Relations) -> str:
    note = f'<p class="note">{escape(relations.note)} {escape(method_sentence(relations))}</p>'
    if not relations.pairs:
        return f'{note}<div class="card">There are no two columns to compare.</div>'
    strongest = "".join(
        _bar(f"{_text(pair.first, 60)}, {_text(pair.second, 60)}", pair.strength or 0.0, f"{pair.strength or 0:.2f}")
        for pair in relations.strongest(10)
    )
    return (
        f'{note}<div class="card"><h3 style="margin-top:0">The strongest</h3>{strongest}</div>'
        f'<div class="card scroll">{heatmap_svg(relations)}</div>'
    )


def _bar(name: str, share: float, text: str) -> str:
    name = escape(name)
    width = f"{100 * min(1.0, max(0.0, share)):.1f}%"
    return f'<div class="bar"><span title="{name}">{name}</span><i style="width:{width}"></i><span>{text}</span></div>'


def _dates(columns: Sequence[ColumnProfile]) -> str:
    return "".join(
        f'<div class="card"><h3 style="margin-top:0">{escape(_text(column.name))}</h3>'
        f"<p>{escape(gaps_sentence(column.gaps))}</p>{_gaps(column.gaps)}</div>"
        for column in columns
        if column.gaps is not None
    )


def _gaps(gaps: DateGaps) -> str:
    if not gaps.largest:
        return ""
    rows = "".join(
        f"<tr><td>{escape(gap.begin)}</td><td>{escape(gap.end)}</td><td>{span(gap.seconds)}</td></tr>"
        for gap in gaps.largest
    )
    head = "<tr><th>Nothing after</th><th>until</th><th>for</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _columns(profile: Profile, quality: Quality) -> str:
    more = len(profile.columns) - MOST_COLUMNS
    rest = f'<p class="note">and {more:,} more columns, which are not shown.</p>' if more > 0 else ""
    note = '<p class="note">Choose a column to look at it closely.</p>'
    return note + "".join(_column(column, quality) for column in profile.columns[:MOST_COLUMNS]) + rest


def _column(column: ColumnProfile, quality: Quality) -> str:
    about = "" if column.distinct_exact else "about "
    counts = column.histogram.counts if column.histogram else tuple(top.count for top in column.top)
    name = escape(_text(column.name))
    findings = _finding_rows(quality.of(column.name)[:20])
    missing = f"{100 * column.missing_share:.1f} % missing" if column.missing else ""
    return (
        f'<details class="card"><summary><strong title="{name}">{name}</strong><span>{escape(column.kind)}</span>'
        f"<span>{missing}</span><span>{about}{column.distinct:,} distinct</span>"
        f'{histogram_svg(counts, "Distribution", height=22) or "<span></span>"}</summary><div class="inside">'
        f"{findings}{_facts(_column_facts(column, about))}{_spread(column)}{_top(column)}</div></details>"
    )


def _column_facts(column: ColumnProfile, about: str) -> list[tuple[str, str | None]]:
    quantiles = column.quantiles
    lengths = column.length_min, column.length_mean, column.length_max
    return [
        ("Type", column.type),
        ("Values", f"{column.count:,}"),
        ("Missing", f"{column.missing:,} ({100 * column.missing_share:.1f} %)"),
        ("Distinct", f"{about}{column.distinct:,}"),
        ("Smallest", None if column.min is None else _text(column.min)),
        ("Median", _text(quantiles[3]) if len(quantiles) > 3 else None),
        ("Mean", None if column.mean is None else _text(column.mean)),
        ("Largest", None if column.max is None else _text(column.max)),
        ("Standard deviation", None if column.std is None else _text(column.std)),
        ("Zeros", f"{column.zeros:,}" if column.zeros else None),
        ("Infinite", f"{column.infinite:,}" if column.infinite else None),
        ("True", None if column.true_share is None else f"{100 * column.true_share:.1f} %"),
        ("Length", None if None in lengths else f"{lengths[0]:,.0f} to {lengths[2]:,.0f}, mean {lengths[1]:,.1f}"),
        ("In memory", None if column.memory is None else size(column.memory)),
    ]


def _spread(column: ColumnProfile) -> str:
    if column.histogram is None or not column.histogram.counts:
        return ""
    edges = column.histogram.edges
    return (
        f"<h3>Distribution</h3>{histogram_svg(column.histogram.counts, 'Histogram')}"
        f'<div class="ends"><span>{escape(_text(edges[0]))}</span><span>{escape(_text(edges[-1]))}</span></div>'
    )


def _top(column: ColumnProfile) -> str:
    if not column.top or column.top[0].count == 1:
        return ""
    most = column.top[0].count
    bars = "".join(_bar(_text(top.value), top.count / most, f"{top.count:,}") for top in column.top)
    return f"<h3>Most frequent values</h3>{bars}"


def _text(value: Value, longest: int = _LONGEST) -> str:
    text = f"{value:,.6g}" if isinstance(value, float) else f"{value}"
    return text if len(text) <= longest else text[: longest - 1] + "…"
