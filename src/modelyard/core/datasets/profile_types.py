"""The profile of a dataset version: facts of each column, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.common.types import Json
from modelyard.core.datasets.kinds import Facts

FORMAT = 2
_READABLE = (1, FORMAT)  # the first knew neither memory nor gaps
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)

type Value = int | float | str | bool | None
"""Numbers as numbers; dates, times and datetimes as ISO text."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between edges; a value on an edge counts in the bin that begins there, the last edge in the last bin.

    Parameters
    ----------
    edges : tuple
        One more than counts; numbers, or ISO text for dates and times.
    counts : tuple of int
        Values in each bin.
    """

    edges: tuple[Value, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TopValue:
    """A frequent value and how often it occurs."""

    value: Value
    count: int


@dataclass(frozen=True, slots=True)
class DateGap:
    """A stretch of time without a moment.

    Parameters
    ----------
    begin, end : str
        The moments at its ends, as ISO text.
    seconds : float
        Between them.
    """

    begin: str
    end: str
    seconds: float


@dataclass(frozen=True, slots=True)
class DateGaps:
    """The steps between the different moments of a column of dates or datetimes.

    Parameters
    ----------
    step_s : float
        The usual step, their median, in seconds.
    step_share : float
        Share of the steps that are just so long.
    gaps : int
        How many are at least twice as long.
    largest : tuple of DateGap
        Of these, the longest first.
    exact : bool
        False where the usual step was found in a part of the rows, and gaps up to `resolution_s` were not looked for.
    resolution_s : float
        In seconds; 0 where all gaps are known.
    """

    step_s: float
    step_share: float
    gaps: int
    largest: tuple[DateGap, ...]
    exact: bool = True
    resolution_s: float = 0.0

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> DateGaps:
        """Rebuild from JSON values."""
        return cls(**{**values, "largest": tuple(DateGap(**gap) for gap in values["largest"])})


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """Facts of one column.

    Parameters
    ----------
    name, type, kind : str
        As in `ColumnInfo`.
    count, missing : int
        Values that are there and that are not.
    distinct : int
        Different values.
    distinct_exact : bool
        False where `distinct` is an estimate, within a few percent.
    min, max : Value
        Of finite numbers, dates and times; None for text.
    mean, std : float, optional
        Of finite numbers; of durations in seconds. The mean of dates and times is None.
    quantiles : tuple of Value
        At `QUANTILES`; empty for text. Estimates in large tables.
    zeros, infinite : int
        How many numbers are zero, and how many infinite.
    histogram : Histogram, optional
        Of finite numbers, dates and times.
    top : tuple of TopValue
        The most frequent values, the most frequent first; empty where values hardly repeat in a large table.
    true_share : float, optional
        Share of true among the truth values that are there.
    length_min, length_mean, length_max : float, optional
        Characters of texts, bytes of binaries.
    words_mean : float, optional
        Words of texts.
    numbers_in_text, dates_in_text : int
        How many texts could be read as a number, or as a date.
    memory : int, optional
        Bytes as an Arrow array in memory; None in profiles of older versions.
    gaps : DateGaps, optional
        Of dates and datetimes, where there are at least three different ones.
    """

    name: str
    type: str
    kind: str
    count: int
    missing: int
    distinct: int
    distinct_exact: bool
    min: Value = None
    max: Value = None
    mean: float | None = None
    std: float | None = None
    quantiles: tuple[Value, ...] = ()
    zeros: int = 0
    infinite: int = 0
    histogram: Histogram | None = None
    top: tuple[TopValue, ...] = ()
    true_share: float | None = None
    length_min: float | None = None
    length_mean: float | None = None
    length_max: float | None = None
    words_mean: float | None = None
    numbers_in_text: int = 0
    dates_in_text: int = 0
    memory: int | None = None
    gaps: DateGaps | None = None

    @property
    def missing_share(self) -> float:
        """Share of rows without a value."""
        return self.missing / max(1, self.count + self.missing)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ColumnProfile:
        """Rebuild from JSON values."""
        histogram = values.get("histogram")
        rebuilt = {
            **values,
            "quantiles": tuple(values["quantiles"]),
            "top": tuple(TopValue(**top) for top in values["top"]),
            "histogram": histogram and Histogram(tuple(histogram["edges"]), tuple(histogram["counts"])),
            "gaps": values.get("gaps") and DateGaps.from_json(values["gaps"]),
        }
        return cls(**rebuilt)


@dataclass(frozen=True, slots=True)
class Profile:
    """Facts of a dataset version.

    Parameters
    ----------
    rows, bytes : int
        Of all parts.
    columns : tuple of ColumnProfile
        In the order of the data.
    duplicate_rows : int, optional
        Rows that are there before; None where the table was too large to count them.
    """

    rows: int
    bytes: int
    columns: tuple[ColumnProfile, ...]
    duplicate_rows: int | None

    def __str__(self) -> str:
        """Return a table for a terminal, one line a column."""
        width = max([len("column"), *(len(column.name) for column in self.columns)])
        lines = [f"{self.rows:,} rows, {len(self.columns)} columns", f"{'column':<{width}}  missing  distinct"]
        lines += [f"{one.name:<{width}}  {one.missing:>7,}  {one.distinct:>8,}" for one in self.columns]
        return "\n".join(lines)

    @property
    def memory(self) -> int | None:
        """Bytes of all columns as Arrow arrays in memory; None in profiles of older versions."""
        known = [column.memory for column in self.columns if column.memory is not None]
        return sum(known) if len(known) == len(self.columns) else None

    def column(self, name: str) -> ColumnProfile:
        """Return the facts of one column.

        Raises
        ------
        NotFound
            If there is no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise NotFound.named("column", name, [column.name for column in self.columns])

    def facts(self) -> dict[str, Facts]:
        """Return what the suggestions of kinds and roles are made from."""
        return {c.name: _facts(c, self.rows) for c in self.columns}

    def to_json(self) -> Json:
        """Return JSON-ready values."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, values: Json) -> Profile:
        """Rebuild from `to_json`.

        Raises
        ------
        InvalidInput
            If a newer version wrote it.
        """
        if values.get("format") not in _READABLE:
            raise InvalidInput(
                f"The profile has format {values.get('format')!r} and this version reads {FORMAT}.",
                remedy="Compute the profile again.",
            )
        return cls(
            rows=values["rows"],
            bytes=values["bytes"],
            columns=tuple(ColumnProfile.from_json(column) for column in values["columns"]),
            duplicate_rows=values["duplicate_rows"],
        )

    def _repr_html_(self) -> str:
        from modelyard.core.datasets.profile_html import profile_html

        return profile_html(self)


def _facts(column: ColumnProfile, rows: int) -> Facts:
    # An estimate a few percent low must not hide that all values differ, and one too high must not invent it.
    distinct = column.distinct if column.distinct_exact else min(column.distinct, rows - 1)
    return Facts(rows, column.count, distinct, column.length_mean or 0.0, column.words_mean or 0.0)
