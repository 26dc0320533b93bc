r"""How text in a CSV cell can be a number, a truth value, a date or a time: one table of formats.

Each format is an SQL expression that gives the value, or NULL where the text does not have that form. The same
expression infers the type and does the cast, so what was inferred is what is read.

Rules that a reader of the data should know:

- An empty cell is missing, always. Words such as ``NA``, ``?`` or ``-`` (`MISSING`) are missing only in a column whose
  other values are all numbers, truth values, dates or times; in a column of text they are values like any other.
- Digits with a leading zero (``00123``) are text, and so is the whole column: they are codes.
- Integers beyond 64 bits stay text: as numbers they would lose digits.
- ``true`` and ``false`` are truth values in any case; ``yes`` and ``no`` are categories.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from modelyard.core.datasets.duck import literal

MISSING = (
    "NA", "N/A", "n/a", "na", "#N/A", "<NA>", "NaN", "nan", "NAN", "NaT", "NULL", "null", "Null", "None", "none",
    "NONE", "nil", "?", "-", "--", ".",
)  # fmt: skip
"""Words that stand for a missing value where the rest of a column is typed."""

_THIN = " \u00a0\u202f'’"  # between groups of thousands
_MISSING_PATTERN = r"\s*(?:" + "|".join(word.replace("?", r"\?").replace(".", r"\.") for word in MISSING) + r")?\s*"


@dataclass(frozen=True, slots=True)
class Format:
    """One form that text can have.

    Parameters
    ----------
    name : str
        Short and unique.
    family : str
        ``number``, ``boolean``, ``date`` or ``time``.
    type : str
        The Arrow type of the values.
    pattern : str
        RE2 pattern of the whole text.
    cast : str
        SQL that turns ``{x}``, which matches, into the value; NULL where that is impossible.
    note : str
        What is said of a column that was read so; empty for forms that need no word.
    decimal : str
        ``.`` or ``,`` where the form tells them apart.
    order : str
        ``dmy`` or ``mdy`` where the form is one of the two.
    """

    name: str
    family: str
    type: str
    pattern: str
    cast: str
    note: str = ""
    decimal: str = ""
    order: str = ""

    def value(self, x: str) -> str:
        """Return the SQL of the value of column `x`, NULL where the text has another form."""
        return f"CASE WHEN regexp_full_match({x}, {literal(self.pattern)}) THEN {self.cast.format(x=x)} END"

    def looks_like(self, text: str) -> bool:
        """Tell whether a text matches the pattern in Python, whose digits and blanks include those of RE2."""
        return re.fullmatch(self.pattern, text) is not None


def missing(x: str) -> str:
    """Return the SQL that tells whether `x` is missing in a typed column."""
    return f"({x} IS NULL OR regexp_full_match({x}, {literal(_MISSING_PATTERN)}))"


@cache
def all_formats() -> tuple[Format, ...]:
    """Return every format, the preferred first."""
    return (*_numbers(), *_booleans(), *_dates(), *_times())


def _numbers() -> list[Format]:
    # {{0,18}}: nineteen digits may or may not fit 64 bits; the cast decides.
    integer = Format("integer", "number", "int64", r"\s*(?:0|-?[1-9]\d{0,18})\s*", "TRY_CAST(trim({x}) AS BIGINT)")
    plain = (
        r"(?:(?:0|[1-9]\d*)\.\d*|0|[1-9]\d{0,17}|\.\d+)(?:[eE][+-]?\d+)?|(?:0|[1-9]\d*)[eE][+-]?\d+|(?i:inf(?:inity)?)"
    )
    number = Format(
        "number", "number", "double", rf"\s*[+-]?(?:{plain})\s*", "TRY_CAST(trim({x}) AS DOUBLE)", decimal="."
    )
    decorated = [
        _decorated(decimal, percent, fraction)
        for percent in (False, True)
        for decimal in (".", ",")
        for fraction in (False, True)
    ]
    return [integer, number, *decorated]


def _decorated(decimal: str, percent: bool, fraction: bool) -> Format:
    """Numbers with groups of thousands, currency, parentheses for minus, or percent signs."""
    point, group = (r"\.", ",") if decimal == "." else (",", r"\.")
    digits = rf"(?:[1-9]\d{{0,2}}(?:{group}\d{{3}})+|[1-9]\d{{0,2}}(?:[{_THIN}]\d{{3}})+|0|[1-9]\d{{0,17}})"
    body = rf"(?:{digits}(?:{point}\d+)?|{point}\d+)" if fraction else digits
    unit = r"(?:[$€£¥₹₽₩]|USD|EUR|GBP|CHF|JPY|US\$)"
    signed = rf"[-+−]?\s*{unit}?\s*[-+−]?{body}\s*{unit}?|\({unit}?\s*{body}\s*{unit}?\)"
    if percent:
        signed = rf"[-+−]?\s*{body}\s*%"
    cleaned = "regexp_replace({x}, " + literal(rf"[^0-9{decimal}]") + ", '', 'g')"
    if decimal == ",":
        cleaned = f"replace({cleaned}, ',', '.')"
    sign = "CASE WHEN regexp_matches({x}, '[-−(]') THEN -1 ELSE 1 END"
    target = "DOUBLE" if fraction else "BIGINT"
    what = "percent signs were removed, so 12 % is 12" if percent else "signs of currency and thousands were removed"
    return Format(
        name=f"{'percent' if percent else 'decorated'} {'number' if fraction else 'integer'} {decimal}",
        family="number",
        type="double" if fraction else "int64",
        pattern=rf"\s*(?:{signed})\s*",
        cast=f"TRY_CAST({cleaned} AS {target}) * {sign}",
        note=f"{what}, with a decimal {'point' if decimal == '.' else 'comma'}",
        decimal=decimal,
    )


def _booleans() -> list[Format]:
    return [Format("boolean", "boolean", "bool", r"\s*(?i:true|false)\s*", "lower(trim({x})) = 'true'")]


_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_ZONE = r"(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"
_MONTH = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|january|february|march|april|june|july|august|september|october|november|december)"  # fmt: skip  # noqa: E501

_CENTURY = "years of two digits were read as 1969 to 2068"

# name, pattern of the date, formats of strptime, order, note
_DATE_STYLES = (
    ("y-m-d", r"\d{4}-\d{1,2}-\d{1,2}", ("%Y-%m-%d",), "", ""),
    ("y/m/d", r"\d{4}/\d{1,2}/\d{1,2}", ("%Y/%m/%d",), "", ""),
    ("y.m.d", r"\d{4}\.\d{1,2}\.\d{1,2}", ("%Y.%m.%d",), "", ""),
    ("d.m.y", r"\d{1,2}\.\d{1,2}\.\d{4}", ("%d.%m.%Y",), "", ""),
    ("m/d/y", r"\d{1,2}/\d{1,2}/\d{4}", ("%m/%d/%Y",), "mdy", ""),
    ("d/m/y", r"\d{1,2}/\d{1,2}/\d{4}", ("%d/%m/%Y",), "dmy", ""),
    ("d-m-y", r"\d{1,2}-\d{1,2}-\d{4}", ("%d-%m-%Y",), "dmy", ""),
    ("m-d-y", r"\d{1,2}-\d{1,2}-\d{4}", ("%m-%d-%Y",), "mdy", ""),
    ("d.m.yy", r"\d{1,2}\.\d{1,2}\.\d{2}", ("%d.%m.%y",), "", _CENTURY),
    ("m/d/yy", r"\d{1,2}/\d{1,2}/\d{2}", ("%m/%d/%y",), "mdy", _CENTURY),
    ("d/m/yy", r"\d{1,2}/\d{1,2}/\d{2}", ("%d/%m/%y",), "dmy", _CENTURY),
    ("d-mon-y", rf"\d{{1,2}}-{_MONTH}-\d{{4}}", ("%d-%b-%Y", "%d-%B-%Y"), "", ""),
    ("d mon y", rf"\d{{1,2}} {_MONTH} \d{{4}}", ("%d %b %Y", "%d %B %Y"), "", ""),
    ("d-mon-yy", rf"\d{{1,2}}-{_MONTH}-\d{{2}}", ("%d-%b-%y", "%d-%B-%y"), "", _CENTURY),
    ("mon d, y", rf"{_MONTH} \d{{1,2}}, \d{{4}}", ("%b %d, %Y", "%B %d, %Y"), "", ""),
)


def _dates() -> list[Format]:
    return [form for style in _DATE_STYLES for form in _date_forms(*style)]


def _date_forms(name: str, date: str, formats: tuple[str, ...], order: str, note: str) -> list[Format]:
    """Return the date alone, with a time of 24 or 12 hours, and with an offset from UTC."""
    strptime = "[" + ", ".join(literal(form) for form in formats) + "]"
    # strptime knows no more than microseconds and stumbles over Z, so the three pieces are read apart.
    day = f"try_strptime(regexp_extract({{x}}, {literal(_braces(date))}), {strptime})::DATE"
    clock = f"regexp_extract({{x}}, {literal(_braces(_CLOCK))})"
    time = f"CASE WHEN {clock} = '' THEN TIME '00:00' ELSE TRY_CAST({clock} AS TIME) END"
    half = f"{clock} || upper(regexp_extract({{x}}, {literal('[AaPp][Mm]')}))"
    time_12 = f"try_strptime({half}, ['%I:%M%p', '%I:%M:%S%p'])::TIME"
    zone = f"regexp_extract({{x}}, {literal(_braces(r'([+-])(\d{2}):?(\d{2})?\s*$'))}, "
    minutes = f"(TRY_CAST({zone}2) AS INTEGER) * 60 + coalesce(TRY_CAST({zone}3) AS INTEGER), 0))"
    offset = f"coalesce(to_minutes(CASE {zone}1) WHEN '-' THEN -1 ELSE 1 END * {minutes}), INTERVAL 0 MINUTE)"
    simple = name == "y-m-d"  # DuckDB's own parser of ISO times is faster
    return [
        Format(name, "date", "date32[day]", rf"\s*{date}\s*", day, note, order=order),
        Format(
            f"{name} time",
            "date",
            "timestamp[us]",
            rf"\s*{date}(?:(?:[ T]|, ?){_CLOCK})?\s*",
            "TRY_CAST(trim({x}) AS TIMESTAMP)" if simple else f"({day} + ({time}))",
            note,
            order=order,
        ),
        Format(
            f"{name} am/pm",
            "date",
            "timestamp[us]",
            rf"\s*{date}(?:[ T]|, ?){_CLOCK} ?[AaPp][Mm]\s*",
            f"({day} + ({time_12}))",
            note,
            order=order,
        ),
        Format(
            f"{name} zone",
            "date",
            "timestamp[us, tz=UTC]",
            rf"\s*{date}[ T]{_CLOCK} ?{_ZONE}\s*",
            f"(({day} + ({time})) - {offset}) AT TIME ZONE 'UTC'",
            (note + "; " if note else "") + "times with an offset were turned to UTC",
            order=order,
        ),
    ]


def _times() -> list[Format]:
    return [Format("time", "time", "time64[us]", rf"\s*{_CLOCK}\s*", "TRY_CAST(trim({x}) AS TIME)")]


def _braces(pattern: str) -> str:
    """Escape braces, since casts go through `str.format`."""
    return pattern.replace("{", "{{").replace("}", "}}")
