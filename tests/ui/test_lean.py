"""What lean components tell the browser is what Panel would have told it."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui
import param
import pytest
from bokeh.model import Model

from modelyard.ui import components as own
from modelyard.ui.components.lean import Lean
from modelyard.ui.components.stock import CLASSES, lean
from modelyard.ui.widgets import button, choice, field, pair, row, stack, words
from tests.waiting import until


class State(param.Parameterized):
    """What fields are for."""

    text = param.String(default="abc")
    kind = param.String(default="B")
    kinds = param.Dict(default={"a": "A", "b": "B"})
    many = param.List(default=["x"])
    whole = param.Integer(default=3)
    on = param.Boolean(default=True)


STATE = State()
SHOWN: dict[str, Callable[[], Any]] = {
    **{f"plain {kind.__name__}": lean(kind) for kind in CLASSES},
    "button": lambda: button("Go", print, icon="add", variant="outlined", color="error", disabled=True, width=90),
    "link": lambda: button("Away", href="https://example.org", target="_blank", description="Leads away"),
    "text": lambda: field(pmui.TextInput, STATE.param.text, "Text", placeholder="p", max_width=420),
    "narrow": lambda: field(pmui.TextInput, STATE.param.text, "Text", sizing_mode=None, width=None),
    "choice": lambda: choice(STATE, "kind", "kinds", "Kind", searchable=True),
    "none": lambda: lean(pmui.Select)(options={"Yes": True, "(missing)": None}, value=None, description="One"),
    "many": lambda: field(pmui.MultiChoice, STATE.param.many, "Many", options=["x", "y"], searchable=True),
    "list": lambda: field(pmui.MultiSelect, STATE.param.many, "Many", options=["x", "y"]),
    "whole": lambda: field(pmui.IntInput, STATE.param.whole, "Whole"),
    "on": lambda: lean(pmui.Switch).from_param(STATE.param.on, label="On", margin=0),
    "row": lambda: row(words("a"), button("b", loading=True), visible=False),
    "pair": lambda: pair(words("a"), lean(pmui.TextInput)(width=200)),
    "stack": lambda: stack(row(words("a")), sx={"gap": "1px"}, styles={"padding": "1px"}, css_classes=["c"]),
    "scrolls": lambda: stack(words("a"), scroll=True, height=200),
    "styled": lambda: words("a", stylesheets=[":host { color: red }"]),
    "drawn": lambda: lean(pmui.Button)(label="b", css_classes=["c"]),
    "boxed": lambda: lean(pmui.Dialog)(css_classes=["c"]),
    "dialog": lambda: lean(pmui.Dialog)(words("a"), title="T", open=True, width_option="sm"),
    "section": lambda: own.Section(own.Words(text="w"), title="t", tools=[button("b")]),
    "table": lambda: own.DataTable(rows=[{"key": "a", "cells": {}}], total=1),
    "notice": lambda: own.Notice(problem=None, visible=False),
    "drop": own.DropZone,
}


def told(model: Model) -> dict[str, Any]:
    """Return what a model says, without what no two have in common and styles that are not used."""
    found = {}
    for name, value in model.properties_with_values().items():
        if isinstance(value, Model):
            found[name] = told(value)
        elif isinstance(value, list) and name in ("objects", "tools", "attached"):
            found[name] = [type(each).__name__ for each in value]
        elif name == "stylesheets":
            texts = [getattr(each, "url", each) for each in value]
            found[name] = [text for text in texts if "/loading.css" not in text and ":host(.pn-loading)" not in text]
        elif name not in ("name", "tags"):
            found[name] = value
    return found


def listens(port: int) -> bool:
    """Tell whether somebody takes calls on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def both() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """What each says on a page of a server: the plan's way, and Panel's."""
    found: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}

    def page() -> pn.viewable.Viewable:
        document = pn.state.curdoc
        root = pmui.Column()._get_model(document)
        for name, make in SHOWN.items():
            planned = told(make()._get_model(document, root, root))
            component = make()
            found[name] = planned, told(super(Lean, component)._get_model(document, root, root))
        return pmui.Column()

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pn.extension()
    server = pn.serve(page, port=port, address="127.0.0.1", threaded=True, show=False, verbose=False)
    try:
        until(lambda: listens(port))  # its thread may not have come that far
        with urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=60) as answer:
            answer.read()
    finally:
        server.stop()
    return found


@pytest.mark.parametrize("name", SHOWN)
def test_the_browser_is_told_the_same(both: dict[str, tuple[dict[str, Any], dict[str, Any]]], name: str) -> None:
    planned, panels = both[name]
    assert planned == panels
