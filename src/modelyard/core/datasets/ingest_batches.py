"""From Arrow batches, wherever they come from, to Parquet parts in the artifact store: bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.types import Json
from modelyard.core.datasets.ingest import facts_of
from modelyard.core.datasets.kinds import suggest
from modelyard.core.datasets.names import repair
from modelyard.core.datasets.normalize import Normalizer
from modelyard.core.datasets.parts import PartsWriter
from modelyard.core.datasets.room import room_told
from modelyard.core.datasets.types import Ingested
from modelyard.core.storage.artifacts import ArtifactStore

if TYPE_CHECKING:
    import pyarrow as pa


def ingest_batches(
    batches: Iterator[pa.RecordBatch],
    artifacts: ArtifactStore,
    *,
    origin: Json,
    on_rows: Callable[[int], None] = lambda rows: None,
) -> Ingested:
    """Import batches of one schema; the same rows give the same parts, however they are cut into batches.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        At least one, which may be empty.
    artifacts : ArtifactStore
        Where the parts are kept. An import that fails keeps nothing.
    origin : dict
        Where the rows come from, for the version.
    on_rows : callable, optional
        Called with how many rows there are by now.

    Raises
    ------
    InvalidInput
        If there are no rows, or values do not fit the types that a version keeps.
    Unavailable
        If the disk is full or may not be written to.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from modelyard.core.storage.artifacts import ArtifactStore
    >>> rows = pa.table({"city": ["Ulm", "Köln"], "height": [478, 37]})
    >>> store = ArtifactStore(getfixture("tmp_path") / "artifacts")
    >>> found = ingest_batches(iter(rows.to_batches()), store, origin={"kind": "example"})
    >>> found.rows, [column.kind for column in found.columns]
    (2, ['category', 'integer'])
    """
    first = next(batches)
    names, notes = repair(first.schema.names)
    normalizer = Normalizer(names, first.schema)
    with room_told(artifacts.root, lambda share, message: None), PartsWriter(artifacts, normalizer.schema) as writer:
        for batch in chain([first], batches):
            writer.write([normalizer.batch(batch)])
            on_rows(writer.rows)
        if not writer.rows or not names:
            raise InvalidInput("There are no rows to import.", where=str(origin.get("file", "")) or None)
    return Ingested(
        parts=writer.parts(),
        columns=suggest(normalizer.fields, facts_of(writer.parts(), normalizer.fields, artifacts), normalizer.nested),
        rows=writer.rows,
        origin=origin,
        notes=(*notes, *normalizer.notes(writer.nan_columns)),
    )
