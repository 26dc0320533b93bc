"""`TableEncoder`: any reasonable table to a matrix of numbers, with NaN for missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.preprocessing.encoders import (
    Context,
    DateEncoder,
    Encoder,
    MeanEncoder,
    NumberEncoder,
    RepeatedTextEncoder,
    TextEncoder,
    ordered_or_not,
)
from modelyard.core.ml_engine.preprocessing.kinds import MAX_CATEGORIES, Kind, Reading, read_kind
from modelyard.core.ml_engine.preprocessing.tables import Columns, to_frame
from modelyard.core.ml_engine.preprocessing.values import Column, bounded
from modelyard.core.ml_engine.task import Task, as_series, infer_task


class TableEncoder(TransformerMixin, BaseEstimator):
    """Turn any reasonable table into a matrix of numbers.

    What a column is gets decided at fit, on the values and not on the type alone (`Kind`): numbers and
    booleans stay, few categories become ordinal codes, many become means of the target over them, text
    becomes a few components, moments become seconds and the parts of the calendar that vary. Numbers and
    dates stored as text are recognized. Columns without information are dropped: empty, constant, or a
    different word in every row.

    Afterwards a table may have its columns in another order, more columns, other types for the same values,
    categories never seen, and missing values where there were none. A missing column is refused.

    Parameters
    ----------
    max_categories : int, default 128
        Up to so many distinct texts are categories, more are many.
    n_text_components : int, default 10
        Columns made of one column of text.
    task : Task or str, optional
        What `y` is; found from `y` if not given.
    random_state : int, default 0
        Seed of folds and samples.

    Attributes
    ----------
    feature_names_out_ : list of str
        Names of the matrix's columns.
    categorical_features_ : list of int
        Those of them that hold ordinal codes.
    origin_ : list of str
        For each of them the column of the table that it was made of.
    kinds_ : dict of str to str
        What each column of the table was taken for.

    Notes
    -----
    As with scikit-learn's ``TargetEncoder``, ``fit(X, y).transform(X)`` is not ``fit_transform(X, y)`` where a
    column has many categories: the rows learned from get codes that do not know their own target.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"size": ["3", "4", None], "color": ["red", "blue", "red"], "unit": ["kg"] * 3})
    >>> encoder = TableEncoder().fit(table)
    >>> encoder.transform(table).tolist()
    [[3.0, 1.0], [4.0, 0.0], [nan, 1.0]]
    >>> encoder.transform(pd.DataFrame({"size": [5]}))
    Traceback (most recent call last):
    ...
    modelyard.core.common.errors.InvalidInput: Missing columns: 'color', 'unit'. ...
    """

    def __init__(
        self,
        *,
        max_categories: int = MAX_CATEGORIES,
        n_text_components: int = 10,
        task: Task | str | None = None,
        random_state: int = 0,
    ) -> None:
        self.max_categories = max_categories
        self.n_text_components = n_text_components
        self.task = task
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Decide what each column is and learn how to encode it.

        Raises
        ------
        InvalidInput
            If `X` is not a table, or `y` does not fit it.
        """
        self._fit(X, y)
        return self

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> np.ndarray:
        """Fit, and return the matrix to learn from."""
        return self._fit(X, y)

    def transform(self, X: Any) -> np.ndarray:
        """Return the matrix of a table.

        Raises
        ------
        InvalidInput
            If a column is missing; its name is said.
        """
        check_is_fitted(self, "encoders_")
        frame = self.columns_.select(X, type(self).__name__)
        out = np.empty((len(frame), max(1, len(self.feature_names_out_))))
        if not self.encoders_:
            out[:] = 0.0
        plain = self._plain_numbers(frame)
        if plain:
            block = frame.iloc[:, list(plain)].to_numpy(dtype=np.float64, na_value=np.nan)
            out[:, [self._start[self.columns_.names[place]] for place in plain]] = bounded(block)
        for name, encoder in self.encoders_.items():
            place = self._place[name]
            if place not in plain:
                made = encoder.transform(Column(frame.iloc[:, place]))
                out[:, self._start[name] : self._start[name] + made.shape[1]] = made
        return out

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the matrix's columns."""
        check_is_fitted(self, "encoders_")
        return np.asarray(self.feature_names_out_, dtype=object)

    def encode(self, X: Any) -> Encoded:
        """Return the matrix together with what it means."""
        return Encoded(self.transform(X), self)

    def fit_encode(self, X: Any, y: Any = None) -> Encoded:
        """Fit, and return the matrix to learn from together with what it means."""
        return Encoded(self._fit(X, y), self)

    def _fit(self, X: Any, y: Any) -> np.ndarray:
        frame = to_frame(X)
        self.columns_ = Columns.of(X, frame)
        _remember(self, self.columns_)
        context = Context(self._target(y, len(frame)), int(self.random_state or 0))
        self.encoders_: dict[str, Any] = {}
        self.kinds_: dict[str, str] = {}
        matrices = []
        for place, name in enumerate(frame.columns):
            column = Column(frame.iloc[:, place])
            reading = read_kind(column, self.max_categories)
            self.kinds_[name] = reading.kind.value
            if reading.kind.is_used:
                encoder = self._encoder(column, reading)
                matrices.append(encoder.fit(column, context))
                self.encoders_[name] = encoder
        self._describe()
        return np.hstack(matrices) if matrices else np.zeros((len(frame), 1))

    def _encoder(self, column: Column, reading: Reading) -> Encoder:
        if reading.kind is Kind.DATETIME:
            return DateEncoder(reading.text_format)
        if reading.kind is Kind.CATEGORY:
            return ordered_or_not(column)
        if reading.kind is Kind.MANY_CATEGORIES:
            return MeanEncoder()
        if reading.kind is Kind.TEXT:
            coded = column.coded
            repeated = len(coded.texts) <= coded.n_rows / 2
            return RepeatedTextEncoder(self.n_text_components) if repeated else TextEncoder(self.n_text_components)
        return NumberEncoder(reading.decimal)

    def _target(self, y: Any, rows: int) -> np.ndarray | None:
        """Return the target as columns of numbers."""
        if y is None:
            return None
        series = as_series(y)
        if len(series) != rows:
            raise InvalidInput(f"X has {rows} rows, but y has {len(series)}.")
        task = Task(self.task) if self.task is not None else infer_task(series)
        if task is Task.REGRESSION:
            return pd.to_numeric(series).to_numpy(dtype=np.float64)[:, None]
        codes, classes = pd.factorize(series, sort=True)
        indicators: np.ndarray = (codes[:, None] == np.arange(len(classes))).astype(np.float64)
        return indicators[:, 1:] if len(classes) == 2 else indicators

    def _describe(self) -> None:
        self.feature_names_out_: list[str] = []
        self.origin_: list[str] = []
        self.categorical_features_: list[int] = []
        for name, encoder in self.encoders_.items():
            if encoder.categorical:
                self.categorical_features_.append(len(self.origin_))
            self.feature_names_out_ += [f"{name} {part}" if part else name for part in encoder.parts]
            self.origin_ += [name] * len(encoder.parts)
        if not self.encoders_:  # a model still needs one column to stand on
            self.feature_names_out_, self.origin_ = ["(nothing)"], [""]
        self._index()

    def _index(self) -> None:
        self._place = {name: place for place, name in enumerate(self.columns_.names)}
        self._start: dict[str, int] = {}
        for position, name in enumerate(self.origin_):
            self._start.setdefault(name, position)

    def _plain_numbers(self, frame: pd.DataFrame) -> dict[int, None]:
        """Return the places of the numbers that arrive as numbers; they are taken in one block."""
        kinds = [dtype.kind if isinstance(dtype, np.dtype) else "O" for dtype in frame.dtypes]
        return {
            self._place[name]: None
            for name, encoder in self.encoders_.items()
            if isinstance(encoder, NumberEncoder) and kinds[self._place[name]] in "fiub"
        }

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags


@dataclass(frozen=True, slots=True)
class Encoded:
    """A table that is encoded already: estimators take it in place of a table.

    It lets many fits on the same rows share one encoding.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_features)
        The numbers.
    encoder : TableEncoder
        What made them; the estimator keeps it to encode tables later.
    """

    matrix: np.ndarray
    encoder: TableEncoder

    def __len__(self) -> int:
        return len(self.matrix)

    def take(self, rows: np.ndarray) -> Encoded:
        """Return some rows."""
        return Encoded(self.matrix[rows], self.encoder)


def _remember(estimator: Any, columns: Columns) -> None:
    """Keep the columns in the attributes that scikit-learn knows."""
    estimator.n_features_in_ = len(columns.names)
    names = columns.feature_names()
    if names is not None:
        estimator.feature_names_in_ = np.asarray(names, dtype=object)
    elif hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_


remember_columns = _remember
