"""An item or a query's answer becomes a dataset version with its profile: all of it, or what is new."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import NotFound
from modelyard.core.common.types import Json
from modelyard.core.data_sources.base import BaseSource
from modelyard.core.data_sources.types import Query
from modelyard.core.datasets.types import Ingested, VersionInfo
from modelyard.core.jobs.context import JobContext
from modelyard.core.workspace.tasks.import_file import profiled
from modelyard.core.workspace.tasks.opening import open_workspace
from modelyard.core.workspace.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

MODIFIED = "@modified"
"""In place of a cursor column: the time at which files were changed."""

_SPEC = ("item", "query", "columns", "filter", "incremental", "key", "contract")


@dataclass(frozen=True, slots=True)
class _Start:
    """Where an import begins: at the version before and its cursor, or from nothing."""

    base: VersionInfo | None = None
    cursor: Json | None = None


def run(context: JobContext) -> Json:
    """Read the source batch by batch; write the version, with how far it came, last."""
    from modelyard.core.datasets.recipes import Recipes

    yard = open_workspace(context)
    source = yard.sources.get(context.params["source"]).opened()
    spec = {name: context.params[name] for name in _SPEC if context.params.get(name)}
    recipes = Recipes(yard.database, yard.clock)
    start = _start(yard, recipes, context.params, spec)
    context.progress(None, f"Asking {source.name}")
    scratch = yard.settings.run / context.job.id
    try:
        read, cursor = _read(context, yard, source, scratch, start)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    base = None if start.base is None else start.base.id

    def save(connection: Any) -> None:
        recipes.save(connection, context.params["name"], context.params["source"], spec, cursor, base=base)

    if read is None and start.base is not None:
        with yard.database.write() as connection:  # the contract may be another one from now on
            save(connection)
        nothing = "Nothing is new"
        return {"dataset_id": start.base.dataset_id, "number": start.base.number, "message": nothing}
    assert read is not None
    landed = _landed(yard, context.params, start, read)
    return profiled(context, yard, landed, save=save, parents=[start.base.id] if start.base else [])


def _start(yard: Workspace, recipes: Any, params: Json, spec: Json) -> _Start:
    """Return where to begin: at the cursor, if the newest version is the one that it belongs to."""
    recipe = recipes.get(params["name"])
    if recipe is None or recipe.cursor is None or not recipe.same(params["source"], spec):
        return _Start()
    try:
        latest = yard.catalog.version(params["name"])
    except NotFound:
        return _Start()
    return _Start(latest, recipe.cursor) if latest.id == recipe.version_id else _Start()


def _origin(source: BaseSource, params: Json) -> Json:
    return {
        "kind": "source",
        "file": f"{source.name}: {params['item'] or 'a query'}",
        "source": source.name,
        "source_kind": source.kind,
        "address": source.address,
        **{name: params[name] for name in _SPEC if params.get(name)},
    }


def _read(
    context: JobContext, yard: Workspace, source: BaseSource, scratch: Path, start: _Start
) -> tuple[Ingested | None, Json | None]:
    """Return the rows that are read, and how far that comes; no rows if nothing is new."""
    params = context.params
    if params.get("incremental") == MODIFIED:
        return _changed_files(context, yard, source, start)
    if params.get("incremental"):
        return _newer_rows(context, yard, source, start)
    return _everything(context, yard, source, scratch), None


def _everything(context: JobContext, yard: Workspace, source: BaseSource, scratch: Path) -> Ingested:
    from modelyard.core.datasets.ingest import ingest_file

    params, origin = context.params, _origin(source, context.params)
    if params["item"] and not params["columns"] and not params["filter"]:
        file = source.local_copy(params["item"], scratch)
        if file is not None:  # text and workbooks are read with all that imports of files know
            found = ingest_file(
                file, yard.artifacts, on_progress=lambda share, message: context.progress(None, message)
            )
            return Ingested(found.parts, found.columns, found.rows, {**found.origin, **origin}, found.notes)
    return _ingested(context, yard, source.read(_what(params), params["columns"], params["filter"]), origin)


def _newer_rows(
    context: JobContext, yard: Workspace, source: BaseSource, start: _Start
) -> tuple[Ingested | None, Json | None]:
    """Read from the cursor on, the rows at it too: others may have come to them since."""
    from modelyard.core.datasets.growth import cursor_of, ties_at

    params, column = context.params, context.params["incremental"]
    known = start.cursor
    newer = [] if known is None else [[column, ">=", known["value"]]]
    batches = source.read(_what(params), params["columns"], [*(params["filter"] or ()), *newer])
    first = next(batches, None)
    while first is not None and not first.num_rows and known is not None:
        first = next(batches, None)
    if first is None:
        return None, known
    read = _ingested(context, yard, _again(first, batches), _origin(source, params))
    cursor = cursor_of(read, column, yard.artifacts)
    if known is None:
        return read, cursor.to_json() if cursor else None
    if cursor is None:
        return None, known
    same = ties_at(read, column, known["value"], yard.artifacts) == known["ties"]
    if same and cursor.value == known["value"]:
        return None, known
    origin = {**read.origin, "since": known["value"], "at_cursor": "known" if same else "read again"}
    return replace(read, origin=origin), cursor.to_json()


def _changed_files(
    context: JobContext, yard: Workspace, source: BaseSource, start: _Start
) -> tuple[Ingested | None, Json | None]:
    """Read the files that were written since."""
    from modelyard.core.data_sources.changed import FilesCursor, changed, files_of

    params = context.params
    files, cursor = changed(files_of(source), params["item"], FilesCursor.from_json(start.cursor))
    if not files and start.base is not None:
        return None, start.cursor
    origin = {**_origin(source, params), "files": len(files)}
    batches = files_of(source).read_files(params["item"], files, params["columns"], params["filter"])
    return _ingested(context, yard, batches, origin), cursor.to_json()


def _landed(yard: Workspace, params: Json, start: _Start, read: Ingested) -> Ingested:
    """Return what the version holds: under its contract, behind the rows or in their place."""
    from modelyard.core.datasets.contract import Fitted, fit
    from modelyard.core.datasets.growth import beyond, grown, once
    from modelyard.core.datasets.rewrite import schema_of

    base = start.base or _latest(yard, params["name"])
    key, column = params.get("key") or (), params.get("incremental") or ""
    grows = start.base is not None
    if base is None:
        fitted = Fitted(read, schema_of(yard.artifacts.path(read.parts[0].key)))
    else:
        fitted = fit(read, base, params.get("contract") or "evolve", yard.artifacts, grows=grows)
    at = None
    if start.base is not None and start.cursor is not None and column != MODIFIED:
        value, known = start.cursor["value"], read.origin["at_cursor"] == "known"
        fitted = beyond(fitted, column, value, yard.artifacts, ties=not known)
        at = None if known else (column, value)
    if key:
        fitted = once(fitted, key, column, yard.artifacts)
    if start.base is None:
        return fitted.ingested
    landed = grown(start.base, fitted, yard.artifacts, key=key, at=at)
    return replace(landed, origin={**landed.origin, "new_rows": fitted.ingested.rows})


def _latest(yard: Workspace, name: str) -> VersionInfo | None:
    try:
        return yard.catalog.version(name)
    except NotFound:
        return None


def _what(params: Json) -> str | Query:
    return Query(params["query"]) if params["query"] else str(params["item"])


def _again(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest


def _ingested(context: JobContext, yard: Workspace, batches: Iterator[pa.RecordBatch], origin: Json) -> Ingested:
    from modelyard.core.datasets.ingest_batches import ingest_batches

    return ingest_batches(
        batches, yard.artifacts, origin=origin, on_rows=lambda rows: context.progress(None, f"Read {rows:,} rows")
    )
