"""The workspace itself: where it lies, what it takes, who works for it, its secrets, who did what."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from modelyard.core.common.errors import NotFound
from modelyard.ui.screen import Screen
from modelyard.ui.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = {
    "workspace": ("Workspace", "workspace_view", "WorkspaceScreen"),
    "storage": ("Storage", "storage_view", "StorageScreen"),
    "workers": ("Workers and checks", "workers_view", "WorkersScreen"),
    "secrets": ("Secrets", "secrets_view", "SecretsScreen"),
    "audit": ("Audit trail", "audit_view", "AuditScreen"),
}
"""Of each part by its key: what it is called, and the module and class of its screen."""


def open_screen(session: Session, args: Mapping[str, str]) -> Screen:
    """Open the part that the address names, else the first one."""
    part = args.get("part", "workspace")
    if part not in PARTS:
        raise NotFound(
            f"There is no part {part!r} of the settings.", possible=list(PARTS), remedy="Choose one of them."
        )
    _, module, name = PARTS[part]
    make: Callable[[Session], Screen] = getattr(import_module(f"{__name__}.{module}"), name)
    return make(session)
