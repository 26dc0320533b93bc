"""What this person's jobs came to: the state behind the bell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import param

from modelyard.core.common.types import Json
from modelyard.core.jobs.notices import Notice
from modelyard.ui import format as fmt
from modelyard.ui.model import Model
from modelyard.ui.progress import outcome
from modelyard.ui.routing import to

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace

SHOWN = 20


class Notices(Model):
    """The newest notices of an actor; they are read once somebody wants to see them, their number always.

    Parameters
    ----------
    unread : int
        How many were not marked as read.
    items : tuple of Notice
        The newest.
    """

    unread = param.Integer(default=0)
    items = param.ClassSelector(class_=tuple, default=())

    def __init__(self, yard: Workspace, **params: Any) -> None:
        super().__init__(yard, **params)
        self._seen = False

    def load(self) -> None:
        """Count, and read the list if it was opened before."""
        with self.attempt():
            items = self.yard.notices.list(limit=SHOWN).items if self._seen else ()
            self.param.update(unread=self.yard.notices.unread(), items=items)

    def open(self) -> None:
        """Somebody looks."""
        self._seen = True
        self.load()

    def mark_read(self) -> None:
        """Mark all that is shown as read; what ended since stays unread."""
        if self.items:
            with self.attempt():
                self.yard.notices.mark_read(self.items[0].at)
            self.load()

    def place(self, job_id: str) -> str:
        """Return where what a job made can be seen, or else the job."""
        with self.attempt():
            made = outcome(self.yard.jobs.get(job_id))
            if made is not None:
                return made[1]
        return to("jobs", job=job_id)


def notice_item(notice: Notice) -> Json:
    """Return a notice as the bell shows it."""
    return {
        "job": notice.job_id,
        "title": notice.title,
        "message": notice.message,
        "unread": notice.unread,
        "when": fmt.ago(notice.at)["text"],
        **fmt.state(notice.state),
    }
