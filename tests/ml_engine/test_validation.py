"""Who learns and who validates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.task import Task
from modelyard.core.ml_engine.validation import Structure, folds, holdout

GROUP, TIME = Structure("group", "g"), Structure("time", "t")


@given(st.lists(st.integers(0, 5), min_size=2, max_size=120), st.integers(2, 8), st.integers(0, 5))
def test_laws_of_folds_of_classes(y: list[int], n_folds: int, seed: int) -> None:
    made = folds(Task.MULTICLASS, y, n_folds, seed)
    target = np.array(y)
    classes, counts = np.unique(target, return_counts=True)
    validated = np.concatenate([valid for _, valid in made])
    assert len(set(validated)) == len(validated)
    if counts.max() > 1:  # every class is learned from in every fold, and only single rows are never validated
        single = set(np.flatnonzero(np.isin(target, classes[counts == 1])))
        assert set(validated) == set(range(len(y))) - single
        for train, _ in made:
            assert set(target[train]) == set(classes)
    for train, valid in made:
        assert len(train) + len(valid) == len(y)
        assert set(train).isdisjoint(valid)
        assert len(train)
        assert len(valid)
    sizes = [len(valid) for _, valid in made]
    assert max(sizes) - min(sizes) <= 1


@given(st.lists(st.integers(0, 4), min_size=2, max_size=100), st.floats(0.05, 0.9), st.integers(0, 5))
def test_laws_of_a_holdout_of_classes(y: list[int], fraction: float, seed: int) -> None:
    train, valid = holdout(Task.MULTICLASS, y, fraction, seed)
    assert sorted([*train, *valid]) == list(range(len(y)))
    assert len(train)
    assert len(valid)
    target = np.array(y)
    if len(set(y)) < len(y) and len(valid) > 1:
        assert set(target[train]) == set(y)


def test_proportions_are_kept() -> None:
    y = [0] * 900 + [1] * 100
    for _, valid in [*folds(Task.BINARY, y, 5), holdout(Task.BINARY, y, 0.2)]:
        assert len(valid) == 200
        assert np.sum(np.array(y)[valid]) == 20


def test_numbers_are_split_evenly() -> None:
    y = np.arange(103.0)
    made = folds(Task.REGRESSION, y, 5)
    assert sorted(len(valid) for _, valid in made) == [20, 20, 21, 21, 21]
    assert len(holdout(Task.REGRESSION, y, 0.25)[1]) == 26


def test_the_seed_decides() -> None:
    y = list("ab") * 30
    one, same, other = (folds(Task.BINARY, y, 3, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(one, same, strict=True))
    assert not all(np.array_equal(a[1], b[1]) for a, b in zip(one, other, strict=True))


@given(st.lists(st.integers(0, 9), min_size=12, max_size=80), st.integers(2, 5))
def test_groups_stay_together(groups: list[int], n_folds: int) -> None:
    y = [group % 2 for group in groups]
    if len(set(groups)) < 2:
        with pytest.raises(InvalidInput, match="one group"):
            folds(Task.BINARY, y, n_folds, structure=GROUP, along=groups)
        return
    made = [
        *folds(Task.BINARY, y, n_folds, structure=GROUP, along=groups),
        holdout(Task.BINARY, y, 0.3, 0, GROUP, groups),
    ]
    for train, valid in made:
        assert {groups[row] for row in train}.isdisjoint(groups[row] for row in valid)
        assert len(train)
        assert len(valid)


def test_a_row_without_a_group_is_a_group() -> None:
    made = folds(Task.REGRESSION, np.zeros(6), 3, structure=GROUP, along=[None, None, "a", "a", None, None])
    assert sorted(np.concatenate([valid for _, valid in made])) == list(range(6))


@pytest.mark.parametrize(
    "along",
    [
        np.arange(40)[::-1],
        pd.date_range("2020", periods=40)[::-1],
        [str(40 - place) for place in range(40)],
        pd.date_range("2020", periods=40)[::-1].strftime("%d.%m.%Y"),
    ],
)
def test_the_past_never_learns_from_the_future(along: Any) -> None:
    time = np.arange(40)[::-1]
    made = folds(Task.REGRESSION, np.zeros(40), 4, structure=TIME, along=along)
    assert [len(valid) for _, valid in made] == [8, 8, 8, 8]
    for train, valid in [*made, holdout(Task.REGRESSION, np.zeros(40), 0.2, 0, TIME, along)]:
        assert time[train].max() < time[valid].min()


def test_rows_without_a_time_come_first() -> None:
    _, valid = holdout(Task.REGRESSION, np.zeros(4), 0.5, 0, TIME, [None, 2.0, 1.0, None])
    assert valid.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Structure("spatial"), "There is no structure 'spatial'. Possible: iid, group, time"),
        (lambda: Structure("group"), "needs a column"),
        (lambda: folds("binary", [0, 1] * 9, 1), "at least 2 folds"),
        (lambda: folds("binary", [0], 2), "1 row cannot be split"),
        (lambda: holdout("binary", [0, 1] * 9, 1.5), "not between 0 and 1"),
        (lambda: folds("binary", [0, 1] * 9, 3, structure=TIME), "needs the values of its column"),
        (lambda: folds("binary", [0, 1] * 9, 3, structure=GROUP, along=[1, 2]), "18 rows, but the group column has 2"),
    ],
)
def test_what_cannot_be_split(call: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()
