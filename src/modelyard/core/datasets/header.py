"""Whether the first row of a table holds the names of its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_NUMBER = re.compile(r"\s*[-+(]?\s*[$€£¥]?\s*[-+]?(\d[\d.,' \u00a0]*|\.\d+)([eE][-+]?\d+)?\s*[%$€£)]?\s*")
_DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}.*)?\s*|\s*\d{1,2}:\d{2}(:\d{2})?.*")
_WORDS = ("true", "false")
_YEARS = range(1800, 2200)


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of the rows is a header.

    It is one if a name stands over a column of numbers, dates or truth values. It is none if its own cells look like
    those, or come again below. Where nothing speaks for either, the first row is taken for a header.

    Examples
    --------
    >>> has_header([["name", "age"], ["Ann", "31"]]), has_header([["Ann", "31"], ["Bob", "27"]])
    (True, False)
    """
    if not rows:
        return False
    first, rest = rows[0], rows[1:]
    if not rest:
        return not any(number_like(cell) for cell in first)
    years = _successive_years(first)
    votes_for = votes_against = 0
    for i, cell in enumerate(first):
        below = [row[i] for row in rest if i < len(row) and row[i].strip()]
        if not cell.strip() or not below or (years and number_like(cell)):
            continue
        typed_below = sum(typed(value) for value in below) >= 0.8 * len(below)
        if typed(cell):
            votes_against += typed_below
        elif typed_below:
            votes_for += 1
        elif cell in below:
            votes_against += 1
    return votes_for > 0 or votes_against == 0


def typed(cell: str) -> bool:
    """Tell whether a cell looks like a number, a date or a truth value."""
    return number_like(cell) or cell.strip().lower() in _WORDS


def number_like(cell: str) -> bool:
    """Tell whether a cell looks like a number or a date."""
    return _NUMBER.fullmatch(cell) is not None or _DATE.fullmatch(cell) is not None


def _successive_years(first: Sequence[str]) -> bool:
    """Tell whether the numbers of a first row are years in a row, as in the header of a wide table."""
    numbers = [int(cell) for cell in first if cell.strip().isdecimal()]
    if len(numbers) < 2 or any(number not in _YEARS for number in numbers):
        return False
    return all(later - earlier == 1 for earlier, later in pairwise(numbers))
