"""Which aggregates to ask of a column, by its kind, and how to show the answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from modelyard.core.datasets.duck import literal
from modelyard.core.datasets.profile_types import QUANTILES, Value
from modelyard.core.datasets.types import ColumnInfo

_EPOCH = datetime(1970, 1, 1)
_LARGEST = 1e150  # squares beyond have no floating point, and DuckDB refuses them
_NUMBER = r"\s*[+-]?(?:(?:0|[1-9]\d*)(?:[.,]\d+)?|[.,]\d+)(?:[eE][+-]?\d+)?\s*%?"


@dataclass(slots=True)
class Measures:
    """Aggregates of one column.

    Parameters
    ----------
    column : ColumnInfo
        The column.
    x : str, optional
        SQL of the value as a finite number, None where the kind has none.
    present : str
        SQL that tells whether a value is there.
    top : str, optional
        SQL of the value that is counted for the most frequent ones.
    show : callable
        Turns a number of `x` to what the profile shows.
    """

    column: ColumnInfo
    x: str | None
    present: str
    top: str | None
    show: Callable[[Any], Value]
    names: list[str] = field(default_factory=list)
    sql: list[str] = field(default_factory=list)

    @property
    def is_text(self) -> bool:
        """Whether the values are text."""
        return self.column.type == "string"

    def add(self, name: str, sql: str) -> None:
        """Ask for one more aggregate."""
        self.names.append(name)
        self.sql.append(sql)

    def show_top(self, value: Any) -> Value:
        """Return a frequent value as the profile shows it."""
        return value if isinstance(value, str | bool) or self.x is None else self.show(value)

    @staticmethod
    def number(value: Any) -> float | None:
        """Return a finite float, or None."""
        if value is None:
            return None
        value = float(value)
        return value if math.isfinite(value) else None


def of_column(x: str, column: ColumnInfo, exact: bool) -> Measures:
    """Return the aggregates that a column of that kind is asked for."""
    measures = _start(x, column)
    present = measures.present
    distinct = f"count(DISTINCT {x}) FILTER (WHERE {present})" if exact else f"approx_count_distinct({x})"
    measures.add("count", f"count(*) FILTER (WHERE {present})")
    measures.add("distinct", distinct)
    if measures.x is not None:
        _ask_numbers(measures, measures.x, x, exact)
    if column.kind == "boolean":
        measures.add("true_share", f"avg({x}::INTEGER)")
    if measures.is_text:
        _ask_lengths(measures, f"length({x})")
        measures.add("bytes", f"sum(strlen({x}))")
        measures.add("words_mean", f"avg(length({x}) - length(replace({x}, ' ', '')) + 1)")
        measures.add("numbers", f"count(*) FILTER (WHERE regexp_full_match({x}, {literal(_NUMBER)}))")
        dated = f"regexp_matches({x}, '[0-9]{{2}}') AND length({x}) < 40 AND TRY_CAST({x} AS TIMESTAMP) IS NOT NULL"
        measures.add("dates", f"count(*) FILTER (WHERE {dated})")
    elif column.kind == "binary":
        _ask_lengths(measures, f"octet_length({x})")
        measures.add("bytes", f"sum(octet_length({x}))")
    return measures


def _start(x: str, column: ColumnInfo) -> Measures:
    kind, type_ = column.kind, column.type
    there = f"{x} IS NOT NULL"
    if kind == "integer":
        return Measures(column, x, there, x, _as_is)
    if kind == "number" and type_.startswith("decimal"):
        return Measures(column, f"{x}::DOUBLE", there, f"{x}::DOUBLE", Measures.number)
    if kind == "number":  # parts hold no NaN; infinity is counted apart
        finite = f"CASE WHEN isfinite({x}) THEN {x} END"
        return Measures(column, finite, there, finite, Measures.number)
    if kind in ("date", "datetime"):
        microseconds = f"CASE WHEN isfinite({x}) THEN epoch_us({x}) END"
        zone = "tz=" in type_
        show = _as_date if kind == "date" else _as_datetime_utc if zone else _as_datetime
        return Measures(column, microseconds, there, microseconds, show)
    if kind == "time":
        microseconds = f"epoch_us({x})"
        return Measures(column, microseconds, there, microseconds, _as_time)
    if kind == "duration":  # Parquet keeps a duration as its number of microseconds
        return Measures(column, f"{x} / 1000000.0", there, f"{x} / 1000000.0", Measures.number)
    return Measures(column, None, there, None if kind == "binary" else x, _as_is)


def _ask_numbers(measures: Measures, number: str, x: str, exact: bool) -> None:
    kind = measures.column.kind
    for name in ("min", "max"):
        measures.add(name, f"{name}({number})")
    quantiles = "[" + ", ".join(str(q) for q in QUANTILES) + "]"
    function = "quantile_cont" if exact else "approx_quantile"
    measures.add("quantiles", f"{function}(({number})::DOUBLE, {quantiles})")
    if kind in ("integer", "number", "duration"):
        measures.add("mean", f"avg({number})")
        measures.add("std", f"stddev_samp(CASE WHEN abs(({number})::DOUBLE) < {_LARGEST} THEN ({number})::DOUBLE END)")
    if kind in ("integer", "number"):
        measures.add("zeros", f"count(*) FILTER (WHERE {x} = 0)")
    if kind == "number" and not measures.column.type.startswith("decimal"):
        measures.add("infinite", f"count(*) FILTER (WHERE isinf({x}))")


def _ask_lengths(measures: Measures, length: str) -> None:
    measures.add("length_min", f"min({length})")
    measures.add("length_mean", f"avg({length})")
    measures.add("length_max", f"max({length})")


def _as_is(value: Any) -> Value:
    if value is None or isinstance(value, str | bool):
        return value
    return int(value) if float(value).is_integer() else float(value)


def _moment(value: Any) -> datetime | None:
    try:
        return None if value is None else _EPOCH + timedelta(microseconds=round(value))
    except OverflowError:  # beyond the year 9999
        return None


def _as_date(value: Any) -> Value:
    moment = _moment(value)
    return None if moment is None else date.isoformat(moment.date())


def _as_datetime(value: Any) -> Value:
    moment = _moment(value)
    return None if moment is None else moment.isoformat()


def _as_datetime_utc(value: Any) -> Value:
    moment = _moment(value)
    return None if moment is None else moment.replace(tzinfo=UTC).isoformat()


def _as_time(value: Any) -> Value:
    moment = _moment(value)
    return None if moment is None else moment.time().isoformat()
