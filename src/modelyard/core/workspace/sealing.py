"""What has landed becomes a version of the dataset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from modelyard.core.common.errors import Conflict, NotFound
from modelyard.core.data_sources.streams.records import unpacked
from modelyard.core.data_sources.streams.store import StreamInfo, StreamStore

if TYPE_CHECKING:
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
    keys = [part.key for _, part in waiting]
    version = grow(
        yard.catalog,
        yard.artifacts,
        dataset,
        keys,
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
        joined=partial(_together, yard, store, [row_id for row_id, _ in waiting]),
    )
    facts = {"dataset_id": version.dataset_id} if kind == "rows" else {}
    store.set(info.id, sealed_at=yard.clock.now(), **facts)
    for key in keys:  # their bytes bear the stream's mark, so nobody else has them
        yard.artifacts.delete(key)


def _together(yard: Workspace, store: StreamStore, ids: Sequence[int], make: Callable[[], VersionInfo]) -> VersionInfo:
    with yard.database.joining(lambda connection: store.sealed(connection, ids)):
        return make()


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
