"""What the fields of a form are asked by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.ui.components.stock import lean
from modelyard.ui.fields import Field
from modelyard.ui.widgets import stack


class Form(Protocol):
    """State of a form: what its fields show, and who takes what is typed."""

    @property
    def typed(self) -> Mapping[str, Any]:
        """What the fields show."""

    def say(self, name: str, value: Any) -> None:
        """Take what was typed into a field."""


def asked(form: Form, each: Field, offered: Sequence[str] = ()) -> Viewable:
    """Return the widget of a field.

    Parameters
    ----------
    form : Form
        That it belongs to.
    each : Field
        Any but a secret.
    offered : sequence of str
        The columns or datasets that it may name.
    """
    usual: Json = {"label": each.title + (" *" if each.required else ""), "margin": 0, "size": "small"}
    value = form.typed[each.name]
    wide: Json = {"sizing_mode": "stretch_width"}
    if each.kind == "yes":
        widget: Any = lean(pmui.Checkbox)(value=value, description=each.help, **usual)
    elif each.listed:
        usual["visual_size"] = usual.pop("size")  # its `size` counts rows
        options = _with([*(each.choices or offered)], value)
        widget = lean(pmui.MultiChoice)(value=value, options=options, description=each.help, **wide, **usual)
    elif each.kind == "choice":
        options = [*each.choices] or _with({"–": "", **{name: name for name in offered}}, [value])
        more = {"searchable": True} if len(options) > _MANY else {}
        widget = lean(pmui.Select)(
            value=value or "" if each.of else value, options=options, helper_text=each.help, **more, **wide, **usual
        )
    elif each.kind == "pairs":
        widget = lean(pmui.TextAreaInput)(
            value=value, placeholder="A line for each:\nname = what", rows=3, max_length=20_000, **wide, **usual
        )
    else:
        several = {"placeholder": "Separated by commas"} if each.kind == "several" else {}
        widget = lean(pmui.TextInput)(value=value, helper_text=each.help, **wide, **several, **usual)
    widget.param.watch(lambda event: form.say(each.name, event.new), "value")
    return widget  # type: ignore[no-any-return]


_MANY = 12


def _with(options: Any, values: Sequence[str]) -> Any:
    """Return options that hold what is chosen already, also what is gone from the data."""
    gone = [value for value in values if value and value not in options]
    return [*options, *gone] if isinstance(options, list) else {**options, **{name: name for name in gone}}


def grid(*fields: Viewable) -> Viewable:
    """Return fields in two columns where there is room for them."""
    columns = "repeat(auto-fill, minmax(min(300px, 100%), 1fr))"
    lines = {"display": "grid", "gridTemplateColumns": columns, "gap": "18px 16px", "alignItems": "start", "pt": 1}
    return stack(*fields, sx=lines)
