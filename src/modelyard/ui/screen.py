"""A screen: what fills the content area while its tab is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modelyard.ui.components import Heading, Notice
from modelyard.ui.model import Model
from modelyard.ui.routing import to

if TYPE_CHECKING:
    from panel.viewable import Viewable

    from modelyard.core.jobs.types import Event
    from modelyard.ui.session import Session


HOME = {"text": "Home", "to": to("home")}
"""The crumb that leads home from where nothing is."""


class Screen:
    """Base of all screens.

    The shell makes one when its place is opened, shows `content`, and closes it when another place is opened. All of it
    happens in the session's own turn, so nothing needs a lock.

    Parameters
    ----------
    session : Session
        Of the page that shows it.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._stop = session.listen(self.hear)

    @property
    def content(self) -> Sequence[Viewable]:
        """What is shown, from top to bottom."""
        raise NotImplementedError

    def hear(self, events: Sequence[Event]) -> None:
        """Hear what jobs said; by default nothing follows from it."""

    def shows(self, job_id: str) -> bool:
        """Tell whether this job's end is seen here, so that nobody needs to be told of it."""
        return False

    def redraw(self) -> None:
        """The page shows the other mode: pictures that know their colors are drawn again."""

    def close(self) -> None:
        """Let go of the session."""
        self._stop()


def notice(model: Model, says: str = "problem", **params: Any) -> Notice:
    """Return a notice that shows the model's problem, or what its parameter `says` holds, while there is one."""
    problem = model.param[says]
    return Notice(problem=problem, visible=problem.rx.bool(), sizing_mode="stretch_width", **params)


class Trouble(Screen):
    """What is shown where a screen could not be opened."""

    def __init__(self, session: Session, problem: Mapping[str, Any]) -> None:
        super().__init__(session)
        self._problem = dict(problem)

    @property
    def content(self) -> Sequence[Viewable]:
        """The words of the error."""
        return [
            Heading(title="This cannot be shown", crumbs=[HOME], sizing_mode="stretch_width"),
            Notice(problem=self._problem, sizing_mode="stretch_width"),
        ]
