"""What a column means and what it may be used for, from its type and a few facts: suggestions, never decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from modelyard.core.datasets.types import ColumnInfo

if TYPE_CHECKING:
    from modelyard.core.datasets.profile_types import Profile

_ID_WORDS = {"id", "ids", "uuid", "guid", "key", "index", "idx", "rowid", "rownum", "instant", "no", "nr"}
_TARGET_NAMES = {"target", "label", "labels", "class", "y", "outcome", "response"}
_FEW_ROWS = 20  # below, any column may happen to be unique
_MANY_VALUES = 20


@dataclass(frozen=True, slots=True)
class Facts:
    """What suggestions are made from.

    Parameters
    ----------
    rows : int
        Rows looked at.
    count : int
        Values that are not missing.
    distinct : int
        Different values.
    mean_length : float
        Characters in a value, for text.
    mean_words : float
        Words in a value, for text.
    """

    rows: int
    count: int
    distinct: int
    mean_length: float = 0.0
    mean_words: float = 0.0

    @property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.rows >= _FEW_ROWS and self.distinct >= self.rows == self.count


def suggest(
    fields: Sequence[tuple[str, str]], facts: Mapping[str, Facts], nested: frozenset[str] = frozenset()
) -> tuple[ColumnInfo, ...]:
    """Return the columns with their suggested kinds and roles.

    Parameters
    ----------
    fields : sequence of (str, str)
        Name and Arrow type of each column.
    facts : mapping of str to Facts
        By name.
    nested : frozenset of str
        Names of text columns that hold JSON of nested values.
    """
    target = _target([name for name, _ in fields])
    columns = []
    for position, (name, type_) in enumerate(fields):
        kind = "nested" if name in nested else kind_of(type_, facts[name])
        role = "feature"
        if name == target:
            role = "target"
        elif _like_an_id(name, position, kind, facts[name]):
            role = "id"
        columns.append(ColumnInfo(name=name, type=type_, kind=kind, role=role, suggested=True))
    return tuple(columns)


def _target(names: Sequence[str]) -> str | None:
    """Return the column that is called like a target, None if none is."""
    lower = {name.strip().lower() for name in names}
    wanted = _TARGET_NAMES - {"y"} if "x" in lower else _TARGET_NAMES  # x, y and z are coordinates
    return next((name for name in reversed(names) if name.strip().lower() in wanted), None)


def refine(columns: Sequence[ColumnInfo], profile: Profile) -> tuple[ColumnInfo, ...]:
    """Suggest again with what a profile of all rows knows; roles that a person set stay."""
    facts = profile.facts()
    nested = frozenset(column.name for column in columns if column.kind == "nested")
    better = suggest([(column.name, column.type) for column in columns], facts, nested)
    return tuple(
        new if old.suggested else replace(old, kind=new.kind) for old, new in zip(columns, better, strict=True)
    )


def kind_of(type_: str, facts: Facts) -> str:
    """Return the kind of a column of an Arrow type.

    Examples
    --------
    >>> kind_of("uint16", Facts(10, 10, 3)), kind_of("string", Facts(100, 100, 3, 5.0, 1.0))
    ('integer', 'category')
    """
    for start, kind in _KINDS:
        if type_.startswith(start):
            return kind
    return "text" if _like_text(facts) else "category"


_KINDS = (
    ("int", "integer"),
    ("uint", "integer"),
    ("double", "number"),
    ("float", "number"),
    ("halffloat", "number"),
    ("decimal", "number"),
    ("bool", "boolean"),
    ("date", "date"),
    ("timestamp", "datetime"),
    ("time", "time"),
    ("duration", "duration"),
    ("binary", "binary"),
    ("fixed_size_binary", "binary"),
)


def _like_text(facts: Facts) -> bool:
    """Tell sentences, names and codes from categories: many different values, long or almost all different."""
    if facts.distinct <= _MANY_VALUES:
        return False
    return facts.mean_words >= 4 or facts.mean_length > 40 or facts.distinct > 0.8 * facts.count


def _like_an_id(name: str, position: int, kind: str, facts: Facts) -> bool:
    """Tell whether a column names its row: unique, no measurement, and called or placed like an id."""
    if not facts.unique or kind not in ("integer", "text", "category") or facts.mean_words >= 2:
        return False
    words = re.findall(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]*", name)
    return position == 0 or any(word.lower() in _ID_WORDS for word in words)
