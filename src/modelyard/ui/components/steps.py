"""A list of steps that are done one after the other."""

from __future__ import annotations

from collections.abc import Callable

import param

from modelyard.ui.components.base import Talking


class Steps(Talking):
    """Steps: each a dict of ``text``, and optionally ``kind`` and ``error``.

    Parameters
    ----------
    items : list of dict
        The steps in their order.
    fixed : bool
        Whether they are only looked at.
    open : int
        The place of the one that is edited, from 0; -1 for none.
    """

    items = param.List(default=[])
    fixed = param.Boolean(default=False)
    open = param.Integer(default=-1)

    def on_act(self, act: Callable[[str, int], None]) -> None:
        """Call `act` with ``edit``, ``up``, ``down`` or ``remove``, and the place of the step, from 0."""
        self.on("act", lambda message: act(str(message["act"]), int(message["place"])))
