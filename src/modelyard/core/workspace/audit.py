"""Verbs on the audit trail."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from modelyard.core.storage.audit import AuditEntry, AuditLog
from modelyard.core.workspace.pages import Page

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace


class AuditVerbs:
    """Look at who did what: ``yard.audit``."""

    def __init__(self, yard: Workspace) -> None:
        self._actor = yard.actor.name
        self._log = AuditLog(yard.database, yard.clock)

    def list(
        self,
        offset: int = 0,
        limit: int = 50,
        *,
        actor: str | None = None,
        subject: str | None = None,
        verb: str | None = None,
    ) -> Page[AuditEntry]:
        """Return what was done, newest first.

        Parameters
        ----------
        actor : str, optional
            Only what this actor did.
        subject : str, optional
            Only what was done to this, for instance ``dataset/bank``.
        verb : str, optional
            Only this call, for instance ``datasets.rename``.
        """
        items, total = self._log.page(offset, limit, actor=actor, subject=subject, verb=verb)
        return Page.of(items, total, offset)

    def recording(self, verb: str, subject: str, **details: Any) -> AbstractContextManager[None]:
        """Record one row with the change that the block makes: every verb that changes something is such a block.

        Parameters
        ----------
        verb : str
            The public call.
        subject : str
            ``kind/name`` of what is changed.
        **details : JSON values
            What else is worth knowing; never a secret.
        """
        return self._log.recording(self._actor, verb, subject, details)
