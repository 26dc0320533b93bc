"""What the importer of one kind of file hands over."""

from __future__ import annotations

from dataclasses import dataclass, field

from modelyard.core.common.types import Json
from modelyard.core.datasets.types import Part


@dataclass(frozen=True, slots=True)
class RawTable:
    """Parts in the store, before anything is known of what the columns mean.

    Parameters
    ----------
    parts : tuple of Part
        In the order of the rows.
    fields : tuple of (str, str)
        Name and Arrow type of each column.
    rows : int
        In all parts.
    size, sha256 : int, str
        Of the file.
    options : dict
        How it was read.
    notes : tuple of str
        What was done to the data.
    nested : frozenset of str
        Columns of JSON text that were nested in the file.
    """

    parts: tuple[Part, ...]
    fields: tuple[tuple[str, str], ...]
    rows: int
    size: int
    sha256: str
    options: Json
    notes: tuple[str, ...]
    nested: frozenset[str] = field(default_factory=frozenset)
