"""Who learns and who validates: splits that respect the structure of the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.task import Task, as_series

type Split = tuple[np.ndarray, np.ndarray]

_KINDS = ("iid", "group", "time")


@dataclass(frozen=True, slots=True)
class Structure:
    """How rows hang together; every split of a training run respects it.

    Parameters
    ----------
    kind : str, default 'iid'
        ``iid``: rows are exchangeable. ``group``: rows of one group (a customer, a machine) stay together.
        ``time``: validation rows are later than those learned from.
    column : str, optional
        The column of the group or the time.

    Raises
    ------
    InvalidInput
        If the kind is not one of the three, or a column is missing where one is needed.

    Examples
    --------
    >>> Structure("group", "customer")
    Structure(kind='group', column='customer')
    """

    kind: str = "iid"
    column: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise InvalidInput(f"There is no structure {self.kind!r}.", possible=_KINDS)
        if self.kind != "iid" and self.column is None:
            raise InvalidInput(f"The structure {self.kind!r} needs a column.", remedy="Name the column.")


IID = Structure()


def holdout(
    task: Task | str,
    y: Any,
    fraction: float = 0.2,
    random_state: int = 0,
    structure: Structure = IID,
    along: Any = None,
) -> Split:
    """Return positions of rows to learn from and of rows to validate on.

    Parameters
    ----------
    task : Task or str
        Classes are split in proportion; a class with one row is learned from.
    y : array-like
        The target, without missing values.
    fraction : float, default 0.2
        Share of the rows to validate on; at least one row is on either side.
    random_state : int, default 0
        Seed.
    structure : Structure, optional
        How rows hang together.
    along : array-like, optional
        The values of the structure's column.

    Raises
    ------
    InvalidInput
        If there are fewer than two rows or groups, or `along` is missing or of another length.

    Examples
    --------
    >>> train, valid = holdout("regression", [1.0, 2.0, 3.0, 4.0], 0.25)
    >>> len(train), len(valid)
    (3, 1)
    """
    n_rows = len(y)
    if n_rows < 2:
        raise InvalidInput(f"{n_rows} row cannot be split.", remedy="Bring more rows.")
    if not 0 < fraction < 1:
        raise InvalidInput(f"The fraction {fraction} is not between 0 and 1.")
    if structure.kind == "time":
        order = _in_time(along, n_rows)
        cut = min(n_rows - 1, max(1, round(n_rows * (1 - fraction))))
        return np.sort(order[:cut]), np.sort(order[cut:])
    if structure.kind == "group":
        n_groups = len(np.unique(_group_codes(along, n_rows)))
        n_folds = min(max(2, round(1 / fraction)), n_groups)
        return _group_folds(Task(task), y, n_folds, random_state, along)[0]
    rng = np.random.default_rng(random_state)
    if Task(task).is_classification:
        return _stratified_holdout(_class_codes(y), fraction, rng)
    n_valid = min(n_rows - 1, max(1, round(n_rows * fraction)))
    order = rng.permutation(n_rows)
    return np.sort(order[n_valid:]), np.sort(order[:n_valid])


def folds(
    task: Task | str,
    y: Any,
    n_folds: int = 5,
    random_state: int = 0,
    structure: Structure = IID,
    along: Any = None,
) -> list[Split]:
    """Return the folds of a cross-validation as positions of rows.

    Classes are dealt out evenly; a class with fewer rows than folds is in the validation part of some folds
    only, and one with a single row is always learned from. For the structure ``time`` the folds grow: each
    learns from all rows before its validation part.

    Parameters
    ----------
    task : Task or str
        Whether classes are to be dealt out.
    y : array-like
        The target, without missing values.
    n_folds : int, default 5
        How many; fewer are returned where there are fewer rows or groups.
    random_state : int, default 0
        Seed.
    structure : Structure, optional
        How rows hang together.
    along : array-like, optional
        The values of the structure's column.

    Raises
    ------
    InvalidInput
        If fewer than two folds are asked for or possible, or `along` is missing or of another length.

    Examples
    --------
    >>> by_time = Structure("time", "year")
    >>> [valid.tolist() for _, valid in folds("regression", [0.0] * 4, 2, structure=by_time, along=[4, 3, 2, 1])]
    [[1], [0]]
    """
    if n_folds < 2:
        raise InvalidInput(f"Cross-validation needs at least 2 folds, not {n_folds}.")
    n_rows = len(y)
    if n_rows < 2:
        raise InvalidInput(f"{n_rows} row cannot be split.", remedy="Bring more rows.")
    if structure.kind == "time":
        return _time_folds(_in_time(along, n_rows), min(n_folds, n_rows - 1))
    if structure.kind == "group":
        return _group_folds(Task(task), y, n_folds, random_state, along)
    n_folds = min(n_folds, n_rows)
    rng = np.random.default_rng(random_state)
    if Task(task).is_classification:
        assigned = _dealt(_class_codes(y), n_folds, rng)
    else:
        assigned = np.empty(n_rows, dtype=np.int64)
        assigned[rng.permutation(n_rows)] = np.arange(n_rows) % n_folds
    made = [(np.flatnonzero(assigned != fold), np.flatnonzero(assigned == fold)) for fold in range(n_folds)]
    return [split for split in made if len(split[1])]


def _class_codes(y: Any) -> np.ndarray:
    codes, _ = pd.factorize(as_series(y), sort=False)
    return np.asarray(codes)


def _dealt(codes: np.ndarray, n_folds: int, rng: np.random.Generator) -> np.ndarray:
    """Deal the rows of each class out to the folds like cards, going on where the last class stopped.

    A class with one row is dealt to no fold (-1), so that it is always learned from. scikit-learn's
    StratifiedKFold warns of rare classes and may leave a class out of all that is learned from.
    """
    assigned = np.full(len(codes), -1, dtype=np.int64)
    order = rng.permutation(len(codes))
    shuffled = codes[order]
    start = 0
    for code in np.unique(codes):
        rows = order[shuffled == code]
        if len(rows) > 1:
            assigned[rows] = (start + np.arange(len(rows))) % n_folds
            start += len(rows)
    if not (assigned >= 0).any():  # every row is a class of its own
        assigned[order] = np.arange(len(codes)) % n_folds
    return assigned


def _stratified_holdout(codes: np.ndarray, fraction: float, rng: np.random.Generator) -> Split:
    """Take the same share of every class, but never all of it."""
    order = rng.permutation(len(codes))
    shuffled = codes[order]
    taken: list[np.ndarray] = []
    owed = 0.0
    for code in np.unique(codes):
        rows = order[shuffled == code]
        owed += len(rows) * fraction
        n = int(min(len(rows) - 1, round(owed)))
        owed -= n
        taken.append(rows[:n])
    valid = np.sort(np.concatenate(taken))
    if not len(valid):
        valid = order[:1]
    return np.setdiff1d(np.arange(len(codes)), valid), valid


def _in_time(along: Any, n_rows: int) -> np.ndarray:
    """Return positions in order of time; rows without a time come first, as they must not be validated on."""
    times = _along(along, n_rows, "time")
    if pd.api.types.is_string_dtype(times.dtype) or pd.api.types.is_object_dtype(times.dtype):
        from modelyard.core.ml_engine.preprocessing.kinds import Kind, read_kind
        from modelyard.core.ml_engine.preprocessing.values import Column

        column = Column(times)
        reading = read_kind(column)
        if reading.kind is Kind.DATETIME:
            times = pd.Series(column.moments(text_format=reading.text_format))
        elif reading.kind is Kind.NUMBER:
            times = pd.Series(column.numbers(decimal=reading.decimal))
    return np.asarray(times.argsort(kind="stable") if times.isna().sum() == 0 else _missing_first(times))


def _missing_first(times: pd.Series[Any]) -> np.ndarray:
    return times.reset_index(drop=True).sort_values(kind="stable", na_position="first").index.to_numpy()


def _time_folds(order: np.ndarray, n_folds: int) -> list[Split]:
    parts = np.array_split(order, n_folds + 1)
    return [(np.sort(np.concatenate(parts[: i + 1])), np.sort(parts[i + 1])) for i in range(n_folds)]


def _along(along: Any, n_rows: int, kind: str) -> pd.Series[Any]:
    if along is None:
        raise InvalidInput(f"The structure {kind!r} needs the values of its column.", remedy="Pass them as `along`.")
    series = as_series(along)
    if len(series) != n_rows:
        raise InvalidInput(f"The target has {n_rows} rows, but the {kind} column has {len(series)}.")
    return series


def _group_codes(along: Any, n_rows: int) -> np.ndarray:
    """Number the groups; each row without a group is a group of its own."""
    codes = np.asarray(pd.factorize(_along(along, n_rows, "group"))[0]).copy()
    alone = np.flatnonzero(codes < 0)
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(len(alone))
    return codes


def _group_folds(task: Task, y: Any, n_folds: int, random_state: int, along: Any) -> list[Split]:
    """Deal groups out so that folds have equally many rows and, for classes, equal shares of each."""
    groups = _group_codes(along, len(y))
    n_groups = int(groups.max()) + 1
    n_folds = min(n_folds, n_groups)
    if n_folds < 2:
        raise InvalidInput("All rows are in one group: they cannot be split.", remedy="Choose another group column.")
    classes = _class_codes(y) if task.is_classification else np.zeros(len(groups), dtype=np.int64)
    counts = np.zeros((n_groups, int(classes.max()) + 1))
    np.add.at(counts, (groups, classes), 1)
    share = counts / np.maximum(counts.sum(axis=0), 1)
    rng = np.random.default_rng(random_state)
    order = rng.permutation(n_groups)
    order = order[np.argsort(-counts.sum(axis=1)[order], kind="stable")]
    weight = np.hstack([share, counts.sum(axis=1, keepdims=True) / len(groups)])
    load = np.zeros((n_folds, weight.shape[1]))
    assigned = np.empty(n_groups, dtype=np.int64)
    for group in order:
        after = ((load + weight[group]) ** 2).sum(axis=1) - (load**2).sum(axis=1)
        assigned[group] = int(np.argmin(after))
        load[assigned[group]] += weight[group]
    of_row = assigned[groups]
    return [(np.flatnonzero(of_row != fold), np.flatnonzero(of_row == fold)) for fold in range(n_folds)]
