"""The engine's door: a table of any library becomes a pandas frame with text names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from modelyard.core.common.errors import InvalidInput


def to_frame(X: Any) -> pd.DataFrame:
    """Return a table of pandas, polars, pyarrow or numpy as a pandas frame.

    Names become text; the numbers of a table without names are its names. The frame may share memory with
    `X` and is never written to.

    Raises
    ------
    InvalidInput
        If `X` is not a table of rows and columns, is empty, sparse or complex, or two columns have the same name.

    Examples
    --------
    >>> to_frame([[1, 2], [3, 4]]).columns.tolist()
    ['0', '1']
    """
    frame: pd.DataFrame = X if isinstance(X, pd.DataFrame) else _foreign_frame(X)
    if frame.shape[1] == 0:
        # the words are those that scikit-learn's checks look for
        raise InvalidInput(f"The table has 0 feature(s) (shape={frame.shape}) while a minimum of 1 is required.")
    if frame.shape[0] == 0:
        raise InvalidInput(f"The table has 0 sample(s) (shape={frame.shape}) while a minimum of 1 is required.")
    names = [str(name) for name in frame.columns]
    repeated = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if repeated:
        raise InvalidInput(
            f"Several columns are called {repeated[0]!r}." if len(repeated) == 1 else f"Names repeat: {repeated}.",
            remedy="Give every column a name of its own.",
        )
    if names != list(frame.columns):
        frame = frame.set_axis(names, axis=1)
    return frame


def _foreign_frame(X: Any) -> pd.DataFrame:
    library = type(X).__module__.partition(".")[0]
    if hasattr(X, "collect_schema") and not hasattr(X, "to_pandas"):
        raise InvalidInput("A lazy frame has no rows yet.", remedy="Call .collect() first.")
    if isinstance(X, pd.Series) or (library == "polars" and not hasattr(X, "columns")):
        raise InvalidInput("Expected 2D array, got 1D array instead.", remedy="Reshape your data: give a frame.")
    if library == "polars":
        return _from_polars(X)
    if library == "pyarrow" and hasattr(X, "to_pandas"):
        return _from_arrow(X)
    if hasattr(X, "tocsr"):
        raise InvalidInput("Sparse input is not supported.", remedy="Pass X.toarray().")
    return _from_array(X)


def _from_polars(X: Any) -> pd.DataFrame:
    import polars as pl

    opaque = [name for name, dtype in X.schema.items() if dtype == pl.Object]
    if opaque:  # Arrow has no type for them
        plain = _from_arrow(X.drop(opaque).to_arrow()) if len(opaque) < X.width else pd.DataFrame(index=range(X.height))
        for name in opaque:
            plain[name] = pd.Series(X[name].to_list(), dtype=object)
        ordered: pd.DataFrame = plain[X.columns]
        return ordered
    return _from_arrow(X.to_arrow())


def _from_arrow(X: Any) -> pd.DataFrame:
    names = X.schema.names
    if len(set(names)) < len(names):  # said with our words; pyarrow would convert some and fail on others
        return pd.DataFrame(np.empty((max(X.num_rows, 1), len(names))), columns=names)
    frame: pd.DataFrame = X.to_pandas(date_as_object=False, split_blocks=True)
    return frame


def _from_array(X: Any) -> pd.DataFrame:
    array = np.asarray(X)
    if array.ndim != 2:
        raise InvalidInput(
            f"Expected 2D array, got {array.ndim}D array instead.",
            remedy="Reshape your data: one row for each example, one column for each feature.",
        )
    if np.iscomplexobj(array):
        raise InvalidInput("Complex data not supported.", remedy="Pass the real and imaginary parts as columns.")
    return pd.DataFrame(array)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that something was fitted on, and how to find them in another table.

    Parameters
    ----------
    names : tuple of str
        In the order of the table that was fitted on.
    named : bool
        Whether that table had names; where not, columns are taken by position.
    """

    names: tuple[str, ...]
    named: bool

    @classmethod
    def of(cls, X: Any, frame: pd.DataFrame) -> Columns:
        """Remember the columns of `frame`, which `to_frame` made of `X`."""
        named = hasattr(X, "columns") or hasattr(X, "schema")
        if isinstance(X, pd.DataFrame):
            named = not isinstance(X.columns, pd.RangeIndex)
        return cls(tuple(frame.columns), named)

    def select(self, X: Any, who: str) -> pd.DataFrame:
        """Return these columns of `X` in this order; other columns are ignored.

        Raises
        ------
        InvalidInput
            If a column is missing, or a table without names has another number of columns.
        """
        frame = to_frame(X)
        arrived = tuple(frame.columns)
        if arrived == self.names:
            return frame
        if self.named and Columns.of(X, frame).named:
            return self._by_name(frame, who)
        if len(arrived) != len(self.names):
            raise InvalidInput(
                f"X has {len(arrived)} features, but {who} is expecting {len(self.names)} features as input."
            )
        return frame.set_axis(list(self.names), axis=1)

    def _by_name(self, frame: pd.DataFrame, who: str) -> pd.DataFrame:
        present = set(frame.columns)
        missing = [name for name in self.names if name not in present]
        if missing:
            shown = ", ".join(repr(name) for name in missing[:5]) + (", …" if len(missing) > 5 else "")
            raise InvalidInput(
                f"Missing column{'s' if len(missing) > 1 else ''}: {shown}.",
                where=f"{who} was fitted on {len(self.names)} columns",
                possible=frame.columns,
                remedy="Add the column; its values may be empty.",
            )
        return frame[list(self.names)]

    def feature_names(self) -> Sequence[str] | None:
        """Return the names as scikit-learn keeps them, or None for a table without names."""
        return self.names if self.named else None
