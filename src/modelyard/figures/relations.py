"""How strongly each two columns hang together: a square a pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.figures.theme import colors, full_label, label, new_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from modelyard.core.datasets.profile_relations import Pair, Relations

_WORDS = {"correlation": "Correlation", "cramers_v": "Cramér's V", "correlation_ratio": "Correlation ratio"}


@dataclass(frozen=True, slots=True)
class RelationsInfo:
    """What is drawn.

    Parameters
    ----------
    columns : tuple of str
        Their names, in both directions.
    strengths : tuple of tuple
        From 0 to 1, below the diagonal; None elsewhere, and where nothing is known.
    words : tuple of tuple of str
        What is said of each.
    """

    columns: tuple[str, ...]
    strengths: tuple[tuple[float | None, ...], ...]
    words: tuple[tuple[str, ...], ...]


def relations_info(relations: Relations) -> RelationsInfo:
    """Return what is drawn of relations."""
    names, known = relations.columns, {(pair.second, pair.first): pair for pair in relations.pairs}
    rows = [[known.get((row, column)) for column in names] for row in names]
    strengths = tuple(tuple(pair.strength if pair else None for pair in row) for row in rows)
    return RelationsInfo(names, strengths, tuple(tuple(_words(pair) for pair in row) for row in rows))


def relations_figure(info: RelationsInfo, *, dark: bool = False) -> go.Figure:
    """Draw a square for each two columns, the stronger the more it stands out."""
    if len(info.columns) < 2:
        return new_figure("Relations", dark=dark, empty="No two columns to compare").update_layout(height=200)
    figure, tone, places = new_figure("Relations", dark=dark), colors(dark), list(range(len(info.columns)))
    names = [full_label(name) for name in info.columns]
    figure.add_heatmap(
        x=places,
        y=places,
        z=info.strengths,
        zmin=0,
        zmax=1,
        xgap=1,
        ygap=1,
        colorscale=[[0, tone.grid], [1, tone.series[0]]],
        colorbar={"thickness": 10, "outlinewidth": 0, "tickvals": [0, 0.5, 1], "len": 0.6},
        customdata=[
            [f"{names[column]}, {names[row]}<br>{info.words[row][column]}" for column in places] for row in places
        ],
        hovertemplate="%{customdata}<extra></extra>",
        hoverongaps=False,
    )
    ticks = [label(name) for name in info.columns]
    last = len(places) - 0.5
    figure.update_xaxes(
        tickvals=places[:-1], ticktext=ticks[:-1], tickangle=-90, range=[-0.5, last - 1], showgrid=False
    )
    figure.update_yaxes(tickvals=places[1:], ticktext=ticks[1:], range=[last, 0.5], showgrid=False)
    figure.update_layout(height=180 + max(14, min(26, 900 // len(places))) * len(places))
    return figure


def _words(pair: Pair | None) -> str:
    if pair is None:
        return ""
    if pair.strength is None:
        return f"Too little to say, {pair.rows:,} rows"
    both = (
        f"Pearson {pair.pearson:.2f}, Spearman {pair.spearman:.2f}"
        if pair.pearson is not None and pair.spearman is not None
        else f"{_WORDS[pair.method]} {pair.strength:.2f}"
    )
    return f"{both}, {pair.rows:,} rows"
