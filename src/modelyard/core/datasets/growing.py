"""A dataset that grows: small files as records come, and now and then a version of few large ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from modelyard.core.common.errors import Conflict, NotFound
from modelyard.core.common.types import Json
from modelyard.core.datasets.catalog import Catalog
from modelyard.core.datasets.ingest import facts_of
from modelyard.core.datasets.kinds import suggest
from modelyard.core.datasets.names import repair
from modelyard.core.datasets.normalize import Normalizer
from modelyard.core.datasets.parts import ROWS_PER_PART, PartsWriter
from modelyard.core.datasets.rewrite import schema_of
from modelyard.core.datasets.types import Ingested, Part, VersionInfo
from modelyard.core.storage.artifacts import ArtifactStore

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 65_536


def land(table: pa.Table, artifacts: ArtifactStore, mark: str) -> Part:
    """Write a table to a file of its own, flushed to the disk.

    Parameters
    ----------
    table : pyarrow.Table
        Some rows.
    artifacts : ArtifactStore
        Where to.
    mark : str
        Who writes it, and its number: no other file in the store has the same bytes, so it can be removed safely.
    """
    import pyarrow.parquet as pq

    names, _ = repair(table.schema.names)
    normalizer = Normalizer(names, table.schema)
    schema = normalizer.schema.with_metadata({"modelyard.stream": mark})
    with artifacts.write(".parquet") as file, pq.ParquetWriter(file.path, schema, compression="zstd") as writer:
        for batch in table.to_batches():
            writer.write_batch(normalizer.batch(batch).cast(schema))
    return Part(file.artifact.key, table.num_rows, file.artifact.size)


def grow(
    catalog: Catalog,
    artifacts: ArtifactStore,
    name: str,
    keys: Sequence[str],
    *,
    origin: Json,
    actor: str,
    nested: frozenset[str] = frozenset(),
    notes: tuple[str, ...] = (),
    joined: Callable[[Callable[[], VersionInfo]], VersionInfo],
) -> VersionInfo:
    """Make the next version of a dataset: what its latest one holds, and behind it the rows of landed files.

    The rows are written to large parts; a last part of the version before that is not half full is written anew with
    them, so the number of parts stays in step with the number of rows. All other parts are shared.

    Parameters
    ----------
    catalog, artifacts
        Where to.
    name : str
        Of the dataset, which is made on first use.
    keys : sequence of str
        The landed files, in the order of their rows.
    origin, actor
        As of `Catalog.create_version`.
    nested : frozenset of str
        Columns that hold JSON of nested values.
    notes : tuple of str
        Of the version.
    joined : callable
        Calls the function that it is given, which makes the version, so that something else is committed with it.

    Raises
    ------
    Conflict
        If the latest version has other columns, or another version was made or deleted meanwhile.
    """
    import pyarrow.parquet as pq

    latest = _latest(catalog, name)
    schema = schema_of(artifacts.path(keys[-1]))
    fields = tuple((field.name, str(field.type)) for field in schema)
    if latest is not None:
        _check_columns(latest, fields)
    kept = _parts(artifacts, latest) if latest else []
    tail: list[Part] = []
    while kept and sum(part.rows for part in tail) + kept[-1].rows < ROWS_PER_PART // 2:
        tail.insert(0, kept.pop())
    files = [artifacts.path(key) for key in (*(part.key for part in tail), *keys)]

    def batches() -> Iterator[pa.RecordBatch]:
        for path in files:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(_ROWS, use_threads=False):
                    yield batch.replace_schema_metadata(None)

    with PartsWriter(artifacts, schema) as writer:
        writer.write(batches())
    parts = (*kept, *writer.parts())
    columns = latest.columns if latest else suggest(fields, facts_of(writer.parts(), fields, artifacts), nested)
    ingested = Ingested(parts, columns, sum(part.rows for part in parts), origin, notes)
    parents = [latest.id] if latest else []
    behind = latest.id if latest else ""
    return joined(lambda: catalog.create_version(name, ingested, actor=actor, parents=parents, behind=behind))


def _check_columns(latest: VersionInfo, fields: Sequence[tuple[str, str]]) -> None:
    """Refuse to grow what has other columns by now: somebody has imported something else under the same name."""
    there = [(column.name, column.type) for column in latest.columns]
    if there == list(fields):
        return
    ours, theirs = (", ".join(f"{name} {type_}" for name, type_ in some[:20]) for some in (list(fields), there))
    raise Conflict(
        f"Version {latest.number} has other columns than the records that have landed: {theirs} instead of {ours}.",
        where=latest.dataset_name,
        remedy="Delete that version; the records wait until then.",
    )


def _latest(catalog: Catalog, name: str) -> VersionInfo | None:
    try:
        return catalog.version(name)
    except NotFound:
        return None


def _parts(artifacts: ArtifactStore, version: VersionInfo) -> list[Part]:
    try:
        found = json.loads(artifacts.read_bytes(f"{version.hash}.json"))["parts"]
    except NotFound:
        raise Conflict("The dataset was deleted while it grew.", where=version.dataset_name) from None
    return [Part(**each) for each in found]
