"""An item or a query's answer becomes a dataset version with its profile."""

from __future__ import annotations

import shutil
from pathlib import Path

from modelyard.core.common.types import Json
from modelyard.core.data_sources.base import BaseSource
from modelyard.core.data_sources.types import Query
from modelyard.core.datasets.types import Ingested
from modelyard.core.jobs.context import JobContext
from modelyard.core.workspace.tasks.import_file import profiled
from modelyard.core.workspace.tasks.opening import open_workspace
from modelyard.core.workspace.workspace import Workspace


def run(context: JobContext) -> Json:
    """Read the source batch by batch, profile what was read, and write the version last."""
    yard = open_workspace(context)
    source = yard.sources.get(context.params["source"]).opened()
    context.progress(None, f"Asking {source.name}")
    scratch = yard.settings.run / context.job.id
    try:
        ingested = _ingested(context, yard, source, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return profiled(context, yard, ingested)


def _ingested(context: JobContext, yard: Workspace, source: BaseSource, scratch: Path) -> Ingested:
    from modelyard.core.datasets.ingest import ingest_file
    from modelyard.core.datasets.ingest_batches import ingest_batches

    params = context.params
    origin = {
        "kind": "source",
        "file": f"{source.name}: {params['item'] or 'a query'}",
        "source": source.name,
        "source_kind": source.kind,
        "address": source.address,
        **{name: params[name] for name in ("item", "query", "columns", "filter") if params[name]},
    }
    if params["item"] and not params["columns"] and not params["filter"]:
        file = source.local_copy(params["item"], scratch)
        if file is not None:  # text and workbooks are read with all that imports of files know
            found = ingest_file(
                file, yard.artifacts, on_progress=lambda share, message: context.progress(None, message)
            )
            return Ingested(found.parts, found.columns, found.rows, {**found.origin, **origin}, found.notes)
    what = Query(params["query"]) if params["query"] else params["item"]
    batches = source.read(what, params["columns"], params["filter"])
    return ingest_batches(
        batches, yard.artifacts, origin=origin, on_rows=lambda rows: context.progress(None, f"Read {rows:,} rows")
    )
