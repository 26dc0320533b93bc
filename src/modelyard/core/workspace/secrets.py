"""Verbs on secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from modelyard.core.common.secret import Secret
from modelyard.core.storage.secrets import SecretInfo, SecretStore

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace


class SecretVerbs:
    """Keep passwords and keys: ``yard.secrets``. What was set is never shown again; only jobs can use it."""

    def __init__(self, yard: Workspace) -> None:
        self._yard = yard
        self._store = SecretStore(yard.database, yard.settings.secret_key, yard.clock)

    def set(self, name: str, value: str | Secret) -> None:
        """Keep a secret; one with that name is replaced.

        Parameters
        ----------
        name : str
            1 to 100 letters, digits, dots, underscores and hyphens.
        value : str or Secret
            Encrypted before it reaches the database.

        Raises
        ------
        InvalidInput
            If the name or the value cannot be used.
        Integrity
            If the key that other secrets were encrypted with is missing or is another one.
        """
        with self._yard.audit.recording("secrets.set", f"secret/{name}"):
            self._store.set(name, value, actor=self._yard.actor.name)

    def names(self) -> Sequence[str]:
        """Return the names of all secrets."""
        return tuple(info.name for info in self._store.list())

    def list(self) -> Sequence[SecretInfo]:
        """Return the names of all secrets, and who set them when."""
        return tuple(self._store.list())

    def delete(self, name: str) -> None:
        """Forget a secret, or raise `NotFound`."""
        with self._yard.audit.recording("secrets.delete", f"secret/{name}"):
            self._store.delete(name)
