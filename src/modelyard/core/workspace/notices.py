"""Verbs on notices: what was asked for has ended."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from modelyard.core.jobs.notices import Notice, Notices
from modelyard.core.workspace.pages import Page

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace


class NoticeVerbs:
    """See which of this actor's jobs have ended: ``yard.notices``."""

    def __init__(self, yard: Workspace) -> None:
        self._actor = yard.actor.name
        self._notices = Notices(yard.job_store)

    def list(self, offset: int = 0, limit: int = 50) -> Page[Notice]:
        """Return notices, newest first; housekeeping and what the actor cancelled are left out."""
        items, total = self._notices.page(self._actor, offset, limit)
        return Page.of(items, total, offset)

    def unread(self) -> int:
        """Return how many were not marked as read."""
        return self._notices.unread(self._actor)

    def mark_read(self, until: datetime | None = None) -> None:
        """Mark as read what ended up to `until`, by default everything so far."""
        self._notices.mark_read(self._actor, until)
