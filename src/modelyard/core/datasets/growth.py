"""Versions that grow: new rows behind the old ones, or in their place where the key is the same.

A version shares the parts that did not change with the one before. Rows that are replaced cost rewriting the parts in
which they were, and a look at the key columns of the others; memory holds the new keys, and spills beyond its limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.common.types import Json
from modelyard.core.datasets.contract import Fitted
from modelyard.core.datasets.duck import as_strings, parts_table
from modelyard.core.datasets.rewrite import counted, rewritten, schema_of, sql_types
from modelyard.core.datasets.types import Ingested, Part, VersionInfo
from modelyard.core.storage.artifacts import ArtifactStore

if TYPE_CHECKING:
    import pyarrow as pa

_ORDERED = ("int", "uint", "float", "double", "decimal", "date", "timestamp", "string")


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far an incremental import has come: O(1), whatever came before.

    Parameters
    ----------
    value : str, int, float or bool
        The greatest value so far, as a filter takes it.
    ties : str
        How many rows have that value, and a digest of them: whether others came since is known by that.
    """

    value: Any
    ties: str

    def to_json(self) -> Json:
        """Return JSON values."""
        return {"value": self.value, "ties": self.ties}


def cursor_of(read: Ingested, column: str, artifacts: ArtifactStore) -> Cursor | None:
    """Return how far some rows come; None if none of them has a value.

    Raises
    ------
    NotFound
        If there is no such column.
    InvalidInput
        If its values have no order.
    """
    paths = [artifacts.path(part.key) for part in read.parts]
    schema = schema_of(paths[0])
    place = _place(schema, column)
    if not str(schema.field(place).type).startswith(_ORDERED):
        raise InvalidInput(
            f"Column {column!r} cannot be a cursor: {schema.field(place).type} has no order.",
            remedy="Choose a number, a date or a time that grows with each new or changed row.",
        )
    (greatest,) = counted(paths, [f"max(c{place})"], width=len(schema))
    if greatest is None:
        return None
    return Cursor(_plain(greatest), ties_at(read, column, _plain(greatest), artifacts))


def ties_at(read: Ingested, column: str, value: Any, artifacts: ArtifactStore) -> str:
    """Return how many rows have a value, and a digest of them that depends neither on their order nor on types."""
    paths = [artifacts.path(part.key) for part in read.parts]
    schema = schema_of(paths[0])
    all_columns = ", ".join(f"CAST(c{i} AS VARCHAR)" for i in range(len(schema)))
    at = f"c{_place(schema, column)} = CAST(? AS {sql_types(schema)[_place(schema, column)]})"
    facts = ["count(*)", f"coalesce(sum(hash({all_columns})), 0)"]
    count, digest = counted(paths, facts, width=len(schema), where=at, parameters=[value])
    return f"{count}:{int(digest):x}"


def beyond(fitted: Fitted, column: str, value: Any, artifacts: ArtifactStore, *, ties: bool) -> Fitted:
    """Leave out the rows before a value of the cursor, and without `ties` those at it: the dataset has them already."""
    schema, place = fitted.schema, _place(fitted.schema, column)
    where = f"c{place} {'>=' if ties else '>'} CAST(? AS {sql_types(schema)[place]})"
    return replace(fitted, ingested=_chosen(fitted, artifacts, where, [value]))


def once(fitted: Fitted, key: Sequence[str], column: str, artifacts: ArtifactStore) -> Fitted:
    """Keep one row for each key: that with the greatest value of the cursor column.

    Raises
    ------
    NotFound
        If there is no such column.
    InvalidInput
        If a row has no value in its key.
    """
    if not fitted.ingested.parts:
        return fitted
    keys = ", ".join(f"c{_place(fitted.schema, name)}" for name in key)
    missing = " OR ".join(f"c{_place(fitted.schema, name)} IS NULL" for name in key)
    paths = [artifacts.path(part.key) for part in fitted.ingested.parts]
    facts = [f"count(*) FILTER (WHERE {missing})", f"count(DISTINCT ({keys}))", "count(*)"]
    without, distinct, rows = counted(paths, facts, width=len(fitted.schema))
    if without:
        raise InvalidInput(
            f"{without:,} rows have no value in the key {', '.join(key)}.",
            remedy="Choose columns that are never empty.",
        )
    if distinct == rows:
        return fitted
    newest = f" ORDER BY c{_place(fitted.schema, column)} DESC NULLS LAST" if column in fitted.schema.names else ""
    where = f"true QUALIFY row_number() OVER (PARTITION BY {keys}{newest}) = 1"
    told = f"{rows - distinct:,} rows had a key that came again later, and gave way to it."
    chosen = _chosen(fitted, artifacts, where, [])
    return replace(fitted, ingested=replace(chosen, notes=(*chosen.notes, told)))


def grown(
    base: VersionInfo,
    fitted: Fitted,
    artifacts: ArtifactStore,
    *,
    key: Sequence[str] = (),
    at: tuple[str, Any] | None = None,
) -> Ingested:
    """Return the rows of a version with new ones behind them.

    Parameters
    ----------
    base : VersionInfo
        The version before.
    fitted : Fitted
        The new rows.
    key : sequence of str
        Old rows with the key of a new one go.
    at : tuple, optional
        A column and a value: old rows that have it go.
    """
    old = _in_schema(base, fitted.schema, artifacts)
    if key and fitted.ingested.parts:
        fresh = as_strings([artifacts.path(part.key) for part in fitted.ingested.parts])
        places = [_place(fitted.schema, name) for name in key]
        of_new = ", ".join(f"c{place}" for place in places)
        gone = f"({of_new}) IN (SELECT ({of_new}) FROM {parts_table(len(fitted.schema))})"  # noqa: S608
        old = _without(old, gone, [fresh], fitted.schema, artifacts)
    elif at is not None:
        place = _place(fitted.schema, at[0])
        gone = f"c{place} = CAST(? AS {sql_types(fitted.schema)[place]})"
        old = _without(old, gone, [at[1]], fitted.schema, artifacts)
    parts = (*old, *fitted.ingested.parts)
    before = {(column.name, column.type): column for column in base.columns}
    columns = tuple(before.get((each.name, each.type), each) for each in fitted.ingested.columns)
    return replace(fitted.ingested, parts=parts, rows=sum(part.rows for part in parts), columns=columns)


def _in_schema(base: VersionInfo, schema: pa.Schema, artifacts: ArtifactStore) -> list[Part]:
    """Return the parts of a version, written anew only where a column was added or became wider."""
    own = schema_of(artifacts.path(base.parts[0]))
    if own == schema:
        return [_part(key, artifacts) for key in base.parts]
    place = {name: number for number, name in enumerate(own.names)}
    select = [
        f"CAST(c{place[name]} AS {type_})" if name in place else f"CAST(NULL AS {type_})"
        for name, type_ in zip(schema.names, sql_types(schema), strict=True)
    ]
    paths = [artifacts.path(key) for key in base.parts]
    return list(rewritten(paths, select, schema, artifacts, width=len(own)))


def _without(
    parts: Sequence[Part], gone: str, parameters: Sequence[Any], schema: pa.Schema, artifacts: ArtifactStore
) -> list[Part]:
    """Return parts without some rows; those in which none of them was stay as they are."""
    kept: list[Part] = []
    select = [f"c{i}" for i in range(len(schema))]
    for part in parts:
        path = [artifacts.path(part.key)]
        (found,) = counted(path, ["count(*)"], width=len(schema), where=gone, parameters=parameters)
        if found == 0:
            kept.append(part)
        elif found < part.rows:
            where = f"({gone}) IS NOT TRUE"
            kept += rewritten(path, select, schema, artifacts, width=len(schema), where=where, parameters=parameters)
    return kept


def _chosen(fitted: Fitted, artifacts: ArtifactStore, where: str, parameters: Sequence[Any]) -> Ingested:
    paths = [artifacts.path(part.key) for part in fitted.ingested.parts]
    select = [f"c{i}" for i in range(len(fitted.schema))]
    width = len(fitted.schema)
    parts = rewritten(paths, select, fitted.schema, artifacts, width=width, where=where, parameters=parameters)
    return replace(fitted.ingested, parts=parts, rows=sum(part.rows for part in parts))


def _part(key: str, artifacts: ArtifactStore) -> Part:
    import pyarrow.parquet as pq

    path = artifacts.path(key)
    return Part(key, pq.read_metadata(path).num_rows, path.stat().st_size)


def _place(schema: pa.Schema, name: str) -> int:
    if name not in schema.names:
        raise NotFound.named("column", name, schema.names)
    return int(schema.get_field_index(name))


def _plain(value: Any) -> Any:
    """Return a value as a filter and JSON take it.

    A time is written as short as can be: where a source compares texts, no row at it is left out then.
    """
    if isinstance(value, bool | int | float | str):
        return value
    if not isinstance(value, datetime):
        return str(value)
    text, plus, zone = value.isoformat(" ").partition("+")
    return (text.rstrip("0") if "." in text else text) + plus + zone
