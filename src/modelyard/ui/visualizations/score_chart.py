"""Score over time on a canvas that is kept and fed: what `figures.score_over_time` tells, drawn with Bokeh.

Plotly would draw it anew with each trial, and loads 5 MB of script first; Bokeh is there already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelyard.figures.score_over_time import ScoreOverTimeInfo
from modelyard.figures.theme import colors, series_colors

if TYPE_CHECKING:
    from panel.viewable import Viewable

HEIGHT = 280


class ScoreChart:
    """Each trial a dot in the color of its estimator, the best so far a line.

    Parameters
    ----------
    dark : bool
        The mode that its colors are for.
    """

    def __init__(self, *, dark: bool) -> None:
        import panel as pn
        from bokeh.models import ColumnDataSource, HoverTool, Range1d
        from bokeh.plotting import figure

        self.dark = dark
        self._dots = ColumnDataSource(data={"x": [], "y": [], "number": [], "title": [], "color": [], "fill": []})
        self._best = ColumnDataSource(data={"x": [], "y": []})
        ranges: Any = {"x_range": Range1d(start=0, end=60), "y_range": Range1d(start=0, end=1)}
        # a bare `Plot` takes half as long to make, but the browser's theme colors figures alone
        plot: Any = figure(height=HEIGHT, sizing_mode="stretch_width", tools="", toolbar_location=None, **ranges)
        plot.xaxis.axis_label = "Seconds since the start"
        plot.xgrid.visible = False
        plot.outline_line_color = None
        self._line = plot.step("x", "y", source=self._best, mode="after", line_width=2)
        style = {"fill_color": "color", "line_color": "color", "fill_alpha": "fill"}
        dots = plot.scatter("x", "y", source=self._dots, size=9, line_width=1.5, legend_field="title", **style)
        plot.add_layout(plot.legend[0], "right")
        small = {"font-size": "12.5px"}  # the browser's theme sets a size relative to this one
        plot.legend[0].update(border_line_color=None, background_fill_alpha=0, styles=small)
        tips = [("", "@title, trial @number"), ("Score", "@y{0.0000}"), ("After", "@x{0} s")]
        plot.add_tools(HoverTool(renderers=[dots], tooltips=tips))
        self._plot = plot
        self.pane: Viewable = pn.pane.Bokeh(plot, sizing_mode="stretch_width", height=HEIGHT)

    def show(self, info: ScoreOverTimeInfo, label: str, budget: float | None = None) -> None:
        """Draw it; from the beginning the axis is as long as the budget."""
        shades = series_colors((dots.title for dots in info.dots), self.dark)
        data: Any = {"x": [], "y": [], "number": [], "title": [], "color": [], "fill": []}
        low, high = axis(info)
        for dots in info.dots:
            if not any(low <= score <= high for score in dots.scores):
                continue  # a yardstick that is not in the picture is not in its legend
            data["x"] += dots.seconds
            data["y"] += dots.scores
            data["number"] += dots.numbers
            data["title"] += [dots.title] * len(dots.numbers)
            data["color"] += [shades[dots.title]] * len(dots.numbers)
            data["fill"] += [0.0 if dots.baseline else 0.85] * len(dots.numbers)
        self._line.glyph.line_color = colors(self.dark).quiet
        self._dots.data = data
        line = [point for point in zip(info.best_seconds, info.best_scores, strict=True) if low <= point[1] <= high]
        self._best.data = {"x": [point[0] for point in line], "y": [point[1] for point in line]}
        self._plot.yaxis.axis_label = label
        self._plot.x_range.end = 1.02 * max(budget or 10.0, *data["x"], 1.0)
        self._plot.y_range.update(start=low, end=high)


def axis(info: ScoreOverTimeInfo) -> tuple[float, float]:
    """Return what the axis of scores shows: yardsticks that are far off do not squeeze the rest.

    Examples
    --------
    >>> axis(ScoreOverTimeInfo("rmse", False, (), (), ()))
    (0.0, 1.0)
    """
    every = [score for dots in info.dots for score in dots.scores]
    searched = [score for dots in info.dots if not dots.baseline for score in dots.scores]
    scores = [*searched, *info.best_scores[-1:]] if searched else every
    if not scores:
        return 0.0, 1.0
    room = (max(scores) - min(scores)) * 0.15 or abs(max(scores)) * 0.02 or 0.01
    return min(scores) - room, max(scores) + room
