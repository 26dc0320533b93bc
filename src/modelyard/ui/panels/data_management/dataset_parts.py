"""The parts of a dataset's screen, and what all of them begin with."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.ui.components import Heading, Parts
from modelyard.ui.routing import to

PARTS = {
    "": "Overview",
    "quality": "Quality",
    "transform": "Transform",
    "versions": "Versions",
    "lineage": "Lineage",
}
"""What the address says of a part, and what it is called."""


def crumbs(name: str = "") -> list[Json]:
    """Return the way to a dataset, or to a part of it."""
    way: list[Json] = [{"text": "Data", "to": to("data")}]
    return [*way, {"text": name, "to": to("data", dataset=name)}] if name else way


def parts_of(name: str, part: str) -> Viewable:
    """Return the line of parts, of which one is open."""
    places = {key: {"part": key} if key else {} for key in PARTS}
    items = [{"text": text, "to": to("data", dataset=name, **places[key])} for key, text in PARTS.items()]
    return Parts(items=items, current=PARTS[part], sizing_mode="stretch_width")


def head(name: str, part: str, note: str = "", tools: Sequence[Viewable] = ()) -> list[Viewable]:
    """Return what a part begins with."""
    heading = Heading(title=name, note=note, crumbs=crumbs(), tools=list(tools), sizing_mode="stretch_width")
    return [heading, parts_of(name, part)]
