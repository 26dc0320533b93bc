"""What a column is: decided once, on the rows that are fitted on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from modelyard.core.ml_engine.preprocessing.values import (
    MISSING_WORDS,
    Coded,
    Column,
    guess_date_format,
    parse_numbers,
    uses_decimal_comma,
)

MAX_CATEGORIES = 128
_SHARE = 0.95  # of the rows that must parse for text to be taken for numbers or dates
_SAMPLE = 500  # distinct texts that are looked at
_ROWS_PER_CATEGORY = 5  # on average, where there are more than 20 categories
_CODE = re.compile(r"^0\d+$")  # 007 is a name, not seven


class Kind(StrEnum):
    """What a column is to a model.

    NUMBER and BOOLEAN stay numbers; CATEGORY has few distinct values; MANY_CATEGORIES has many that repeat;
    TEXT is several words a value; DATETIME a moment; IDENTIFIER is a different word in every row, CONSTANT
    the same value in every row, EMPTY no value at all: the last three are left out.
    """

    NUMBER = "number"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    MANY_CATEGORIES = "many_categories"
    TEXT = "text"
    DATETIME = "datetime"
    IDENTIFIER = "identifier"
    CONSTANT = "constant"
    EMPTY = "empty"

    @property
    def is_used(self) -> bool:
        """Whether a model gets to see the column."""
        return self not in (Kind.IDENTIFIER, Kind.CONSTANT, Kind.EMPTY)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a column is to be read.

    Parameters
    ----------
    kind : Kind
        What it is.
    text_format : str, optional
        How dates are written, where they arrive as text.
    decimal : str
        The sign before the fraction, where numbers arrive as text.
    """

    kind: Kind
    text_format: str | None = None
    decimal: str = "."


def read_kind(column: Column, max_categories: int = MAX_CATEGORIES) -> Reading:
    """Decide what a column is.

    Parameters
    ----------
    column : Column
        The column, with the rows to be fitted on.
    max_categories : int, default 128
        Up to so many distinct texts are categories.
    """
    if column.is_moment:
        return _of_moments(column)
    if not column.is_text:
        return Reading(_of_numbers(column))
    coded = column.coded
    if coded.n_rows == 0:
        return Reading(Kind.EMPTY)
    if len(coded.texts) == 1 and coded.n_rows == len(column):
        return Reading(Kind.CONSTANT)
    if _is_category_of_numbers(column):
        return Reading(_of_words(coded, coded.texts[:_SAMPLE], max_categories))
    return _of_texts(coded, max_categories)


def _is_category_of_numbers(column: Column) -> bool:
    """Someone said that these numbers are names; categories of text may come from a file and say nothing."""
    dtype = column.series.dtype
    return isinstance(dtype, pd.CategoricalDtype) and bool(pd.api.types.is_numeric_dtype(dtype.categories.dtype))


def _of_moments(column: Column) -> Reading:
    moments = column.moments()
    known = moments[~np.isnat(moments)]
    if not len(known):
        return Reading(Kind.EMPTY)
    same = len(known) == len(moments) and known.min() == known.max()
    return Reading(Kind.CONSTANT if same else Kind.DATETIME)


def _of_numbers(column: Column) -> Kind:
    numbers = column.numbers()
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return Kind.EMPTY
    if len(known) == len(numbers) and known.min() == known.max():
        return Kind.CONSTANT
    return Kind.BOOLEAN if str(column.series.dtype) in ("bool", "boolean") else Kind.NUMBER


def _of_texts(coded: Coded, max_categories: int) -> Reading:
    """Look at a sample of the words that stand for something; most columns are decided there."""
    counts = np.bincount(coded.codes[coded.codes >= 0], minlength=len(coded.texts))
    meant = np.array([text.casefold() not in MISSING_WORDS for text in coded.texts])
    texts = [text for text, means in zip(coded.texts, meant, strict=True) if means]
    sample = texts[:: max(1, len(texts) // _SAMPLE)][:_SAMPLE]
    if not sample:
        return Reading(Kind.CATEGORY)
    if all(text.casefold() in ("true", "false") for text in sample):
        return Reading(Kind.BOOLEAN)
    decimal = "," if uses_decimal_comma(sample) else "."
    if _are_numbers(texts, counts[meant], sample, decimal):
        return Reading(Kind.NUMBER, decimal=decimal)
    text_format = guess_date_format(sample)
    if text_format is not None:
        return Reading(Kind.DATETIME, text_format=text_format)
    return Reading(_of_words(coded, sample, max_categories))


def _are_numbers(texts: list[str], counts: np.ndarray, sample: list[str], decimal: str) -> bool:
    if any(_CODE.match(text) for text in sample) or not any(letter.isdigit() for text in sample for letter in text):
        return False
    if np.isfinite(parse_numbers(sample, decimal=decimal)).mean() < _SHARE / 2:
        return False
    parsed = np.isfinite(parse_numbers(texts, decimal=decimal))
    return bool(counts[parsed].sum() >= _SHARE * counts.sum() and parsed.sum() > 1)


def _of_words(coded: Coded, sample: list[str], max_categories: int) -> Kind:
    distinct, rows = len(coded.texts), coded.n_rows
    if distinct <= max_categories and distinct <= max(20, rows / _ROWS_PER_CATEGORY):
        return Kind.CATEGORY
    words = float(np.mean([len(text.split()) for text in sample]))
    if words >= 1.8:
        return Kind.TEXT
    return Kind.IDENTIFIER if distinct > 0.95 * rows else Kind.MANY_CATEGORIES
