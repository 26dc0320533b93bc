"""How the values of one column were spread before and after: shares side by side."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from modelyard.figures.theme import colors, full_label, label, list_height, new_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from modelyard.core.datasets.compare import ColumnChange


@dataclass(frozen=True, slots=True)
class ColumnChangeInfo:
    """What is drawn.

    Parameters
    ----------
    column : str
        Its name.
    names : tuple of str
        Of the bins or values.
    before, after : tuple of float
        Share of the rows in each.
    binned : bool
        Whether they are bins of something that has an order.
    series : tuple of str
        What the two are called.
    """

    column: str
    names: tuple[str, ...]
    before: tuple[float, ...]
    after: tuple[float, ...]
    binned: bool
    series: tuple[str, str] = ("before", "after")


def column_change_info(change: ColumnChange, series: tuple[str, str] = ("before", "after")) -> ColumnChangeInfo:
    """Return what is drawn of a column's change.

    Examples
    --------
    >>> from modelyard.core.datasets.compare import ColumnChange
    >>> change = ColumnChange("x", "same", ("int64", "int64"), 0.5, labels=(0, 5, 10), shares=((1.0, 0.0), (0.5, 0.5)))
    >>> column_change_info(change).names
    ('0 to 5', '5 to 10')
    """
    labels = [_text(each) for each in change.labels]
    names = [f"{low} to {high}" for low, high in pairwise(labels)] if change.binned else labels
    return ColumnChangeInfo(change.name, tuple(names), *change.shares, binned=change.binned, series=series)


def column_change_figure(info: ColumnChangeInfo, *, dark: bool = False) -> go.Figure:
    """Draw two bars a bin or value."""
    if not info.names:
        return new_figure(info.column, dark=dark, empty="These values cannot be compared")
    figure, tone = new_figure(info.column, dark=dark), colors(dark)
    places = list(range(len(info.names)))
    names = [full_label(name) for name in info.names]
    axis = "y" if info.binned else "x"
    for series, shares, color in zip(info.series, (info.before, info.after), (tone.quiet, tone.series[0]), strict=True):
        x, y = (places, list(shares)) if info.binned else (list(shares), places)
        figure.add_bar(
            x=x,
            y=y,
            orientation="v" if info.binned else "h",
            name=label(series),
            marker={"color": color},
            customdata=names,
            hovertemplate=f"<b>%{{customdata}}</b><br>%{{{axis}:.1%}} {label(series)}<extra></extra>",
        )
    figure.update_layout(barmode="group")
    if info.binned:
        figure.update_yaxes(tickformat=".0%", rangemode="tozero")
        few = places[:: max(1, len(places) // 5)]
        figure.update_xaxes(tickvals=few, ticktext=[label(info.names[k].partition(" to ")[0]) for k in few])
    else:
        figure.update_layout(height=list_height(2 * len(places)))
        figure.update_xaxes(tickformat=".0%", rangemode="tozero")
        ticks = [label(name) or "(empty)" for name in info.names]
        figure.update_yaxes(tickvals=places, ticktext=ticks, range=[len(places) - 0.5, -0.5], showgrid=False)
    return figure


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value).replace("T", " ").removesuffix(" 00:00:00")
