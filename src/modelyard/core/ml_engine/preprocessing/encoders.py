"""How one column becomes columns of numbers: one class for each way.

Every encoder has ``fit(column, context) -> matrix`` for the rows that are learned from and
``transform(column) -> matrix`` for all others; `parts` names the columns of the matrix. Learned state is
plain: lists, floats and arrays, so that it can be written to any format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import pandas as pd

from modelyard.core.ml_engine.preprocessing.values import Coded, Column, seconds


@dataclass(frozen=True, slots=True)
class Context:
    """What an encoder may know when it is fitted.

    Parameters
    ----------
    target : ndarray of shape (n_rows, n_outputs), optional
        The target as numbers: itself for a regression, one indicator a class (one alone for two classes).
    seed : int
        Of everything random.
    """

    target: np.ndarray | None
    seed: int


class Encoder(Protocol):
    """What `TableEncoder` asks of the encoder of one column."""

    categorical: ClassVar[bool]

    @property
    def parts(self) -> list[str]:
        """Names of the columns made, to be set after the name of the column; empty text for the column itself."""
        ...

    def fit(self, column: Column, context: Context) -> np.ndarray:
        """Learn from a column and return its matrix."""
        ...

    def transform(self, column: Column) -> np.ndarray:
        """Return the matrix of a column, of which only the name is sure."""
        ...


class NumberEncoder:
    """Numbers and booleans as they are."""

    categorical: ClassVar[bool] = False

    def __init__(self, decimal: str = ".") -> None:
        self.decimal = decimal

    @property
    def parts(self) -> list[str]:
        """The column itself."""
        return [""]

    def fit(self, column: Column, context: Context) -> np.ndarray:
        """Nothing is learned."""
        return self.transform(column)

    def transform(self, column: Column) -> np.ndarray:
        """Return the numbers."""
        return column.numbers(decimal=self.decimal)[:, None]


class _Texts:
    """Looks known texts up by position; the look-up table is rebuilt, never stored."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_place"}

    def positions(self, coded: Coded) -> np.ndarray:
        """Return for each row the position of its text in `texts`, -1 if missing, -2 if not known."""
        place: dict[str, int] | None = self.__dict__.get("_place")
        if place is None:
            place = self.__dict__["_place"] = {text: position for position, text in enumerate(self.texts)}
        found = np.array([place.get(text, -2) for text in coded.texts] + [-1], dtype=np.int64)
        rows: np.ndarray = found[coded.codes]
        return rows


class CategoryEncoder(_Texts):
    """Few categories as their ordinal codes; missing and unknown ones are NaN."""

    categorical: ClassVar[bool] = True

    @property
    def parts(self) -> list[str]:
        """The column itself."""
        return [""]

    def fit(self, column: Column, context: Context) -> np.ndarray:
        """Learn the categories."""
        self.texts = sorted(column.coded.texts)
        return self.transform(column)

    def transform(self, column: Column) -> np.ndarray:
        """Return the codes."""
        positions = self.positions(column.coded)
        return np.where(positions < 0, np.nan, positions)[:, None]


class OrderedEncoder(CategoryEncoder):
    """Categories whose type says that they have an order: codes that are numbers."""

    categorical: ClassVar[bool] = False

    def fit(self, column: Column, context: Context) -> np.ndarray:
        """Learn the categories in their order."""
        self.texts = list(column.coded.texts)  # a categorical's texts come in its order
        return self.transform(column)


class MeanEncoder(_Texts):
    """Many categories as the mean of the target over each, shrunk to the mean of all, and their frequency.

    The rows learned from get means of the other rows (five folds), so that a category's own target does not
    leak into its code. Missing is NaN, unknown the mean of all.
    """

    categorical: ClassVar[bool] = False
    smoothing: ClassVar[float] = 10.0
    max_outputs: ClassVar[int] = 10

    def __init__(self) -> None:
        super().__init__()
        self.means = np.empty((0, 0))
        self.frequencies = np.empty(0)

    @property
    def parts(self) -> list[str]:
        """One mean for each output of the target, then the frequency."""
        n = self.means.shape[1]
        return [f"mean {i + 1}" if n > 1 else "mean" for i in range(n)] + ["frequency"]

    def fit(self, column: Column, context: Context) -> np.ndarray:
        """Learn the means of all rows; return the means of each row's other folds."""
        coded = column.coded
        self.texts = sorted(coded.texts)
        positions, levels = self.positions(coded), len(self.texts)
        known = positions >= 0
        counts = np.bincount(positions[known], minlength=levels)
        self.frequencies = np.append(np.log1p(counts), 0.0)
        target = context.target
        if target is None or target.shape[1] > self.max_outputs:
            self.means = np.empty((levels + 1, 0))
            return self.transform(column)
        self.means = self._means(positions, target, levels)
        out = self.transform(column)
        fold = np.random.default_rng(context.seed).integers(0, 5, len(positions))
        for number in range(5):
            rest, mine = fold != number, (fold == number) & known
            if mine.any() and rest.any():
                out[mine, :-1] = self._means(positions[rest], target[rest], levels)[positions[mine]]
        return out

    def _means(self, positions: np.ndarray, target: np.ndarray, levels: int) -> np.ndarray:
        known = positions >= 0
        prior = target.mean(axis=0)
        counts = np.bincount(positions[known], minlength=levels)[:, None]
        sums = np.column_stack(
            [np.bincount(positions[known], weights=column[known], minlength=levels) for column in target.T]
        )
        return np.vstack([(sums + self.smoothing * prior) / (counts + self.smoothing), prior])

    def transform(self, column: Column) -> np.ndarray:
        """Return means and frequency."""
        positions = self.positions(column.coded)
        place = np.where(positions < 0, len(self.texts), positions)
        out = np.column_stack([self.means[place], self.frequencies[place]])
        out[positions == -1] = np.nan
        return out


class TextEncoder:
    """Several words a value: character n-grams, weighted by rarity, pressed into few components.

    Fitted on a sample of the distinct texts, each cut to its beginning, so that the cost is bounded.
    """

    categorical: ClassVar[bool] = False
    max_texts: ClassVar[int] = 4000
    max_letters: ClassVar[int] = 160
    max_grams: ClassVar[int] = 5000

    def __init__(self, n_components: int = 10) -> None:
        self.n_components = n_components
        self.vectorizer: Any = None
        self.projection: Any = None

    @property
    def parts(self) -> list[str]:
        """The components, then the number of letters."""
        n = 0 if self.projection is None else self.projection.components_.shape[0]
        return [f"text {i + 1}" for i in range(n)] + ["letters"]

    def fit(self, column: Column, context: Context) -> np.ndarray:
        """Learn n-grams and components."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts = column.coded.texts
        if len(texts) > self.max_texts:
            chosen = np.random.default_rng(context.seed).choice(len(texts), self.max_texts, replace=False)
            texts = [texts[position] for position in np.sort(chosen)]
        vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), max_features=self.max_grams, min_df=2)
        try:
            grams = vectorizer.fit_transform([self._cut(text) for text in texts])
        except ValueError:  # no gram occurs twice
            return self.transform(column)
        if min(grams.shape) > 2:
            n = min(self.n_components, min(grams.shape) - 1)
            self.projection = TruncatedSVD(n, n_iter=3, random_state=context.seed).fit(grams)
            # its numbers are numpy's, of which skops would write each as a file of its own
            vectorizer.vocabulary_ = {gram: int(place) for gram, place in vectorizer.vocabulary_.items()}
            self.vectorizer = vectorizer
        return self.transform(column)

    def _cut(self, text: str) -> str:
        return text[: self.max_letters].lower()

    def transform(self, column: Column) -> np.ndarray:
        """Return components and the number of letters; missing is NaN."""
        coded = column.coded
        letters = np.array([len(text) for text in coded.texts], dtype=np.float64)[:, None]
        if self.projection is None or not coded.texts:
            width = len(self.parts) - 1
            made = np.hstack([np.full((len(coded.texts), width), np.nan), letters])
        else:
            grams = self.vectorizer.transform([self._cut(text) for text in coded.texts])
            made = np.hstack([self.projection.transform(grams), letters])
        out: np.ndarray = np.vstack([made, np.full((1, made.shape[1]), np.nan)])[coded.codes]
        return out


class RepeatedTextEncoder:
    """Text of which each value occurs in many rows: its components, and the mean of the target over it."""

    categorical: ClassVar[bool] = False

    def __init__(self, n_components: int = 10) -> None:
        self.text = TextEncoder(n_components)
        self.mean = MeanEncoder()

    @property
    def parts(self) -> list[str]:
        """The parts of both."""
        return self.text.parts + self.mean.parts

    def fit(self, column: Column, context: Context) -> np.ndarray:
        """Fit both."""
        return np.hstack([self.text.fit(column, context), self.mean.fit(column, context)])

    def transform(self, column: Column) -> np.ndarray:
        """Return both."""
        return np.hstack([self.text.transform(column), self.mean.transform(column)])


_PARTS = ("year", "month", "day", "weekday", "day of year", "hour", "minute")


class DateEncoder:
    """A moment as seconds since 1970 and those parts of calendar and clock that vary."""

    categorical: ClassVar[bool] = False

    def __init__(self, text_format: str | None = None) -> None:
        self.text_format = text_format
        self.timezone: str | None = None
        self.varying: list[str] = []

    @property
    def parts(self) -> list[str]:
        """The column itself, then the parts."""
        return ["", *self.varying]

    def fit(self, column: Column, context: Context) -> np.ndarray:
        """Learn the zone and which parts vary."""
        zone = getattr(column.series.dtype, "tz", None)
        self.timezone = zone_name(zone) if zone is not None else None
        moments = self._moments(column)
        self.varying = [part for part in _PARTS if np.unique(_calendar(moments, part)[~np.isnat(moments)]).size > 1]
        return self._matrix(moments)

    def transform(self, column: Column) -> np.ndarray:
        """Return seconds and parts."""
        return self._matrix(self._moments(column))

    def _moments(self, column: Column) -> np.ndarray:
        return column.moments(text_format=self.text_format, timezone=self.timezone)

    def _matrix(self, moments: np.ndarray) -> np.ndarray:
        return np.column_stack([seconds(moments)] + [_calendar(moments, part) for part in self.varying])


def zone_name(zone: Any) -> str:
    """Return a name by which pandas finds the zone again, or UTC."""
    try:
        pd.Timestamp("2000-01-01", tz=str(zone))
    except (ValueError, KeyError, TypeError, LookupError):
        return "UTC"
    return str(zone)


def _calendar(moments: np.ndarray, part: str) -> np.ndarray:
    """Return one part of calendar or clock; NaN where there is no moment."""
    index = pd.DatetimeIndex(moments)
    name = part.replace("weekday", "day_of_week").replace(" ", "_")
    return np.asarray(getattr(index, name), dtype=np.float64)


def ordered_or_not(column: Column) -> CategoryEncoder:
    """Return the encoder of a category column, by whether its type has an order."""
    return OrderedEncoder() if getattr(column.series.dtype, "ordered", False) else CategoryEncoder()
