"""All rows of a statement become a dataset version with its profile."""

from __future__ import annotations

from modelyard.core.common.types import Json
from modelyard.core.datasets.sandbox import View
from modelyard.core.jobs.context import JobContext
from modelyard.core.workspace.tasks.import_file import profiled
from modelyard.core.workspace.tasks.opening import open_workspace


def run(context: JobContext) -> Json:
    """Run the statement over the versions that it was asked of, and write the version last."""
    from modelyard.core.datasets.ingest_batches import ingest_batches
    from modelyard.core.datasets.queries import batches_of

    yard = open_workspace(context)
    catalog, sql = yard.catalog, context.params["sql"]
    versions = {name: catalog.version_by_id(id_) for name, id_ in context.params["views"].items()}
    views = [View(name, version, catalog.part_paths(version)) for name, version in versions.items()]
    context.progress(None, "Running the query")
    with batches_of(sql, views) as batches:
        ingested = ingest_batches(
            batches,
            yard.artifacts,
            origin={"kind": "sql", "file": "SQL", "sql": sql},
            on_rows=lambda rows: context.progress(None, f"{rows:,} rows"),
        )
    return profiled(context, yard, ingested, parents=[version.id for version in versions.values()])
