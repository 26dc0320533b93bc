"""Parts made of parts: rows chosen and columns brought to other types by DuckDB, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.datasets.duck import as_strings, connection, one_row, parts_table
from modelyard.core.datasets.parts import PartsWriter
from modelyard.core.datasets.types import Part
from modelyard.core.storage.artifacts import ArtifactStore

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 65_536


def schema_of(part: Path) -> pa.Schema:
    """Return names and types of the columns of a part, without what only the part needs to know."""
    import pyarrow.parquet as pq

    return pq.read_schema(part).remove_metadata()


def sql_types(schema: pa.Schema) -> list[str]:
    """Return the types of a schema as DuckDB has them.

    Examples
    --------
    >>> import pyarrow as pa
    >>> sql_types(pa.schema([("a", pa.int64()), ("b", pa.timestamp("us", "UTC"))]))
    ['BIGINT', 'TIMESTAMP WITH TIME ZONE']
    """
    plain = schema.empty_table().rename_columns([f"c{i}" for i in range(len(schema))])
    with connection() as con:
        return [str(kind) for kind in con.from_arrow(plain).types]


def rewritten(
    paths: Sequence[Path],
    select: Iterable[str],
    schema: pa.Schema,
    artifacts: ArtifactStore,
    *,
    width: int,
    where: str = "true",
    parameters: Sequence[Any] = (),
) -> tuple[Part, ...]:
    """Write what a SELECT makes of some parts as new parts, in the order of their rows.

    Parameters
    ----------
    paths : sequence of Path
        Parts of one schema.
    select : iterable of str
        An SQL expression for each field of `schema`; the columns of the parts are ``c0``, ``c1``, …
    schema : pyarrow.Schema
        Of the result.
    artifacts : ArtifactStore
        Where it is kept.
    width : int
        How many columns the parts have.
    where : str
        Which rows; may end in a QUALIFY.
    parameters : sequence
        For the question marks of `where`.
    """
    import pyarrow as pa

    chosen = ", ".join(f"{each} AS x{place}" for place, each in enumerate(select))
    query = f"SELECT {chosen} FROM {parts_table(width)} WHERE {where}"  # noqa: S608  (columns by position)
    with connection() as con, PartsWriter(artifacts, schema) as writer:
        batches: Any = con.execute(query, [as_strings(paths), *parameters]).to_arrow_reader(_BATCH)
        for batch in batches:
            arrays = [
                column if column.type == field.type else column.cast(field.type)
                for column, field in zip(batch.columns, schema, strict=True)
            ]
            writer.write([pa.RecordBatch.from_arrays(arrays, schema=schema)])
    return writer.parts()


def counted(
    paths: Sequence[Path], facts: Sequence[str], *, width: int, where: str = "true", parameters: Sequence[Any] = ()
) -> tuple[Any, ...]:
    """Return aggregates over some parts."""
    query = f"SELECT {', '.join(facts)} FROM {parts_table(width)} WHERE {where}"  # noqa: S608  (columns by position)
    with connection() as con:
        return one_row(con, query, [as_strings(paths), *parameters])
