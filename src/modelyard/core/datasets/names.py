"""Names of columns: never empty, never twice."""

from __future__ import annotations

import re
from collections.abc import Sequence


def repair(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return usable names and, in sentences, what was changed.

    Examples
    --------
    >>> repair(["a", "", "a", " b "])
    (['a', 'column_2', 'a_2', 'b'], ["Column 2 has no name and was called 'column_2'.",
    "The name 'a' appears more than once; column 3 was called 'a_2'."])
    """
    # spaces within a name stay as they are: whoever asks for predictions reads the same file with another reader
    cleaned = [re.sub(r"[\r\n\t\v\f]+", " ", name.replace("\ufeff", "").replace("\0", "")).strip() for name in names]
    taken = set(cleaned)
    repaired: list[str] = []
    notes: list[str] = []
    for position, name in enumerate(cleaned, start=1):
        if not name:
            name = _free(f"column_{position}", taken)
            notes.append(f"Column {position} has no name and was called {name!r}.")
        elif name in repaired:
            old, name = name, _free_numbered(name, taken)
            notes.append(f"The name {old!r} appears more than once; column {position} was called {name!r}.")
        repaired.append(name)
    return repaired, notes


def _free(name: str, taken: set[str]) -> str:
    if name in taken:
        return _free_numbered(name, taken)
    taken.add(name)
    return name


def _free_numbered(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    taken.add(f"{name}_{number}")
    return f"{name}_{number}"
