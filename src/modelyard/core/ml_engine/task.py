"""What is learned: a class of two, a class of several, or a number."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from modelyard.core.common.errors import InvalidInput

MAX_INTEGER_CLASSES = 20
MIN_ROWS = 10


class Task(StrEnum):
    """The kind of a supervised problem on a table."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"

    @property
    def is_classification(self) -> bool:
        """Whether classes are predicted, not numbers."""
        return self is not Task.REGRESSION

    @property
    def label(self) -> str:
        """The words for a person."""
        return {"binary": "two classes", "multiclass": "several classes", "regression": "a number"}[self.value]


@dataclass(frozen=True, slots=True)
class TargetReport:
    """What `check_target` found, when it found nothing that forbids training.

    Parameters
    ----------
    rows : int
        Rows that have a target.
    missing : int
        Rows without one; they cannot be learned from.
    classes : tuple
        The classes in order, empty for a regression.
    counts : tuple of int
        Rows of each class.
    warnings : tuple of str
        Sentences for a person, for instance on classes with a single row.
    """

    rows: int
    missing: int
    classes: tuple[Any, ...]
    counts: tuple[int, ...]
    warnings: tuple[str, ...]


def as_series(y: Any) -> pd.Series[Any]:
    """Return a target of any library as a pandas Series with a plain index.

    Raises
    ------
    InvalidInput
        If it has more than one column.
    """
    if type(y).__module__.partition(".")[0] in ("polars", "pyarrow"):
        y = y.to_pandas() if hasattr(y, "to_pandas") else y.to_series().to_pandas()
    if isinstance(y, pd.DataFrame):
        y = _only_column(y.to_numpy(dtype=object) if y.shape[1] != 1 else y.iloc[:, 0])
    if isinstance(y, pd.Series):
        return y.reset_index(drop=True)
    return pd.Series(_only_column(y if isinstance(y, pd.api.extensions.ExtensionArray) else np.asarray(y)))


def _only_column(y: Any) -> Any:
    """Refuse several columns; flatten one with the warning that scikit-learn's own estimators give."""
    if getattr(y, "ndim", 1) == 1:
        return y
    if y.ndim == 2 and y.shape[1] == 1:
        from sklearn.exceptions import DataConversionWarning

        warnings.warn("A column-vector y was passed when a 1d array was expected.", DataConversionWarning, stacklevel=4)
        return y[:, 0]
    raise InvalidInput(f"The target must be one column, but y has the shape {y.shape}.", remedy="Give one column.")


def infer_task(y: Any) -> Task:
    """Say what kind of problem a target poses.

    The rule, applied to the values that are not missing:

    * text, categories and booleans are classes;
    * fractions (any value that is not a whole number) are a regression;
    * whole numbers are classes if there are two distinct values, or at most 20 distinct ones and each
      occurs five times on average; otherwise a regression;
    * two classes are `Task.BINARY`, more are `Task.MULTICLASS`.

    Parameters
    ----------
    y : array-like
        One value a row, of any library and type.

    Raises
    ------
    InvalidInput
        If every value is missing.

    Examples
    --------
    >>> infer_task(["yes", "no", "yes"]), infer_task([1.5, 2.25, 3.0])
    (<Task.BINARY: 'binary'>, <Task.REGRESSION: 'regression'>)
    """
    values = as_series(y).dropna()
    if values.empty:
        raise InvalidInput("The target has no values.", remedy="Choose another column as the target.")
    distinct = values.unique()
    numbers = _numbers(distinct, values.dtype)
    if numbers is not None and not _looks_like_classes(numbers, len(values)):
        return Task.REGRESSION
    return Task.BINARY if len(distinct) <= 2 else Task.MULTICLASS


def _numbers(distinct: Any, dtype: Any) -> np.ndarray | None:
    """Return the distinct values as numbers, or None if they are words, categories or booleans."""
    if isinstance(dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(dtype):
        return None
    if pd.api.types.is_object_dtype(dtype):
        if all(isinstance(value, bool | np.bool_) for value in distinct):
            return None
        if any(isinstance(value, str | bytes) for value in distinct):
            return None
    if pd.api.types.is_string_dtype(dtype) and not pd.api.types.is_object_dtype(dtype):
        return None
    try:
        return np.asarray(pd.to_numeric(pd.Series(distinct)), dtype=np.float64)
    except (TypeError, ValueError):
        return None


def _looks_like_classes(distinct: np.ndarray, rows: int) -> bool:
    if len(distinct) <= 2 and bool(np.all(distinct == np.round(distinct))):
        return True
    whole = bool(np.all(distinct == np.round(distinct)))
    return whole and len(distinct) <= MAX_INTEGER_CLASSES and rows >= 5 * len(distinct)


def check_target(y: Any, task: Task, *, name: str = "y", min_rows: int = MIN_ROWS) -> TargetReport:
    """Make sure that a target can be learned, and say what is unusual about it.

    Parameters
    ----------
    y : array-like
        The target; missing values are counted, not refused.
    task : Task
        What it is to be learned as.
    name : str, default 'y'
        The column's name, for messages.
    min_rows : int, default 10
        Fewer rows with a target are refused.

    Raises
    ------
    InvalidInput
        If every value is missing, there are too few rows, there is one value only, a regression's target is
        not numeric or infinite, or a binary target has more than two values.

    Examples
    --------
    >>> check_target(["a"] * 9 + ["b"] * 8 + ["c"], Task.MULTICLASS, name="kind").warnings
    ("The target 'kind' has 1 class with a single row ('c'): it can be learned but not validated.",)
    """
    series = as_series(y)
    values = series.dropna()
    missing = len(series) - len(values)
    if values.empty:
        raise InvalidInput(f"The target {name!r} has no values.", remedy="Choose another column as the target.")
    if len(values) < min_rows:
        raise InvalidInput(
            f"The target {name!r} has {len(values)} rows with a value; at least {min_rows} are needed.",
            remedy="Bring more rows.",
        )
    counts = values.value_counts(sort=False)
    counts = counts[counts > 0]
    if len(counts) == 1:
        raise InvalidInput(
            f"The target {name!r} has one value only ({values.tolist()[0]!r}): there is nothing to learn.",
            remedy="Choose another column as the target, or bring rows with other values.",
        )
    said = [f"{missing} rows have no target and are left out."] if missing else []
    if task is Task.REGRESSION:
        _check_numbers(values, name)
        return TargetReport(len(values), missing, (), (), tuple(said))
    if task is Task.BINARY and len(counts) > 2:
        raise InvalidInput(
            f"The target {name!r} has {len(counts)} values, but the task is binary.",
            possible=[Task.MULTICLASS, Task.REGRESSION],
        )
    said += _about_classes(counts, name)
    classes = sorted(counts.index.tolist(), key=lambda label: (str(type(label)), label))
    return TargetReport(
        len(values), missing, tuple(classes), tuple(int(counts[label]) for label in classes), tuple(said)
    )


def _check_numbers(values: pd.Series[Any], name: str) -> None:
    numbers = pd.to_numeric(values, errors="coerce")
    bad = values[numbers.isna()]
    if len(bad):
        raise InvalidInput(
            f"The target {name!r} must be numeric for a regression, but holds {bad.tolist()[0]!r}.",
            possible=[Task.BINARY, Task.MULTICLASS],
        )
    if not np.all(np.isfinite(numbers.to_numpy(dtype=np.float64))):
        raise InvalidInput(f"The target {name!r} holds infinite values.", remedy="Remove those rows.")


def _about_classes(counts: pd.Series[Any], name: str) -> list[str]:
    said = []
    single = counts[counts == 1]
    if len(single):
        shown = ", ".join(repr(label) for label in single.index[:5].tolist()) + (", …" if len(single) > 5 else "")
        noun, pronoun = ("class", "it") if len(single) == 1 else ("classes", "they")
        said.append(
            f"The target {name!r} has {len(single)} {noun} with a single row ({shown}): "
            f"{pronoun} can be learned but not validated."
        )
    if len(counts) > 100:
        said.append(f"The target {name!r} has {len(counts)} classes: training will be slow and scores coarse.")
    return said
