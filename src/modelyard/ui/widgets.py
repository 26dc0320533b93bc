"""Material widgets as we use them: small, without margins of their own, spaced by what holds them.

Panel's text panes read Markdown and HTML; what may hold values from data is shown by `words`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.ui.components import Words
from modelyard.ui.components.stock import lean

GAP = "12px"


def button(label: str, act: Callable[[], object] | None = None, **params: Any) -> pmui.Button:
    """Return a button that calls `act`, or leads to ``href``; ``variant`` and ``icon`` as in Material UI."""
    usual: dict[str, Any] = {"margin": 0, "size": "small", "disable_elevation": True}
    if act is not None:
        usual["on_click"] = lambda event: act()
    return lean(pmui.Button)(label=label, **{**usual, **params})


def field(widget: type[Any], parameter: Any, label: str, **params: Any) -> Any:
    """Return a widget for a parameter of a view-model, as wide as its place."""
    size = "visual_size" if issubclass(widget, pmui.MultiSelect) else "size"  # a list's `size` counts rows
    return lean(widget).from_param(
        parameter, label=label, **{size: "small", "margin": 0, "sizing_mode": "stretch_width", **params}
    )


def choice(model: Any, name: str, options: str, label: str, **params: Any) -> Any:
    """Return a list to choose from, whose value and options are the parameters `name` and `options` of a view-model.

    Bound one by one, a new list of options would arrive before the new value, and the widget would take the first
    option for what was chosen: here both change at once.
    """
    widget = lean(pmui.Select)(
        label=label,
        options=getattr(model, options),
        value=getattr(model, name),
        **{"size": "small", "margin": 0, "sizing_mode": "stretch_width", **params},
    )

    def show(*events: object) -> None:
        widget.param.update(options=getattr(model, options), value=getattr(model, name))

    model.param.watch(show, [name, options])
    widget.param.watch(lambda event: setattr(model, name, event.new), "value")
    return widget


def row(*objects: Viewable, **params: Any) -> Viewable:
    """Return things side by side, which wrap where there is no room."""
    usual = {"margin": 0, "sizing_mode": "stretch_width", "gap": GAP, "align_items": "center"}
    flex: Viewable = lean(pmui.FlexBox)(*objects, **{**usual, **params})
    return flex


def pair(*fields: Viewable) -> Viewable:
    """Return fields that share a line in equal parts."""
    return lean(pmui.Row)(*fields, margin=0, sizing_mode="stretch_width", sx={"gap": GAP})


def stack(*objects: Viewable, **params: Any) -> pmui.Column:
    """Return things one under the other."""
    return lean(pmui.Column)(*objects, **{"margin": 0, "sizing_mode": "stretch_width", "sx": {"gap": "16px"}, **params})


def words(text: Any, **params: Any) -> Words:
    """Return quiet words, which may be a parameter; nothing in them becomes markup."""
    return Words(text=text, **{"sizing_mode": "stretch_width", **params})
