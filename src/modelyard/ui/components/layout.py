"""Headings, cards, facts, notices: what holds or says something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import param
from panel.viewable import Children

from modelyard.core.common.types import Json
from modelyard.ui.components.base import Component, Talking


class Heading(Component):
    """The head of a screen.

    Parameters
    ----------
    title, note : str
        Its name, and a line below.
    crumbs : list of dict
        ``text`` and ``to`` of each screen above this one.
    tools : list of Viewable
        Buttons at its right.
    """

    title = param.String(default="")
    note = param.String(default="")
    crumbs = param.List(default=[])
    tools = Children(default=[])


class Section(Component):
    """A card.

    Parameters
    ----------
    title, note : str
        Its head; left away where both are empty.
    flush : bool
        Whether the content, a table, reaches its edges.
    appeal : int
        The page scrolls to the card whenever this changes.
    objects, tools : list of Viewable
        Its content, and buttons in its head.
    """

    title = param.String(default="")
    note = param.String(default="")
    flush = param.Boolean(default=False)
    appeal = param.Integer(default=0)
    objects = Children(default=[])
    tools = Children(default=[])

    def __init__(self, *objects: Any, **params: Any) -> None:
        super().__init__(objects=list(objects), **{"sizing_mode": "stretch_width", **params})


class Folded(Component):
    """A card that opens when somebody wants to know more."""

    title = param.String(default="")
    note = param.String(default="")
    objects = Children(default=[])

    def __init__(self, *objects: Any, **params: Any) -> None:
        super().__init__(objects=list(objects), **{"sizing_mode": "stretch_width", **params})


class Empty(Component):
    """What is said while there is nothing to show: what to do, with the buttons to do it."""

    icon = param.String(default="inbox")
    title = param.String(default="")
    text = param.String(default="")
    objects = Children(default=[])


class Notice(Component):
    """An error, a warning or a note: `problem` as of `ModelyardError.to_dict`, with a ``severity``; empty hides it."""

    problem = param.Dict(default=None, allow_None=True)


class Facts(Component):
    """Facts: each a dict of ``label`` and ``text``, and optionally ``to``, ``title``, ``state``, ``big``."""

    items = param.List(default=[])


class Sentences(Component):
    """Sentences: each a dict of ``text`` and optionally ``tone`` (error, warning, info, success)."""

    items = param.List(default=[])


class Words(Component):
    """A quiet line of text, as it is."""

    text = param.String(default="")


class Parts(Component):
    """The parts of a tab: each a dict of ``text`` and ``to``; `current` is the text of the one that is open."""

    items = param.List(default=[])
    current = param.String(default="")


class Tiles(Component):
    """Things to choose from.

    Parameters
    ----------
    items : list of dict
        Each with ``title``, ``text``, ``icon``, and ``to``, or ``code`` where it leads nowhere.
    label : str
        Of the list, for who cannot see it.
    """

    items = param.List(default=[])
    label = param.String(default="")


class Trail(Talking):
    """Where one is in something that has levels.

    Parameters
    ----------
    items : list of str
        The levels from the outermost; the last is where one is.
    tools : list of Viewable
        Buttons at its right.
    """

    items = param.List(default=[])
    label = param.String(default="Level")
    tools = Children(default=[])

    def on_open(self, act: Callable[[int], None]) -> None:
        """Call `act` with how many levels lie above the one that was clicked."""
        self.on("open", lambda message: act(int(message["depth"])))


class Ask(Talking):
    """A button that asks before it does something that cannot be undone.

    Parameters
    ----------
    label : str
        Of the button.
    question : dict
        ``title``, ``text``, ``yes`` and ``no``.
    """

    label = param.String(default="")
    question = param.Dict(default={})
    disabled = param.Boolean(default=False)

    def on_yes(self, act: Callable[[], None]) -> None:
        """Call `act` when the person has said yes."""
        self.on("yes", lambda message: act())


class Code(Component):
    """Lines of Python with a button that copies them."""

    code = param.String(default="")
    label = param.String(default="")


class Log(Component):
    """What a job printed."""

    text = param.String(default="")


class Chances(Component):
    """Chances per class: each a dict of ``label``, ``share`` (0 to 1), ``text`` and ``best``."""

    items = param.List(default=[])


class Progress(Talking):
    """A job's bar, words and times; `on_cancel` is called after the person confirmed."""

    job = param.Dict(default=None, allow_None=True)

    def on_cancel(self, act: Callable[[], None]) -> None:
        """Call `act` when the job shall end."""
        self.on("cancel", lambda message: act())


def link(text: str, to: str | None, note: str | None = None) -> Json:
    """Return the value of a link cell; without a place, the text alone."""
    return {"text": text, "to": to, "note": note}
