"""Boxes in layers from left to right, and the lines between them."""

from __future__ import annotations

import param

from modelyard.ui.components.base import Component


class Graph(Component):
    """A graph that is looked at; its boxes are links.

    Parameters
    ----------
    boxes : list of dict
        Each with ``id``, ``x``, ``y``, ``wide``, ``tall``, ``icon``, ``title``, ``note``, and optionally ``to``,
        ``hint``, ``from`` (for who cannot see the lines), ``current`` and ``deleted``.
    lines : list of list
        Of each the points that it passes, from the left to the right.
    wide, tall : float
        Size of all together.
    label : str
        Of the graph, for who cannot see it.
    """

    boxes = param.List(default=[])
    lines = param.List(default=[])
    wide = param.Number(default=0)
    tall = param.Number(default=0)
    label = param.String(default="")
