"""A Plotly figure in a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import panel as pn

if TYPE_CHECKING:
    import plotly.graph_objects as go

# panel-material-ui gives every figure margins of 64 pixels, whatever the figure says; they are cut off again, but on
# the left, where long labels need them.
_TOP, _RIGHT, _BOTTOM = 52, 44, 32


class FigurePane:
    """Shows a figure, or none; Plotly's script is loaded with the first one that is shown."""

    def __init__(self) -> None:
        margin = (-_TOP, -_RIGHT, -_BOTTOM, 0)
        self._pane = pn.pane.Plotly(sizing_mode="stretch_width", config={"displayModeBar": False}, margin=margin)
        self.box = pn.Column(self._pane, sizing_mode="stretch_width", margin=0, styles={"overflow": "hidden"})

    def show(self, figure: go.Figure, height: int, *, upright: bool = False) -> None:
        """Show a figure as tall as `height` pixels, without its title: the card has one.

        With `upright`, room is left for names below that are turned.
        """
        figure.update_layout(title=None, height=height + _TOP + _BOTTOM)
        self._pane.param.update(object=figure, height=height + _TOP + _BOTTOM)
        self.box.height = height + (_BOTTOM if upright else 0)
