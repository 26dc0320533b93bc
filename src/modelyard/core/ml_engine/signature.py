"""What a model takes and gives: enough to make a form, to check JSON, to describe an API."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
import pandas as pd

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.types import Json
from modelyard.core.ml_engine.preprocessing.encoders import zone_name
from modelyard.core.ml_engine.preprocessing.kinds import Kind, Reading, read_kind
from modelyard.core.ml_engine.preprocessing.tables import to_frame
from modelyard.core.ml_engine.preprocessing.values import MISSING_WORDS, Column, guess_date_format
from modelyard.core.ml_engine.task import Task, as_series, infer_task

FORMAT = 1
STRAY_SHARE = 0.05
"""Of a column's values that may be unreadable without the table being refused."""
MAX_CATEGORIES = 50
MAX_WORDS = 20


class StrayValuesWarning(UserWarning):
    """A few values could not be read and count as missing."""


@dataclass(frozen=True, slots=True)
class ColumnSignature:
    """One column that a model takes.

    Parameters
    ----------
    name : str
        As in the training table.
    kind : {'number', 'integer', 'boolean', 'category', 'text', 'datetime'}
        What its values are.
    nullable : bool
        Whether values were missing in training; a model takes missing values in any case.
    example : int, float, bool or str, optional
        A typical value: the median, or the most frequent one.
    categories : tuple of str
        The most frequent values of a category, at most 50.
    min, max : int, float or str, optional
        The range seen in training; ISO 8601 text for a datetime.
    text_format : str, optional
        How dates were written, if they came as text.
    timezone : str, optional
        The zone of a datetime that knew its own; times without one are meant there.
    decimal : str
        The sign before the fraction of numbers that come as text.
    missing_words : tuple of str
        Words that stood for a missing number in training.
    """

    name: str
    kind: str
    nullable: bool = False
    example: Any = None
    categories: tuple[str, ...] = ()
    min: int | float | str | None = None
    max: int | float | str | None = None
    text_format: str | None = None
    timezone: str | None = None
    decimal: str = "."
    missing_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """What a model takes and gives.

    Parameters
    ----------
    columns : tuple of ColumnSignature
        What it takes, in the order of the training table.
    target : str
        The name of what it gives.
    task : Task
        What kind of thing that is.
    classes : tuple
        The labels in order, for a classifier.

    Examples
    --------
    >>> table = pd.DataFrame({"size": [1, 2, 3], "color": ["red", "blue", "red"], "price": [1.5, 2.5, 3.5]})
    >>> signature = Signature.from_frame(table, "price")
    >>> [(column.name, column.kind) for column in signature.columns]
    [('size', 'integer'), ('color', 'category')]
    >>> signature.coerce([{"size": "4", "color": "red"}]).to_dict("records")
    [{'size': 4.0, 'color': 'red'}]
    >>> signature.coerce([{"size": "big", "color": "red"}])
    Traceback (most recent call last):
    ...
    modelyard.core.common.errors.InvalidInput: 'big' is not a number. (row 1, column 'size') ...
    """

    columns: tuple[ColumnSignature, ...]
    target: str
    task: Task
    classes: tuple[Any, ...] = ()

    @classmethod
    def from_frame(cls, table: Any, target: str, task: Task | str | None = None) -> Self:
        """Describe a training table.

        Parameters
        ----------
        table : table
            Features and target.
        target : str
            Which column is the target; rows without one do not count.
        task : Task or str, optional
            Found from the target if not given.

        Raises
        ------
        InvalidInput
            If there is no such column.
        """
        frame = to_frame(table)
        if target not in frame.columns:
            raise InvalidInput(f"There is no column {target!r}.", possible=frame.columns)
        frame = frame[frame[target].notna()]
        y = as_series(frame[target])
        found = Task(task) if task is not None else infer_task(y)
        features = frame.drop(columns=target)
        columns = tuple(_describe(str(name), features[name]) for name in features.columns)
        return cls(columns, target, found, _classes(y) if found.is_classification else ())

    def to_json(self) -> Json:
        """Return the signature as JSON-ready values."""
        return {
            "format": FORMAT,
            "columns": [asdict(column) for column in self.columns],
            "target": self.target,
            "task": self.task.value,
            "classes": list(self.classes),
        }

    @classmethod
    def from_json(cls, values: Json) -> Self:
        """Return the signature that `to_json` wrote; fields of later versions are ignored."""
        known = {one.name for one in fields(ColumnSignature)}
        columns = []
        for column in values["columns"]:
            kept: dict[str, Any] = {name: value for name, value in column.items() if name in known}
            lists = {name: tuple(value) for name, value in kept.items() if isinstance(value, list)}
            columns.append(ColumnSignature(**{**kept, **lists}))
        return cls(tuple(columns), values["target"], Task(values["task"]), tuple(values["classes"]))

    def coerce(self, rows: Any) -> pd.DataFrame:
        """Return rows of JSON, a form or a file as a table that the model takes.

        Parameters
        ----------
        rows : list of dict, or table
            With every column of the signature; others are ignored. Empty text and None are missing.

        Raises
        ------
        InvalidInput
            If a column is missing, or values are not what their column holds; row and column are said. Where they are
            less than one in twenty of those given, they count as missing, with a `StrayValuesWarning`: one cell
            must not stop a long file.
        """
        frame = _frame_of(rows)
        frame = frame.rename(columns=_respaced([column.name for column in self.columns], list(frame.columns)))
        absent = [column.name for column in self.columns if column.name not in frame.columns]
        if absent:
            shown = ", ".join(repr(name) for name in absent[:5]) + (", …" if len(absent) > 5 else "")
            raise InvalidInput(
                f"Missing column{'s' if len(absent) > 1 else ''}: {shown}.",
                possible=frame.columns,
                remedy="Add the column; its values may be empty.",
            )
        return pd.DataFrame(
            {column.name: _coerced(column, frame[column.name]) for column in self.columns}, index=frame.index
        )


def _frame_of(rows: Any) -> pd.DataFrame:
    if isinstance(rows, Sequence) and not isinstance(rows, str | bytes):
        wrong = next((place for place, row in enumerate(rows) if not isinstance(row, dict)), None)
        if wrong is not None:
            raise InvalidInput("A row must give each column by its name.", where=f"row {wrong + 1}")
        if not rows:
            raise InvalidInput("There are no rows.", remedy="Give at least one.")
        names = list(dict.fromkeys(str(name) for row in rows for name in row))
        return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})
    return to_frame(rows)


def _describe(name: str, series: pd.Series[Any]) -> ColumnSignature:
    column = Column(series)
    reading = read_kind(column)
    kind = reading.kind
    if kind is Kind.CONSTANT:  # the type alone must say what it is
        kind = _kind_of_type(column)
    nullable = bool(series.isna().any())
    if kind is Kind.NUMBER:
        return _describe_numbers(name, column, reading, nullable)
    if kind is Kind.DATETIME:
        return _describe_moments(name, column, reading, nullable)
    if kind is Kind.BOOLEAN:
        numbers = column.numbers()
        return ColumnSignature(name, "boolean", nullable, bool(np.nanmean(numbers) >= 0.5))
    if kind is Kind.EMPTY:
        return ColumnSignature(name, "text", True)
    coded = column.coded
    counts = np.bincount(coded.codes[coded.codes >= 0], minlength=len(coded.texts))
    order = np.argsort(-counts, kind="stable")
    top = coded.texts[order[0]] if len(order) else None
    if kind is Kind.CATEGORY:
        categories = tuple(coded.texts[place] for place in order[:MAX_CATEGORIES] if counts[place])
        return ColumnSignature(name, "category", nullable, top, categories)
    return ColumnSignature(name, "text", nullable, top)


def _kind_of_type(column: Column) -> Kind:
    if column.is_moment:
        return Kind.DATETIME
    if column.is_text:
        return Kind.CATEGORY
    return Kind.BOOLEAN if str(column.series.dtype) in ("bool", "boolean") else Kind.NUMBER


def _describe_numbers(name: str, column: Column, reading: Reading, nullable: bool) -> ColumnSignature:
    numbers = column.numbers(decimal=reading.decimal)
    known = numbers[~np.isnan(numbers)]
    words: tuple[str, ...] = ()
    if column.is_text:
        bad = np.unique(column.coded.codes[np.isnan(numbers)])
        words = tuple(column.coded.texts[code] for code in bad if code >= 0)[:MAX_WORDS]
    whole = bool(np.all(known == np.round(known)))
    ordered = np.sort(known)[[len(known) // 2, 0, -1]]  # the middle one occurs, unlike a mean of two
    middle, low, high = (int(value) if whole else float(value) for value in ordered)
    kind = "integer" if whole else "number"
    nullable = nullable or bool(words)
    return ColumnSignature(name, kind, nullable, middle, (), low, high, None, None, reading.decimal, words)


def _describe_moments(name: str, column: Column, reading: Reading, nullable: bool) -> ColumnSignature:
    zone = getattr(column.series.dtype, "tz", None)
    timezone = zone_name(zone) if zone is not None else None
    moments = column.moments(text_format=reading.text_format, timezone=timezone)
    known = np.sort(moments[~np.isnat(moments)])
    middle, first, last = (pd.Timestamp(value).isoformat() for value in (known[len(known) // 2], known[0], known[-1]))
    return ColumnSignature(name, "datetime", nullable, middle, (), first, last, reading.text_format, timezone)


def _classes(y: pd.Series[Any]) -> tuple[Any, ...]:
    labels = {label.item() if hasattr(label, "item") else label for label in y.tolist()}
    return tuple(sorted(labels, key=lambda label: (str(type(label)), label)))


def _coerced(column: ColumnSignature, series: pd.Series[Any]) -> pd.Series[Any]:
    values = Column(series)
    if column.kind in ("number", "integer", "boolean"):
        numbers = values.numbers(decimal=column.decimal)
        _refuse(column, values, series, np.isnan(numbers))
        return pd.Series(numbers, index=series.index)
    if column.kind == "datetime":
        text_format = column.text_format or _date_format(column, values, series)
        moments = values.moments(text_format=text_format, timezone=column.timezone)
        _refuse(column, values, series, np.isnat(moments))
        return pd.Series(moments, index=series.index)
    coded = values.coded
    texts = pd.Series([*coded.texts, None], dtype="str").take(coded.codes)
    return texts.set_axis(series.index)


def _respaced(wanted: Sequence[str], arrived: Sequence[str]) -> dict[str, str]:
    """Return new names for columns that differ from a wanted one in white space only, as files are often read."""
    present = set(arrived)
    plain = {" ".join(name.split()): name for name in arrived}
    return {
        plain[key]: name
        for name in wanted
        if name not in present and (key := " ".join(name.split())) in plain and plain[key] not in wanted
    }


def _date_format(column: ColumnSignature, values: Column, series: pd.Series[Any]) -> str | None:
    """Return how dates are written that arrive as text where training saw real dates; None for the ISO way.

    Raises
    ------
    InvalidInput
        If day and month could be either.
    """
    if not values.is_text or not np.isnat(values.moments(timezone=column.timezone)).any():
        return None
    found = guess_date_format(values.coded.texts)
    if found is None or "%m/%d" not in found:
        return found
    either = values.moments(text_format=found.replace("%m/%d", "%d/%m"), timezone=column.timezone)
    if not np.isnat(either[~np.isnat(values.moments(text_format=found, timezone=column.timezone))]).any():
        raise InvalidInput(
            f"In {_shown(series.iloc[0])} it is not clear which number is the month.",
            where=f"row 1, column {column.name!r}",
            remedy=f"Give a date such as {column.example}.",
        )
    return found


def _refuse(column: ColumnSignature, values: Column, series: pd.Series[Any], unread: np.ndarray) -> None:
    """Raise if values were given, could not be read, and are no words for missing ones; warn if they are few."""
    if not unread.any() or not (values.is_text or (_is_number(values) and column.kind == "datetime")):
        return
    coded = values.coded
    given = int(np.sum(coded.codes >= 0))
    missing = MISSING_WORDS | {word.casefold() for word in column.missing_words}
    wrong = np.array([text.casefold() not in missing for text in coded.texts] + [False])[coded.codes] & unread
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        noun = {"datetime": "a date", "boolean": "true or false"}.get(column.kind, "a number")
        if wrong.sum() <= STRAY_SHARE * given:
            warnings.warn(
                f"{wrong.sum()} of {given} values of {column.name!r} are not {noun} and count as missing, "
                f"the first in row {row + 1}: {_shown(series.iloc[row])}.",
                StrayValuesWarning,
                stacklevel=4,
            )
            return
        raise InvalidInput(
            f"{_shown(series.iloc[row])} is not {noun}.",
            where=f"row {row + 1}, column {column.name!r}",
            remedy=f"Give {noun} such as {column.example}, or leave it empty.",
        )


def _shown(value: Any) -> str:
    return repr(value.item() if isinstance(value, np.generic) else value)


def _is_number(values: Column) -> bool:
    return not values.is_text and not values.is_moment
