"""The kinds of steps that there are, known without importing any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.registry import Entry, Registry
from modelyard.core.datasets.steps.base import Step

_HERE = "modelyard.core.datasets.steps"

STEPS = Registry("kind of step", group="modelyard.steps")
"""Each member's implementation is a `Step`."""

for _name, _summary, _target in (
    ("rename", "Give columns other names.", "columns:Rename"),
    ("cast", "Bring columns to another type.", "columns:Cast"),
    ("drop", "Leave columns out.", "columns:Drop"),
    ("derive", "Add a column by an expression.", "columns:Derive"),
    ("filter", "Keep the rows that meet a condition.", "rows:Filter"),
    ("deduplicate", "Keep one of equal rows.", "rows:Deduplicate"),
    ("sample", "Keep some of the rows: random, of each kind, or the first.", "rows:Sample"),
    ("split", "Tell rows to learn from and rows to test with: by row, group or time.", "rows:Split"),
    ("fill", "Put something where values are missing.", "values:Fill"),
    ("split_dates", "Add the parts of a date: year, month, weekday and so on.", "values:SplitDates"),
    ("bin", "Put numbers into bins.", "values:Bin"),
    ("aggregate", "Group rows and count, add up or average them.", "tables:Aggregate"),
    ("join", "Add the columns of another dataset.", "tables:Join"),
    ("pivot", "Turn the values of a column to columns.", "tables:Pivot"),
):
    STEPS.add(Entry(_name, _summary, f"{_HERE}.{_target}"))


def read_step(values: Mapping[str, Any] | Step) -> Step:
    """Return a step from its JSON.

    Raises
    ------
    InvalidInput
        If it has no kind, or its parameters are wrong.
    NotFound
        If there is no such kind.

    Examples
    --------
    >>> read_step({"kind": "drop", "columns": ["x"]})
    Drop(columns=('x',))
    """
    if isinstance(values, Step):
        return values
    rest = dict(values)
    kind = rest.pop("kind", None)
    if not isinstance(kind, str):
        raise InvalidInput("A step says its kind.", possible=STEPS.names())
    cls: type[Step] = STEPS.get(kind).load()
    return cls.read(rest)


def read_steps(values: Sequence[Mapping[str, Any] | Step]) -> tuple[Step, ...]:
    """Return steps from their JSON; what is wrong is told with the place."""
    if not values:
        raise InvalidInput("There is no step.", possible=STEPS.names())
    found = []
    for place, each in enumerate(values, start=1):
        try:
            found.append(read_step(each))
        except InvalidInput as error:
            raise InvalidInput(error.what, where=f"step {place}", possible=error.possible or None) from error
    return tuple(found)
