"""The most frequent values of a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.figures.theme import colors, full_label, label, list_height, new_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from modelyard.core.datasets.profile_types import ColumnProfile

LIMIT = 12


@dataclass(frozen=True, slots=True)
class TopValuesInfo:
    """What is drawn.

    Parameters
    ----------
    column : str
        Name.
    values : tuple of str
        The most frequent first.
    counts : tuple of int
        Of each.
    others : int
        Rows with a value that is not among them.
    missing : int
        Rows without one.
    """

    column: str
    values: tuple[str, ...]
    counts: tuple[int, ...]
    others: int
    missing: int

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.counts) + self.others + self.missing


def top_values_info(column: ColumnProfile, *, limit: int = LIMIT) -> TopValuesInfo:
    """Return what is drawn of a column's profile.

    Parameters
    ----------
    limit : int
        Most values to draw.
    """
    top = column.top[:limit]
    counts = tuple(each.count for each in top)
    return TopValuesInfo(
        column=column.name,
        values=tuple(str(each.value) for each in top),
        counts=counts,
        others=max(column.count - sum(counts), 0) if counts else 0,
        missing=column.missing,
    )


def top_values_figure(info: TopValuesInfo, *, dark: bool = False) -> go.Figure:
    """Draw a bar a value, the most frequent at the top, then what is left in gray."""
    if not info.values:
        return new_figure(info.column, dark=dark, empty="No value occurs often")
    figure, tone = new_figure(info.column, dark=dark), colors(dark)
    rest = [(name, count) for name, count in (("others", info.others), ("missing", info.missing)) if count]
    names = [*(label(value) or "(empty)" for value in info.values), *(f"<i>{name}</i>" for name, _ in rest)]
    counts = [*info.counts, *(count for _, count in rest)]
    figure.add_bar(
        x=counts,
        y=list(range(len(names))),
        orientation="h",
        marker={"color": [tone.series[0]] * len(info.values) + [tone.quiet] * len(rest)},
        customdata=[
            (full_label(name), count / info.rows)
            for name, count in zip([*info.values, *(name for name, _ in rest)], counts, strict=True)
        ],
        hovertemplate="<b>%{customdata[0]}</b><br>%{x:,} rows, %{customdata[1]:.1%}<extra></extra>",
    )
    figure.update_layout(height=list_height(len(names)))
    figure.update_xaxes(title_text="Rows", rangemode="tozero")
    figure.update_yaxes(  # numbers with texts, since values that look like numbers or dates would be taken for such
        tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.5, -0.5], showgrid=False
    )
    return figure
