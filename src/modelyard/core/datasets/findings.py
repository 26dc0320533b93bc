"""First findings: what a person should know of a table before anything is learned from it.

A check is a function from the facts of a column to a finding or None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from modelyard.core.datasets.formats import MISSING
from modelyard.core.datasets.profile_types import ColumnProfile, Finding, Profile
from modelyard.core.datasets.types import ColumnInfo

_SEVERITIES = ("high", "medium", "low")


def find(profile: Profile, columns: Sequence[ColumnInfo]) -> Profile:
    """Return the profile with its findings, the most severe first."""
    found = [_duplicates(profile)]
    roles = {column.name: column.role for column in columns}
    for column in profile.columns:
        found.extend(check(column) for check in _CHECKS)
        found.append(_id_like(column, roles[column.name]))
    findings = [finding for finding in found if finding is not None]
    return replace(profile, findings=tuple(sorted(findings, key=lambda f: _SEVERITIES.index(f.severity))))


def _duplicates(profile: Profile) -> Finding | None:
    n = profile.duplicate_rows
    if not n:
        return None
    share = n / profile.rows
    return Finding(
        "duplicate_rows",
        "Duplicate rows",
        "medium" if share > 0.01 else "low",
        None,
        f"{_some(n, 'row')} of {profile.rows:,} ({_percent(share)}) repeat an earlier row in every column.",
        "If they are not separate events, remove them: copies on both sides of a split make scores too good.",
    )


def _missing(column: ColumnProfile) -> Finding | None:
    share = column.missing_share
    if not column.count:
        return Finding(
            "all_missing",
            "No values",
            "high",
            column.name,
            f"{column.name!r} has no value in any row.",
            "Ignore the column, or look for what went wrong where the file was made.",
        )
    if share <= 0.5:
        return None
    return Finding(
        "mostly_missing",
        "Mostly missing",
        "medium",
        column.name,
        f"{column.name!r} has no value in {_percent(share)} of the rows.",
        "Ask why: if missing has a meaning, keep it; otherwise ignore the column.",
    )


def _constant(column: ColumnProfile) -> Finding | None:
    if column.distinct != 1 or (not column.distinct_exact and not column.top):
        return None
    only = column.top[0].value if column.top else column.min
    gaps = "" if not column.missing else f" where it is not missing ({_percent(1 - column.missing_share)} of the rows)"
    return Finding(
        "constant",
        "Only one value",
        "medium" if not column.missing else "low",
        column.name,
        f"{column.name!r} is always {only!r}{gaps}.",
        "Ignore the column: nothing can be learned from it."
        if not column.missing
        else "Check what missing means here.",
    )


def _id_like(column: ColumnProfile, role: str) -> Finding | None:
    if role != "id":
        return None
    return Finding(
        "id_like",
        "Looks like an id",
        "low",
        column.name,
        f"{column.name!r} has another value in every row.",
        "It is left out of training while its role is id; change the role if it carries meaning.",
    )


def _typed_as_text(column: ColumnProfile) -> Finding | None:
    if column.kind not in ("text", "category") or column.distinct < 3:
        return None
    for count, what in ((column.numbers_in_text, "numbers"), (column.dates_in_text, "dates")):
        if count >= 0.9 * column.count:
            rest = column.count - count
            but = f"; {_some(rest, 'value')} {'is' if rest == 1 else 'are'} something else" if rest else ""
            return Finding(
                f"{what}_as_text",
                f"{what.capitalize()} kept as text",
                "medium",
                column.name,
                f"{column.name!r} is text, and {_percent(count / column.count)} of its values are {what}{but}.",
                "Correct the other values in the file and import it again."
                if rest
                else "Write the column with its type.",
            )
    return None


def _unbalanced(column: ColumnProfile) -> Finding | None:
    if column.kind not in ("category", "boolean") or column.distinct < 2 or not column.top:
        return None
    share = column.top[0].count / column.count
    if share < 0.95:
        return None
    return Finding(
        "unbalanced",
        "One value dominates",
        "low",
        column.name,
        f"{_percent(share)} of the values of {column.name!r} are {column.top[0].value!r}.",
        "As a target it needs a metric that looks at the rare values; as a feature it may add little.",
    )


def _many_categories(column: ColumnProfile) -> Finding | None:
    if column.kind != "category" or column.distinct <= max(50, 0.05 * column.count):
        return None
    return Finding(
        "many_categories",
        "Many categories",
        "low",
        column.name,
        f"{column.name!r} has {column.distinct:,} different values in {column.count:,} rows.",
        "Rare values teach little; think of grouping them.",
    )


def _words_for_missing(column: ColumnProfile) -> Finding | None:
    if column.kind not in ("text", "category"):
        return None
    for top in column.top:
        if isinstance(top.value, str) and top.value.strip() in (*MISSING, "", "missing", "unknown", "Unknown"):
            return Finding(
                "word_for_missing",
                "A word for missing?",
                "low",
                column.name,
                f"{_some(top.count, 'value')} of {column.name!r} {'is' if top.count == 1 else 'are'} {top.value!r}.",
                "It is kept as a category. If it means missing, leave the cell empty in the file.",
            )
    return None


def _infinite(column: ColumnProfile) -> Finding | None:
    if not column.infinite:
        return None
    return Finding(
        "infinite",
        "Infinite numbers",
        "medium",
        column.name,
        f"{_some(column.infinite, 'value')} of {column.name!r} {'is' if column.infinite == 1 else 'are'} infinite.",
        "They often come from a division by zero; replace them where the file is made.",
    )


_CHECKS = (
    _missing,
    _constant,
    _typed_as_text,
    _infinite,
    _unbalanced,
    _many_categories,
    _words_for_missing,
)


def _percent(share: float) -> str:
    """Return a share in percent that is never rounded to all or nothing.

    Examples
    --------
    >>> _percent(0.5), _percent(0.9999), _percent(0.0001), _percent(1.0)
    ('50 %', '99.9 %', '0.1 %', '100 %')
    """
    percent = 100 * share
    if 0 < percent < 1 or 99 < percent < 100:
        return f"{min(99.9, max(0.1, percent)):.1f} %"
    return f"{percent:.0f} %"


def _some(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
