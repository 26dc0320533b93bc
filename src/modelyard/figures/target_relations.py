"""What each column tells of the target by itself: a bar a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.figures.theme import colors, full_label, label, list_height, new_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from modelyard.core.datasets.profile_relations import Target


@dataclass(frozen=True, slots=True)
class TargetRelationsInfo:
    """What is drawn.

    Parameters
    ----------
    target : str
        What is to be predicted.
    columns : tuple of str
        The one that tells most first.
    told : tuple of float
        Share that each takes away of what is not known of the target.
    suspects : tuple of bool
        Whether each may know the target.
    unit : str
        What it is a share of.
    """

    target: str
    columns: tuple[str, ...]
    told: tuple[float, ...]
    suspects: tuple[bool, ...]
    unit: str


def target_relations_info(target: Target, most: int = 30) -> TargetRelationsInfo:
    """Return what is drawn of the columns that tell most."""
    shown = target.related[:most]
    return TargetRelationsInfo(
        target=target.name,
        columns=tuple(each.column for each in shown),
        told=tuple(each.told for each in shown),
        suspects=tuple(each.suspect for each in shown),
        unit="errors" if target.classes else "variance",
    )


def target_relations_figure(info: TargetRelationsInfo, *, dark: bool = False) -> go.Figure:
    """Draw a bar a column, the longest on top."""
    if not info.columns:
        return new_figure(info.target, dark=dark, empty="No column to look at").update_layout(height=200)
    figure, tone = new_figure(info.target, dark=dark), colors(dark)
    places = list(range(len(info.columns)))
    figure.add_bar(
        x=list(info.told),
        y=places,
        orientation="h",
        marker={"color": [tone.series[1 if suspect else 0] for suspect in info.suspects]},
        customdata=[full_label(name) for name in info.columns],
        hovertemplate=f"<b>%{{customdata}}</b><br>%{{x:.1%}} of the {info.unit} taken away<extra></extra>",
    )
    figure.update_xaxes(tickformat=".0%", range=[0, max(0.1, *info.told) * 1.02], title_text=f"Of the {info.unit}")
    ticks = [label(name) for name in info.columns]
    figure.update_yaxes(tickvals=places, ticktext=ticks, range=[len(places) - 0.5, -0.5], showgrid=False)
    figure.update_layout(height=list_height(len(places)))
    return figure
