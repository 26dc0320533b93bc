"""What a model leans on: the share of each column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.figures.theme import colors, full_label, label, list_height, new_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

LIMIT = 20


@dataclass(frozen=True, slots=True)
class ImportanceInfo:
    """What is drawn.

    Parameters
    ----------
    columns : tuple of str
        The most important first.
    shares : tuple of float
        Of each, from 0 to 1.
    left_out : int
        How many columns there are besides.
    left_out_share : float
        Of those together.
    """

    columns: tuple[str, ...]
    shares: tuple[float, ...]
    left_out: int
    left_out_share: float


def importance_info(importance: Mapping[str, float], *, limit: int = LIMIT) -> ImportanceInfo:
    """Return what is drawn of importances; they are scaled to shares of their sum.

    Examples
    --------
    >>> importance_info({"age": 1.0, "job": 3.0})
    ImportanceInfo(columns=('job', 'age'), shares=(0.75, 0.25), left_out=0, left_out_share=0.0)
    """
    total = sum(value for value in importance.values() if value > 0)
    ordered = sorted(importance.items(), key=lambda item: (-item[1], item[0]))
    shares = [(column, max(value, 0.0) / total if total else 0.0) for column, value in ordered]
    shown, rest = shares[:limit], shares[limit:]
    return ImportanceInfo(
        columns=tuple(column for column, _ in shown),
        shares=tuple(share for _, share in shown),
        left_out=len(rest),
        left_out_share=float(sum(share for _, share in rest)),
    )


def importance_figure(info: ImportanceInfo, *, dark: bool = False) -> go.Figure:
    """Draw a bar a column, the most important at the top."""
    title = "Importance of columns"
    if not info.columns:
        return new_figure(title, dark=dark, empty="This model tells no importance")
    figure, tone = new_figure(title, dark=dark), colors(dark)
    names, shares, shades = list(info.columns), list(info.shares), [tone.series[0]] * len(info.columns)
    if info.left_out:
        names.append(f"{info.left_out} others")
        shares.append(info.left_out_share)
        shades.append(tone.quiet)
    figure.add_bar(
        x=shares,
        y=list(range(len(names))),
        orientation="h",
        marker={"color": shades},
        customdata=[full_label(name) for name in names],
        hovertemplate="<b>%{customdata}</b><br>%{x:.1%}<extra></extra>",
    )
    figure.update_layout(height=list_height(len(names)))
    figure.update_xaxes(tickformat=".0%", rangemode="tozero")
    figure.update_yaxes(  # numbers with texts, since names that look like numbers or dates would be taken for such
        tickvals=list(range(len(names))),
        ticktext=[label(name) for name in names],
        range=[len(names) - 0.5, -0.5],
        showgrid=False,
    )
    return figure
