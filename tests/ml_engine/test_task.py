"""What is learned, and whether it can be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.task import Task, check_target, infer_task


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        (["a", "b", "a"], Task.BINARY),
        (["a", "b", "c", None], Task.MULTICLASS),
        ([True, False], Task.BINARY),
        (pd.array([True, None, False], dtype="boolean"), Task.BINARY),
        ([0, 1, 1, 0], Task.BINARY),
        ([0.0, 1.0, np.nan], Task.BINARY),
        ([0.5, 1.5], Task.REGRESSION),
        ([1, 2, 3] * 5, Task.MULTICLASS),
        ([1, 2, 3], Task.REGRESSION),
        (list(range(21)) * 10, Task.REGRESSION),
        (list(range(20)) * 10, Task.MULTICLASS),
        (pd.Categorical([1, 2, 3]), Task.MULTICLASS),
        (pd.Series([1, 2, 3] * 5, dtype="Int64"), Task.MULTICLASS),
        (np.array(["x", "y"]), Task.BINARY),
        (np.array([1, 2, 1], dtype=object), Task.BINARY),
        (pl.Series([1.5, 2.5, 1.5]), Task.REGRESSION),
        (pl.Series(["a", "b", "c"], dtype=pl.Categorical), Task.MULTICLASS),
    ],
)
def test_the_rule(y: Any, expected: Task) -> None:
    assert infer_task(y) is expected


def test_a_good_target_is_described() -> None:
    report = check_target(["b"] * 10 + ["a"] * 5 + [None] * 2, Task.BINARY)
    assert (report.rows, report.missing) == (15, 2)
    assert (report.classes, report.counts) == (("a", "b"), (5, 10))
    assert report.warnings == ("2 rows have no target and are left out.",)
    assert check_target(np.arange(20.0), Task.REGRESSION).classes == ()


@pytest.mark.parametrize(
    ("y", "task", "message"),
    [
        (["a"] * 20, Task.BINARY, "The target 'x' has one value only \\('a'\\)"),
        ([1.0] * 20, Task.REGRESSION, "The target 'x' has one value only \\(1.0\\)"),
        ([None] * 20, Task.BINARY, "The target 'x' has no values"),
        ([0, 1] * 4, Task.BINARY, "The target 'x' has 8 rows with a value; at least 10"),
        (list("abc") * 5, Task.BINARY, "has 3 values, but the task is binary.*Possible: multiclass"),
        (["1", "b"] * 9, Task.REGRESSION, "must be numeric for a regression, but holds 'b'"),
        ([1.0, np.inf] * 9, Task.REGRESSION, "infinite"),
        (np.zeros((20, 2)), Task.REGRESSION, "one column"),
    ],
)
def test_a_target_that_cannot_be_learned(y: Any, task: Task, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        check_target(y, task, name="x")


def test_what_is_odd_is_said() -> None:
    assert "2 classes with a single row ('c', 'd')" in check_target(list("aaaaaabbbbbcd"), Task.MULTICLASS).warnings[0]
    many = [f"c{place // 2}" for place in range(400)]
    assert "200 classes" in check_target(many, Task.MULTICLASS).warnings[0]
