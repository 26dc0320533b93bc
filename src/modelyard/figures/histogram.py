"""How the values of a column are spread: numbers, dates and times in bins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from modelyard.figures.theme import colors, full_label, new_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from modelyard.core.datasets.profile_types import ColumnProfile, Value

_MIDNIGHT = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = {"date": "%-d %b %Y", "datetime": "%-d %b %Y %H:%M", "time": "%H:%M:%S"}


@dataclass(frozen=True, slots=True)
class HistogramInfo:
    """What is drawn.

    Parameters
    ----------
    column : str
        Name.
    kind : str
        ``date``, ``datetime`` or ``time`` if the axis shows such; anything else is drawn as numbers.
    edges : tuple of float
        One more than `counts`: numbers; for dates and times seconds since 1970 or since midnight.
    counts : tuple of int
        Values in each bin.
    missing : int
        Values that are not there.
    """

    column: str
    kind: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int


def histogram_info(column: ColumnProfile) -> HistogramInfo:
    """Return what is drawn of a column's profile; nothing, if it has no histogram."""
    bins = column.histogram
    if bins is None or not bins.counts:
        return HistogramInfo(column.name, column.kind, (), (), column.missing)
    edges = [_number(edge, column.kind) for edge in bins.edges]
    if column.kind == "time" and edges[-1] <= edges[-2]:
        edges[-1] += 86_400  # the day ends at midnight
    return HistogramInfo(column.name, column.kind, tuple(edges), tuple(bins.counts), column.missing)


def histogram_figure(info: HistogramInfo, *, dark: bool = False) -> go.Figure:
    """Draw a bar a bin."""
    if not info.counts:
        return new_figure(info.column, dark=dark, empty="No values to show")
    figure = new_figure(info.column, dark=dark)
    pairs = list(zip(info.edges, info.edges[1:], strict=False))
    shown = [(_text(low, info.kind), _text(high, info.kind)) for low, high in pairs]
    is_time = info.kind in _TIMES
    middles = [(low + high) / 2 for low, high in pairs]
    figure.add_bar(
        x=[_moment(middle) for middle in middles] if is_time else middles,
        y=info.counts,
        width=[(high - low) * (1000 if is_time else 1) for low, high in pairs],  # Plotly's dates are in milliseconds
        marker={"color": colors(dark).series[0], "line": {"width": 0.5, "color": colors(dark).surface}},
        customdata=shown,
        hovertemplate="%{customdata[0]} to %{customdata[1]}<br><b>%{y:,}</b><extra></extra>",
    )
    figure.update_layout(bargap=0)
    if is_time:
        figure.update_xaxes(type="date", tickformat="%H:%M" if info.kind == "time" else None)
    if info.kind == "duration":
        figure.update_xaxes(title_text="Seconds")
    if info.missing:
        figure.update_xaxes(title_text=f"{info.missing:,} missing")
    figure.update_yaxes(title_text="Rows", rangemode="tozero")
    return figure


def _number(edge: Value, kind: str) -> float:
    if isinstance(edge, str):
        if kind == "time":
            at = time.fromisoformat(edge)
            since = timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
            return since.total_seconds()
        moment = datetime.fromisoformat(edge)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return float(edge or 0)


def _moment(seconds: float) -> datetime:
    return (_MIDNIGHT + timedelta(seconds=seconds)).replace(tzinfo=None)


def _text(edge: float, kind: str) -> str:
    return _moment(edge).strftime(_TIMES[kind]) if kind in _TIMES else full_label(f"{edge:,.6g}")
