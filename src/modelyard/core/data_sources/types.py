"""What sources answer: frozen, without any driver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from modelyard.core.data_sources.paths import format_path

BATCH_ROWS = 65_536
"""Rows of a batch, where nothing else is asked for."""

MODES = ("create", "append", "replace")
"""How to write: into a new item, behind what is there, or in its place."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a source is.

    Parameters
    ----------
    reachable : bool
        Whether something answers.
    allowed : bool
        Whether it lets us in.
    latency_s : float
        Seconds until the answer.
    message : str
        What is wrong, or that all is well.
    version : str
        What answered.
    """

    reachable: bool
    allowed: bool
    latency_s: float
    message: str
    version: str = ""

    @property
    def healthy(self) -> bool:
        """Whether it can be used."""
        return self.reachable and self.allowed


@dataclass(frozen=True, slots=True)
class Item:
    """Something in a source.

    Parameters
    ----------
    path : tuple of str
        From the root of the source.
    kind : str
        ``database``, ``schema``, ``table``, ``collection``, ``view``, ``bucket``, ``folder`` or ``file``.
    rows, bytes : int, optional
        Where the source knows at once; rows may be an estimate.
    modified_at : datetime, optional
        Of a file.
    """

    path: tuple[str, ...]
    kind: str
    rows: int | None = None
    bytes: int | None = None
    modified_at: datetime | None = None

    @property
    def name(self) -> str:
        """Its last part."""
        return self.path[-1]

    @property
    def text(self) -> str:
        """Its path as one text, which every verb takes."""
        return format_path(self.path)

    @property
    def opens(self) -> bool:
        """Whether other items are in it."""
        return self.kind in ("database", "schema", "bucket", "folder")

    @property
    def reads(self) -> bool:
        """Whether it holds rows."""
        return self.kind not in ("database", "schema", "bucket")


@dataclass(frozen=True, slots=True)
class Listing:
    """Some items of a level, and whether more come after them.

    Examples
    --------
    >>> listing = Listing((Item(("main", "a/b"), "table"),), more=False)
    >>> [item.text for item in listing]
    ['main/a%2Fb']
    """

    items: tuple[Item, ...]
    more: bool
    offset: int = 0

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column as it would be read: its name and its Arrow type as text."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class FileAt:
    """A file as a source has it, and when it was written."""

    path: str
    time_ns: int
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """What a source is asked in its own language, in place of an item.

    Parameters
    ----------
    text : str
        One statement that returns rows.
    """

    text: str
