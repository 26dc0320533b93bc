"""What travels: columns, versions and datasets as frozen values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from modelyard.core.common.types import Json

KINDS = (
    "integer",
    "number",
    "boolean",
    "category",
    "text",
    "date",
    "datetime",
    "time",
    "duration",
    "binary",
    "nested",
)
"""What a column means, beyond how it is stored."""

ROLES = ("feature", "target", "id", "group", "time", "weight", "ignore")
"""What a column is used for."""


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """One column of a version.

    Parameters
    ----------
    name : str
        As in the data; names are unique within a version.
    type : str
        The Arrow type as text, for instance ``int64`` or ``timestamp[us]``.
    kind : str
        One of `KINDS`.
    role : str
        One of `ROLES`.
    suggested : bool
        Whether the role is our guess; False once a person has set it.
    """

    name: str
    type: str
    kind: str
    role: str = "feature"
    suggested: bool = True

    def to_json(self) -> Json:
        """Return JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Json) -> ColumnInfo:
        """Rebuild from `to_json`."""
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file of a version.

    Parameters
    ----------
    key : str
        Its name in the artifact store.
    rows : int
        Rows in it.
    bytes : int
        Its size.
    """

    key: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an import made: parts in the artifact store, not yet a version.

    Parameters
    ----------
    parts : tuple of Part
        In the order of the rows.
    columns : tuple of ColumnInfo
        Types as stored, kinds and roles as suggested.
    rows : int
        In all parts together.
    origin : dict
        ``kind``, ``file``, ``size``, ``sha256`` of the file; the ``options`` it was read with, and those ``given``.
    notes : tuple of str
        What was done to the data, in sentences.
    """

    parts: tuple[Part, ...]
    columns: tuple[ColumnInfo, ...]
    rows: int
    origin: Json
    notes: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """Size of all parts together."""
        return sum(part.bytes for part in self.parts)


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """One version of a dataset, as the catalog knows it.

    Parameters
    ----------
    id, dataset_id, dataset_name : str
        Its own id and its dataset.
    number : int
        From 1.
    hash : str
        SHA-256 of the canonical manifest.
    rows, bytes : int
        Of all parts together.
    columns : tuple of ColumnInfo
        With roles as they are now.
    parts : tuple of str
        Artifact keys of the Parquet parts, in the order of the rows.
    origin : dict
        Where the rows came from; see `Ingested`.
    notes : tuple of str
        What was done to the data, in sentences.
    created_at : datetime
        In UTC.
    created_by : str
        Name of the actor.
    parents : tuple of str
        Ids of the versions that this one was made from.
    profile_key, quality_key, relations_key : str, optional
        Artifact keys of the profile, of what the last check found, and of how the columns hang together; None if there
        is none yet.
    tags : tuple of str
        Words that people gave it, in the order of the alphabet.
    """

    id: str
    dataset_id: str
    dataset_name: str
    number: int
    hash: str
    rows: int
    bytes: int
    columns: tuple[ColumnInfo, ...]
    parts: tuple[str, ...]
    origin: Json
    notes: tuple[str, ...]
    created_at: datetime
    created_by: str
    parents: tuple[str, ...] = ()
    profile_key: str | None = None
    quality_key: str | None = None
    tags: tuple[str, ...] = ()
    relations_key: str | None = None


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """A named dataset and its latest version."""

    id: str
    name: str
    description: str
    created_at: datetime
    created_by: str
    latest: VersionInfo | None
    n_versions: int


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is known of a version that was deleted: what it was and where it came from, no longer its rows.

    Parameters
    ----------
    id, dataset_id, dataset_name : str
        As they were.
    number, rows : int
        Of the version; the number is not given again.
    hash : str
        SHA-256 of its canonical manifest.
    origin, parents
        Where its rows came from; see `VersionInfo`.
    created_at, created_by, deleted_at, deleted_by
        Who made and who deleted it, and when.
    """

    id: str
    dataset_id: str
    dataset_name: str
    number: int
    hash: str
    rows: int
    origin: Json
    parents: tuple[str, ...]
    created_at: datetime
    created_by: str
    deleted_at: datetime
    deleted_by: str
