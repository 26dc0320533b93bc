"""One registry per extension kind: lists without importing, imports what is used."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from modelyard.core.common.errors import AlreadyExists, MissingExtra, NotFound
from modelyard.core.common.optional import available, install_line


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of an extension before it is imported.

    Parameters
    ----------
    name : str
        Unique within its registry, for instance ``lightgbm``.
    summary : str
        One line for lists and help.
    target : str
        ``package.module:attribute`` of the implementation.
    requires : str, optional
        The module without which it cannot work, for instance ``torch``.
    extra : str, optional
        The extra of this package that brings `requires`.
    """

    name: str
    summary: str
    target: str
    requires: str | None = None
    extra: str | None = None

    @property
    def installed(self) -> bool:
        """Whether its dependency is there; looks, never imports."""
        return self.requires is None or available(self.requires)

    def load(self) -> Any:
        """Import and return the implementation.

        Raises
        ------
        MissingExtra
            If its dependency is not installed.
        """
        if not self.installed:
            raise MissingExtra(
                f"{self.name!r} needs the package {self.requires!r}, which is not installed.",
                remedy=f"Install it with: {install_line(self.extra)}" if self.extra else None,
            )
        module, _, attribute = self.target.partition(":")
        return getattr(importlib.import_module(module), attribute)


class Registry:
    """Names to extensions of one kind.

    Parameters
    ----------
    kind : str
        What its members are called in an error, for instance ``estimator``.
    group : str
        Entry-point group through which other packages add members. An entry point resolves to an
        `Entry`; it is read at the first look-up.

    Examples
    --------
    >>> things = Registry("thing", group="modelyard.things")
    >>> things.add(Entry("path", "A path.", "pathlib:Path"))
    >>> things.names()
    ('path',)
    >>> things.get("path").load().__name__
    'Path'
    """

    def __init__(self, kind: str, *, group: str) -> None:
        self.kind = kind
        self.group = group
        self._entries: dict[str, Entry] = {}
        self._discovered = False

    def add(self, entry: Entry) -> None:
        """Add a member.

        Raises
        ------
        AlreadyExists
            If the name is taken.
        """
        if entry.name in self._entries:
            raise AlreadyExists(f"There is already {self.kind} {entry.name!r}.")
        self._entries[entry.name] = entry

    def _discover(self) -> None:
        if not self._discovered:
            self._discovered = True
            for point in entry_points(group=self.group):
                self.add(point.load())

    def get(self, name: str) -> Entry:
        """Return the member called `name`, or raise `NotFound`."""
        self._discover()
        try:
            return self._entries[name]
        except KeyError:
            raise NotFound.named(self.kind, name, self._entries) from None

    def names(self) -> tuple[str, ...]:
        """Return the names in the order they were added."""
        self._discover()
        return tuple(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        self._discover()
        return iter(tuple(self._entries.values()))
