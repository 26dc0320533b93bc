"""How many rows and folds fit the clock."""

from __future__ import annotations

from dataclasses import dataclass

CELLS_PER_SECOND = 100_000
"""Cells (rows x columns) for each second of the budget: two cores fit a booster to them in about a quarter of it."""

FIVE_FOLDS = 10_000
THREE_FOLDS = 40_000
MIN_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a search will use.

    Parameters
    ----------
    rows : int
        Rows to learn and to judge by.
    folds : int
        Of the cross-validation; 1 means one holdout.
    """

    rows: int
    folds: int


def make_plan(rows: int, columns: int, classes: int, seconds: float | None) -> Plan:
    """Choose rows and folds: the more data for a second, the fewer folds.

    Parameters
    ----------
    rows, columns : int
        Of the data.
    classes : int
        1 for a regression; boosters fit one tree a class, which costs less than in proportion.
    seconds : float or None
        The time budget; None uses all rows and five folds.

    Examples
    --------
    >>> make_plan(900, 12, 2, 20.0), make_plan(330_000, 18, 1, 20.0)
    (Plan(rows=900, folds=5), Plan(rows=111111, folds=1))
    """
    if seconds is None:
        return Plan(rows, 5)
    weight = columns * max(1, classes if classes > 2 else 1) ** 0.5
    kept = min(rows, max(MIN_ROWS, int(CELLS_PER_SECOND * seconds / max(weight, 1))))
    cells = kept * weight
    folds = 5 if cells <= FIVE_FOLDS * seconds else 3 if cells <= THREE_FOLDS * seconds else 1
    return Plan(kept, folds)
