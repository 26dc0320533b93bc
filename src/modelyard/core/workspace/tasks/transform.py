"""Steps over a dataset version become another version, with its profile."""

from __future__ import annotations

from modelyard.core.common.types import Json
from modelyard.core.datasets.sandbox import View
from modelyard.core.jobs.context import JobContext
from modelyard.core.workspace.tasks.import_file import profiled
from modelyard.core.workspace.tasks.opening import open_workspace


def run(context: JobContext) -> Json:
    """Apply the steps to the versions that were there when it was asked, and write the version last."""
    from modelyard.core.datasets.ingest_batches import ingest_batches
    from modelyard.core.datasets.steps.plan import transformed
    from modelyard.core.datasets.steps.registry import read_steps

    yard = open_workspace(context)
    catalog, params = yard.catalog, context.params
    base = catalog.version_by_id(params["version"])
    steps = read_steps(params["steps"])
    versions = {reference: catalog.version_by_id(id_) for reference, id_ in params["others"].items()}
    others = {name: View(name, version, catalog.part_paths(version)) for name, version in versions.items()}
    context.progress(None, "Applying the steps")
    with transformed(View("", base, catalog.part_paths(base)), others, steps) as batches:
        ingested = ingest_batches(
            batches,
            yard.artifacts,
            origin={
                "kind": "steps",
                "file": f"{base.dataset_name}, version {base.number}",
                "dataset_id": base.dataset_id,
                "number": base.number,
                "steps": params["steps"],
            },
            on_rows=lambda rows: context.progress(None, f"{rows:,} rows"),
        )
    return profiled(context, yard, ingested, parents=[base.id, *(version.id for version in versions.values())])
