"""Those components of panel-material-ui that screens are made of, as lean as our own.

All are made when the module is imported: a page that is open already is not told of classes that come later.
"""

from __future__ import annotations

from typing import Any

import panel_material_ui as pmui

from modelyard.ui.components.lean import Lean

CLASSES: tuple[type[Any], ...] = (
    pmui.Button,
    pmui.Checkbox,
    pmui.Column,
    pmui.Dialog,
    pmui.FlexBox,
    pmui.IntInput,
    pmui.MultiChoice,
    pmui.MultiSelect,
    pmui.PasswordInput,
    pmui.RadioButtonGroup,
    pmui.Row,
    pmui.Select,
    pmui.Switch,
    pmui.TextAreaInput,
    pmui.TextInput,
)

_LEAN: dict[type[Any], type[Any]] = {
    kind: type(kind.__name__, (Lean, kind), {"__module__": __name__}) for kind in CLASSES
}


def lean[T](kind: type[T]) -> type[T]:
    """Return the lean twin of a class; itself where there is none."""
    return _LEAN.get(kind, kind)
