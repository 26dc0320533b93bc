"""What has landed becomes a version of the dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from modelyard.core.common.errors import Conflict, NotFound
from modelyard.core.data_sources.streams.records import unpacked
from modelyard.core.data_sources.streams.store import LandedPart, StreamInfo, StreamStore
from modelyard.core.workspace.sifting import Sifted, sifted

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from modelyard.core.datasets.types import VersionInfo
    from modelyard.core.workspace.workspace import Workspace


TRIES = 3
"""How often a version is tried while others are made of the same dataset; later it is tried again anyway."""


def seal(yard: Workspace, store: StreamStore, stream_id: str) -> None:
    """Make versions of what has landed: of the records, and of those that were set aside.

    Killed at any line it leaves spare files at most, which cleaning knows.
    """
    info = store.get(stream_id)
    _seal(yard, store, info, "rows", _dataset(yard, info))
    _seal(yard, store, info, "rejected", f"{info.name}-rejected")


def _seal(yard: Workspace, store: StreamStore, info: StreamInfo, kind: str, dataset: str) -> None:
    """Try again where another version was made meanwhile."""
    for left in reversed(range(TRIES)):
        try:
            return _try_seal(yard, store, info, kind, dataset)
        except Conflict:
            if not left:
                raise


def _try_seal(yard: Workspace, store: StreamStore, info: StreamInfo, kind: str, dataset: str) -> None:
    from modelyard.core.datasets.growing import grow

    waiting = store.waiting(info.id, kind)
    if not waiting:
        return
    ids, landed = [row_id for row_id, _ in waiting], [part.key for _, part in waiting]
    found = sifted(yard, info, dataset, landed) if kind == "rows" else Sifted(tuple(landed))
    if not found.keys:
        with yard.database.write() as connection:
            _commit(store, info.id, ids, found.rejected, connection)
        return _drop(yard, landed)
    version = grow(
        yard.catalog,
        yard.artifacts,
        dataset,
        found.keys,
        origin={
            "kind": "stream",
            "file": f"{info.source}: {info.topic}",
            "source": info.source,
            "item": info.topic,
            "stream": info.name,
            "position": info.position,
        },
        actor=info.created_by,
        nested=_nested(info) if kind == "rows" else frozenset(),
        notes=found.notes,
        joined=partial(_together, yard, partial(_commit, store, info.id, ids, found.rejected)),
    )
    facts = {"dataset_id": version.dataset_id} if kind == "rows" else {}
    store.set(info.id, sealed_at=yard.clock.now(), **facts)
    _drop(yard, {*landed, *found.keys})


def _commit(
    store: StreamStore, stream_id: str, ids: Sequence[int], rejected: Sequence[LandedPart], connection: Connection
) -> None:
    store.sealed(connection, ids)
    if rejected:
        store.set_aside(connection, stream_id, rejected)


def _together(yard: Workspace, commit: Callable[[Connection], None], make: Callable[[], VersionInfo]) -> VersionInfo:
    with yard.database.joining(commit):
        return make()


def _drop(yard: Workspace, keys: Iterable[str]) -> None:
    """Remove files that are in a version now; their bytes bear the stream's mark, so nobody else has them."""
    for key in keys:
        yard.artifacts.delete(key)


def _dataset(yard: Workspace, info: StreamInfo) -> str:
    """Return the name that the dataset has now; it may have been renamed, or deleted."""
    if info.dataset_id is not None:
        try:
            return yard.catalog.get(info.dataset_id).name
        except NotFound:
            pass
    return info.name


def _nested(info: StreamInfo) -> frozenset[str]:
    import pyarrow as pa

    schema = unpacked(info.schema) if info.schema else pa.schema([])
    return frozenset(field.name for field in schema if pa.types.is_nested(field.type))
