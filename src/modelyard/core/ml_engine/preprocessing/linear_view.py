"""The encoded matrix as linear models want it: one-hot, without gaps, on one scale."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data


class LinearView(TransformerMixin, BaseEstimator):
    """Prepare an encoded matrix for a linear model.

    Codes become one column a category (rare ones share a column, missing and unknown have none set); numbers are
    imputed by the median with a column that says so, and brought to a normal distribution through their
    quantiles, which tames outliers and skew.

    Parameters
    ----------
    categorical : sequence of int, default ()
        Columns that hold ordinal codes.
    scale : {'quantile', 'standard'}, default 'quantile'
        How numbers are scaled.
    max_categories : int, default 40
        More categories than this share columns.
    random_state : int, default 0
        Seed of the sample that quantiles are taken of.

    Examples
    --------
    >>> view = LinearView(categorical=[1], scale="standard")
    >>> view.fit_transform([[0.0, 0.0], [2.0, 1.0], [4.0, 0.0]]).round(2).tolist()
    [[-1.22, 1.0, 0.0], [0.0, 0.0, 1.0], [1.22, 1.0, 0.0]]
    """

    def __init__(
        self,
        *,
        categorical: Any = (),
        scale: str = "quantile",
        max_categories: int = 40,
        random_state: int = 0,
    ) -> None:
        self.categorical = categorical
        self.scale = scale
        self.max_categories = max_categories
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn categories, medians and quantiles."""
        matrix = self._matrix(X, reset=True)
        codes = list(self.categorical)
        numbers = [place for place in range(matrix.shape[1]) if place not in set(codes)]
        self.transformer_ = ColumnTransformer(
            [("numbers", self._for_numbers(len(matrix)), numbers), ("codes", self._for_codes(), codes)],
            sparse_threshold=0.3,
        ).fit(matrix)
        return self

    def _matrix(self, X: Any, *, reset: bool) -> np.ndarray:
        matrix: np.ndarray = validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")
        return matrix

    def _for_numbers(self, rows: int) -> Any:
        if self.scale == "quantile":
            scaler = QuantileTransformer(
                n_quantiles=min(1000, rows),
                output_distribution="normal",
                subsample=50_000,
                random_state=self.random_state,
            )
            return make_pipeline(SimpleImputer(strategy="median", add_indicator=True), scaler, StandardScaler())
        return make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())

    def _for_codes(self) -> Any:
        # -1 stands for missing: it is no category of its own, so that the unknown looks the same
        return make_pipeline(
            SimpleImputer(strategy="constant", fill_value=-1.0),
            OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=self.max_categories, sparse_output=True),
        )

    def transform(self, X: Any) -> Any:
        """Return a matrix without gaps; sparse where most of it is zero."""
        check_is_fitted(self, "transformer_")
        return self.transformer_.transform(self._matrix(X, reset=False))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
