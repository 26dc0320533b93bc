"""Tables as untidy as real ones."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from modelyard.core.ml_engine.task import Task

TASKS = tuple(Task)
WORDS = np.array(["red", "blue", "round", "square", "big", "small", "old", "new", "cheap", "dear"])


def messy(rows: int = 320, seed: int = 0) -> pd.DataFrame:
    """Return a table with a column of every kind and type; ``signal`` and ``color`` decide the target."""
    rng = np.random.default_rng(seed)
    number = rng.normal(size=rows)
    frame = pd.DataFrame(
        {
            "signal": number,
            "color": rng.choice(["red", "green", "blue"], rows),
            "whole": rng.integers(-5, 60, rows),
            "small": rng.integers(0, 200, rows).astype("uint8"),
            "flag": rng.random(rows) > 0.5,
            "nullable whole": pd.array(rng.integers(0, 9, rows), dtype="Int64"),
            "nullable flag": pd.array(rng.random(rows) > 0.3, dtype="boolean"),
            "nullable fraction": pd.array(rng.random(rows), dtype="Float32"),
            "many": [f"k{number}" for number in rng.integers(0, rows * 2 // 3, rows)],
            "text": [" ".join(rng.choice(WORDS, 6)) for _ in range(rows)],
            "repeated text": [f"street number {number % (rows * 2 // 5)}" for number in range(rows)],
            "level": pd.Categorical(rng.choice(["low", "mid", "high"], rows), ["low", "mid", "high"], ordered=True),
            "group": pd.Categorical(rng.choice(list("abcdef"), rows), list("abcdefgh")),
            "day": pd.date_range("2021-03-01", periods=rows, freq="D"),
            "moment": pd.date_range("2021-03-01", periods=rows, freq="7h", tz="Europe/Berlin"),
            "lasting": pd.to_timedelta(rng.integers(0, 9999, rows), unit="s"),
            "written number": [f"{value:,.2f}" for value in rng.normal(5000, 3000, rows)],
            "written day": pd.date_range("2019-12-25", periods=rows, freq="D").strftime("%d/%m/%Y"),
            "exact": [Decimal(int(value)) / 4 for value in rng.integers(0, 50, rows)],
            "mixed": [[1, "one", 2.5, None, True][value] for value in rng.integers(0, 5, rows)],
            "constant": "same",
            "empty": None,
            "id": [f"u{number:05d}" for number in rng.permutation(rows)],
        }
    )
    for name in ("signal", "color", "nullable whole", "many", "text", "group", "day", "written number", "written day"):
        frame.loc[rng.random(rows) < 0.1, name] = None
    frame.loc[rng.random(rows) < 0.05, "signal"] = np.inf
    return frame


def target(frame: pd.DataFrame, task: Task | str, seed: int = 0) -> pd.Series[Any]:
    """Return something that can be learned from the table."""
    rng = np.random.default_rng(seed)
    signal = frame["signal"].replace(np.inf, np.nan).fillna(0.0).to_numpy(dtype=float)
    value = 2 * signal + 2.0 * (frame["color"] == "red").to_numpy() + rng.normal(scale=0.3, size=len(frame))
    if Task(task) is Task.REGRESSION:
        return pd.Series(value, name="y")
    cuts = [0.7] if Task(task) is Task.BINARY else [-0.5, 1.5]
    return pd.Series(np.array(["low", "mid", "top"])[np.digitize(value, cuts)], name="y")


HOSTILE = (
    *("a[b]<c>", "", " ", "JSON:{}", '{"a": 1}', "naïve 列 🚀", "a,b", "x=1", "line\nbreak", "tab\t"),
    *("__class__", "0", "f0", "target", "y", "'quoted'", 'say "hi"', "very " * 40),
)
