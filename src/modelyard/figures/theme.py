"""The look that all figures share, on light and on dark pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Ubuntu, Cantarell, 'Helvetica Neue', Arial, sans-serif"
)
LABEL_LENGTH = 32
"""Characters of a name beside an axis; the whole of it is in the hover text."""


@dataclass(frozen=True, slots=True)
class Colors:
    """Colors of one mode.

    Parameters
    ----------
    series : tuple of str
        Six to tell things apart, the first of them for a single series. Each has a contrast of 3 or more to the page,
        and they can be told apart by people who do not see all hues.
    text, quiet, grid : str
        Of words, of what stays in the background, and of lines.
    surface : str
        Of the page, where something has to cover what is behind it.
    """

    series: tuple[str, ...]
    text: str
    quiet: str
    grid: str
    surface: str


LIGHT = Colors(
    series=("#0b6b66", "#bb3f00", "#527ecf", "#c37c93", "#a39227", "#3f2b7a"),
    text="#17211f",
    quiet="#7b8986",
    grid="#e0e6e4",
    surface="#ffffff",
)
DARK = Colors(
    series=("#5cc4b8", "#f58328", "#6c9ffe", "#aa6a7c", "#fcdc2f", "#785ad4"),
    text="#e3eae8",
    quiet="#87958f",
    grid="#26302e",
    surface="#151d1b",
)


def colors(dark: bool) -> Colors:
    """Return the colors of a mode."""
    return DARK if dark else LIGHT


def series_colors(names: Iterable[str], dark: bool) -> dict[str, str]:
    """Give each name a color, in the order of their first appearance; after six they come again.

    Examples
    --------
    >>> series_colors(["lightgbm", "xgboost", "lightgbm"], dark=False)
    {'lightgbm': '#0b6b66', 'xgboost': '#bb3f00'}
    """
    series = colors(dark).series
    return {name: series[place % len(series)] for place, name in enumerate(dict.fromkeys(names))}


def label(text: object) -> str:
    """Return a name as one short line that Plotly shows as it is, and does not take for markup.

    Examples
    --------
    >>> label("a<b>c")
    'a&lt;b&gt;c'
    >>> label("x" * 40)
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'
    """
    line = " ".join(str(text).split())
    return escape(line if len(line) <= LABEL_LENGTH else line[: LABEL_LENGTH - 1] + "…", quote=False)


def full_label(text: object) -> str:
    """Return a name for the hover text: like `label`, but up to 300 characters."""
    line = " ".join(str(text).split())
    return escape(line if len(line) <= 300 else line[:299] + "…", quote=False)


def template(dark: bool) -> go.layout.Template:
    """Return the Plotly template of a mode: see-through, system fonts, thin lines, small margins."""
    import plotly.graph_objects as go

    tone = colors(dark)
    axis = {
        "gridcolor": tone.grid,
        "linecolor": tone.grid,
        "zeroline": False,
        "automargin": True,
        "title": {"standoff": 8, "font": {"size": 12, "color": tone.quiet}},
        "tickfont": {"size": 11},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 12, "color": tone.text},
            "title": {
                "x": 0,
                "y": 1,
                "xref": "container",
                "yref": "container",
                "xanchor": "left",
                "yanchor": "top",
                "pad": {"l": 8, "t": 10},
                "font": {"size": 14},
            },
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(tone.series),
            "margin": {"l": 8, "r": 12, "t": 40, "b": 8},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {"font": {"family": FONT}, "align": "left"},
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": 0,
                "yref": "container",
                "yanchor": "bottom",
                "font": {"size": 11},
            },
            "bargap": 0.25,
        }
    )


def new_figure(title: str, *, dark: bool, empty: str | None = None) -> go.Figure:
    """Return a figure without traces.

    Parameters
    ----------
    title : str
        Above it.
    empty : str, optional
        What is said in its middle where there is nothing to draw; the axes are left out then.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout={"template": template(dark), "title": {"text": full_label(title)}})
    if empty is not None:
        figure.update_xaxes(visible=False)
        figure.update_yaxes(visible=False)
        figure.add_annotation(
            text=empty,
            x=0.5,
            y=0.5,
            xref="paper",
            yref="paper",
            showarrow=False,
            font={"color": colors(dark).quiet, "size": 13},
        )
    return figure


def list_height(rows: int) -> int:
    """Return the height in pixels of a figure with one line a row."""
    return 96 + 24 * max(rows, 4)
