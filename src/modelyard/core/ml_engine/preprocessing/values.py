"""One column read as numbers, as texts or as moments, whatever type it arrives in.

The type may drift between fit and predict: a number arrives as text, an integer as a fraction, a column of
a single row as nothing but None. So an encoder never looks at the type; it asks for the reading it needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

FLOAT32_MAX = float(np.finfo(np.float32).max)
_EXACT = 2**53
"""Below it every whole number is a float of its own."""
_TRUE = frozenset({"true", "yes", "t", "y"})
_FALSE = frozenset({"false", "no", "f", "n"})
MISSING_WORDS = frozenset({"na", "n/a", "nan", "null", "none", "?", "-", "--", ".", "missing", "unknown", "#n/a"})
"""Words that stand for nothing where numbers or dates are written."""

_EPOCH = np.datetime64("1970-01-01", "us")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
_DECIMAL_COMMA = re.compile(r"^[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+$")


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as positions in a list of its distinct texts; -1 is missing."""

    codes: np.ndarray
    texts: list[str]

    @property
    def n_rows(self) -> int:
        """Rows that have a value."""
        return int(np.count_nonzero(self.codes >= 0))


class Column:
    """One column of a table; each reading is made once.

    Parameters
    ----------
    series : pandas.Series
        The values as they arrived.
    """

    def __init__(self, series: pd.Series[Any]) -> None:
        self.series = _plain(series)
        self._coded: Coded | None = None

    def __len__(self) -> int:
        return len(self.series)

    @property
    def is_text(self) -> bool:
        """Whether the values are words, categories or a mixture, and not of a type that says more."""
        dtype = self.series.dtype
        return bool(
            isinstance(dtype, pd.CategoricalDtype | pd.StringDtype)
            or pd.api.types.is_object_dtype(dtype)
            or not (_is_number(dtype) or _is_moment(dtype))
        )

    @property
    def is_moment(self) -> bool:
        """Whether the values are dates or times of a date's type."""
        return _is_moment(self.series.dtype)

    @property
    def coded(self) -> Coded:
        """The distinct texts, and which of them each row holds."""
        if self._coded is None:
            self._coded = _coded(self.series)
        return self._coded

    def numbers(self, *, decimal: str = ".") -> np.ndarray:
        """Return the values as numbers; what is no number, and what is infinite, is NaN."""
        dtype = self.series.dtype
        if pd.api.types.is_timedelta64_dtype(dtype):
            numbers = self.series.dt.total_seconds().to_numpy(dtype=np.float64)
        elif _is_number(dtype):
            numbers = self.series.to_numpy(dtype=np.float64, na_value=np.nan)
        elif _is_moment(dtype):
            numbers = seconds(self.moments())
        else:
            numbers = spread(self.coded.codes, parse_numbers(self.coded.texts, decimal=decimal))
        return bounded(numbers)

    def moments(self, *, text_format: str | None = None, timezone: str | None = None) -> np.ndarray:
        """Return the values as wall-clock moments (``datetime64[us]``); what is no date is NaT.

        Parameters
        ----------
        text_format : str, optional
            How dates are written, if they arrive as text; others are tried after it.
        timezone : str, optional
            The wall whose clock is meant, for values that know their zone.
        """
        if _is_moment(self.series.dtype):
            return _wall_clock(self.series, timezone)
        if _is_number(self.series.dtype):
            return np.full(len(self.series), np.datetime64("NaT", "us"))
        return spread(self.coded.codes, parse_moments(self.coded.texts, text_format, timezone))


def bounded(numbers: np.ndarray) -> np.ndarray:
    """Return numbers that fit a 32-bit fraction: the boosters work in those; the infinite becomes missing."""
    finite = np.where(np.isinf(numbers), np.nan, numbers)
    return np.clip(finite, -FLOAT32_MAX, FLOAT32_MAX)


def seconds(moments: np.ndarray) -> np.ndarray:
    """Return seconds since 1970 with NaN for NaT."""
    out = (moments - _EPOCH) / np.timedelta64(1, "s")  # NaT divided is NaN
    return np.asarray(out, dtype=np.float64)


def spread(codes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the value of each row's code; the missing code -1 gets NaN or NaT."""
    nothing = np.array([np.datetime64("NaT", "us") if values.dtype.kind == "M" else np.nan], dtype=values.dtype)
    out: np.ndarray = np.concatenate([values, nothing])[codes]
    return out


def _is_number(dtype: Any) -> bool:
    return bool(pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype))


def _is_moment(dtype: Any) -> bool:
    return bool(pd.api.types.is_datetime64_any_dtype(dtype))


def _plain(series: Any) -> Any:
    """Take the wrapping off: sparse, periods, Arrow's types, objects that are all of one better type."""
    dtype = series.dtype
    if isinstance(dtype, pd.SparseDtype):
        return series.sparse.to_dense()
    if isinstance(dtype, pd.PeriodDtype):
        return series.dt.to_timestamp()
    if isinstance(dtype, pd.ArrowDtype):
        return _from_arrow(series)
    if pd.api.types.is_object_dtype(dtype):
        return _from_objects(series)
    if isinstance(dtype, pd.CategoricalDtype) and not dtype.ordered and _is_moment(dtype.categories.dtype):
        return series.astype(dtype.categories.dtype)
    return series


def _from_arrow(series: Any) -> Any:
    import pyarrow as pa

    kind = series.dtype.pyarrow_dtype
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return pd.Series(series.to_numpy(dtype=np.float64, na_value=np.nan), index=series.index)
    values = pa.chunked_array(pa.array(series)).to_pandas(date_as_object=False)
    return _plain(pd.Series(values.to_numpy() if values.dtype == object else values.array, index=series.index))


def _from_objects(series: pd.Series[Any]) -> pd.Series[Any]:
    kind = pd.api.types.infer_dtype(series, skipna=True)
    if kind in ("integer", "mixed-integer-float") and any(_is_large(value) for value in series):
        return series  # as floats two of them may be one
    if kind in ("integer", "floating", "mixed-integer-float", "decimal", "boolean"):
        numbers = [np.nan if _missing(value) else float(value) for value in series]
        plain = pd.Series(numbers, index=series.index, dtype=np.float64)
        return plain.astype("boolean") if kind == "boolean" else plain
    if kind in ("datetime", "datetime64", "date"):
        texts = pd.to_datetime(series, errors="coerce", utc=_any_zone(series))
        return texts
    if kind in ("timedelta", "timedelta64"):
        return pd.to_timedelta(series, errors="coerce")
    if kind == "time":
        values = [np.nan if _missing(value) else _clock_seconds(value) for value in series]
        return pd.Series(values, index=series.index, dtype=np.float64)
    return series


def _is_large(value: Any) -> bool:
    return isinstance(value, int | np.integer) and abs(int(value)) >= _EXACT


def _any_zone(series: pd.Series[Any]) -> bool:
    return any(isinstance(value, datetime) and not _missing(value) and value.tzinfo is not None for value in series)


def _clock_seconds(value: time) -> float:
    return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6


def _missing(value: Any) -> bool:
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, Decimal):
        return value.is_nan()
    return isinstance(value, float | np.floating) and bool(value != value)


def as_text(value: Any) -> str:
    """Return a value as the text that it is compared by: a whole number has no fraction, blanks are cut.

    Examples
    --------
    >>> as_text(3.0), as_text(" a "), as_text(b"x")
    ('3', 'a', 'x')
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace").strip()
    if isinstance(value, float | np.floating) and float(value).is_integer() and abs(float(value)) < _EXACT:
        return str(int(value))
    if isinstance(value, Decimal):
        return as_text(float(value))
    if isinstance(value, datetime | date | time | timedelta) and value is not pd.NaT:
        return _time_as_text(value)
    try:
        return "" if _missing(value) else str(value).strip()
    except Exception:  # a foreign object may refuse; it is then as good as missing
        return ""


def _time_as_text(value: datetime | date | time | timedelta) -> str:
    """Spell times as their column would be read: a midnight is a day, a length is seconds."""
    if isinstance(value, timedelta):
        return as_text(value.total_seconds())
    if isinstance(value, time):
        return as_text(_clock_seconds(value))
    return value.isoformat().removesuffix("T00:00:00")


def _coded(series: pd.Series[Any]) -> Coded:
    if isinstance(series.dtype, pd.CategoricalDtype):
        codes, raw = series.cat.codes.to_numpy(), series.cat.categories
        used = np.unique(codes[codes >= 0])
        place = np.full(len(raw) + 1, -1)
        place[used] = np.arange(len(used))
        codes, raw = place[codes], raw[used]
    else:
        if pd.api.types.is_object_dtype(series.dtype) and pd.api.types.infer_dtype(series, skipna=True) != "string":
            # lists and dicts have no hash, and the hash of 1 is that of True
            series = pd.Series([as_text(value) for value in series], dtype=object)
        codes, raw = pd.factorize(series)
    return _merge_equal(np.asarray(codes, dtype=np.int64), [as_text(value) for value in raw])


def _merge_equal(codes: np.ndarray, texts: list[str]) -> Coded:
    """Give texts that became equal one code, and the empty text the missing code."""
    place: dict[str, int] = {}
    new = np.array([-1 if not text else place.setdefault(text, len(place)) for text in texts] + [-1], dtype=np.int64)
    if len(place) == len(texts):
        return Coded(codes, texts)
    return Coded(new[codes], list(place))


def parse_numbers(texts: list[str], *, decimal: str = ".") -> np.ndarray:
    """Return the number written by each text, NaN where there is none.

    Understands thousands separators, currency signs, percent signs, accounting parentheses and words for
    true and false.

    Examples
    --------
    >>> parse_numbers(["1,234.5", "$3", "12 %", "(7)", "true", "n/a"]).tolist()
    [1234.5, 3.0, 12.0, -7.0, 1.0, nan]
    """
    if not texts:
        return np.empty(0)
    if decimal == ",":
        texts = [text.replace(".", "").replace(",", ".") if _DECIMAL_COMMA.match(text) else text for text in texts]
    numbers = np.asarray(pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce"), dtype=np.float64).copy()
    for position in np.flatnonzero(np.isnan(numbers)):
        numbers[position] = _dirty_number(texts[position])
    return numbers


def _dirty_number(text: str) -> float:
    if len(text) > 40:
        return np.nan
    word = text.casefold()
    if word in _TRUE or word in _FALSE:
        return float(word in _TRUE)
    if not any(letter.isdigit() for letter in text):
        return np.nan
    sign = -1.0 if text.startswith("(") and text.endswith(")") else 1.0
    bare = re.sub(r"[$€£¥%\s\u00a0'()]", "", text)
    if _THOUSANDS.match(bare):
        bare = bare.replace(",", "")
    try:
        return sign * float(bare) if "_" not in bare else np.nan
    except ValueError:
        return np.nan


def uses_decimal_comma(texts: list[str]) -> bool:
    """Tell whether numbers are written as 1.234,5: some must be, and none may contradict."""
    comma = [text for text in texts if "," in text]
    if not comma or any(not _DECIMAL_COMMA.match(text) for text in comma):
        return False
    plain = [text for text in texts if "," not in text and "." in text]
    return not plain and any(not _THOUSANDS.match(text) for text in comma)


_ISO = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}([T ]\d|$)")
_DATE = re.compile(r"^(\d{1,4}[-/. ]\w{1,9}[-/., ]+\d{2,4}|\w{3,9}\.? \d{1,2},? \d{4})(\b|[T ])")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_DAYS = (
    *("%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%b-%y"),
    *("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y"),
)
_FORMATS = tuple(day + clock for clock in _CLOCKS for day in _DAYS)


def guess_date_format(texts: list[str]) -> str | None:
    """Return the format that at least 95 of 100 texts are dates of, or None.

    Examples
    --------
    >>> guess_date_format(["13.02.2024", "01.03.2024"]), guess_date_format(["2013", "2014"])
    ('%d.%m.%Y', None)
    """
    enough = 0.95 * len(texts)
    if not texts or sum(1 for text in texts if _DATE.match(text)) < enough:
        return None
    if sum(1 for text in texts if _ISO.match(text)) >= enough:
        return "ISO8601"
    values = pd.Series(texts, dtype=object)
    best, most = None, 0
    for text_format in _FORMATS:
        parsed = int(pd.to_datetime(values, format=text_format, errors="coerce").notna().sum())
        if parsed > most:
            best, most = text_format, parsed
        if most == len(texts):
            break
    return best if most >= enough else None


def parse_moments(texts: list[str], text_format: str | None, timezone: str | None) -> np.ndarray:
    """Return the moment written by each text: in the format given, else in ISO 8601, else NaT."""
    values = pd.Series(texts, dtype=object)
    out = np.full(len(texts), np.datetime64("NaT", "us"))
    for candidate in dict.fromkeys([text_format or "ISO8601", "ISO8601"]):
        todo = np.flatnonzero(np.isnat(out))
        if candidate == "ISO8601":
            todo = todo[[bool(_ISO.match(texts[position])) for position in todo]] if len(todo) else todo
        if not len(todo):
            continue
        parsed = pd.to_datetime(values.iloc[todo], format=candidate, errors="coerce", utc=True)
        zoned = _zoned(texts, todo) if candidate == "ISO8601" else np.zeros(len(todo), dtype=bool)
        wall = parsed.dt.tz_convert(None).to_numpy(dtype="datetime64[us]")
        if timezone and zoned.any():
            wall = np.where(zoned, _wall_clock(parsed, timezone), wall)
        out[todo] = wall
    return out


_ZONE = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


def _zoned(texts: list[str], positions: np.ndarray) -> np.ndarray:
    return np.array([":" in texts[place] and bool(_ZONE.search(texts[place])) for place in positions], dtype=bool)


def _wall_clock(series: pd.Series[Any], timezone: str | None) -> np.ndarray:
    if series.dt.tz is not None:
        series = series.dt.tz_convert(timezone or "UTC").dt.tz_localize(None)
    return series.to_numpy(dtype="datetime64[us]")
