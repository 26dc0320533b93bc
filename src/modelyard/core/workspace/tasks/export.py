"""A dataset version is written to a file, or to a source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from modelyard.core.common.types import Json
from modelyard.core.datasets.types import VersionInfo
from modelyard.core.jobs.context import JobContext
from modelyard.core.workspace.tasks.opening import open_workspace


def export(context: JobContext) -> Json:
    """Write a file: where it was asked for, or into the workspace's folder of exports."""
    from modelyard.core.datasets.export import Target, export

    yard, params = open_workspace(context), context.params
    version = yard.catalog.version_by_id(params["version"])
    path = Path(params["path"] or yard.settings.exports / context.job.id / params["name"])
    done = export(
        yard.catalog.part_paths(version),
        version.columns,
        path,
        Target(params["format"], params["compression"]),
        overwrite=params["overwrite"],
        on_rows=_progress(context, version),
    )
    return {**done.to_json(), "message": f"{done.rows:,} rows written"}


def report(context: JobContext) -> Json:
    """Write the page about a version, with what is not known of it yet found out before."""
    from modelyard.core.datasets.export import Exported, facts_of, whole
    from modelyard.core.datasets.report import Report, report_html
    from modelyard.core.workspace.dataset import Dataset
    from modelyard.core.workspace.tasks.examine import examined, related

    yard, params = open_workspace(context), context.params
    version = examined(yard, yard.catalog.version_by_id(params["version"]), context.progress)
    relations = related(yard, version, None, context.progress)
    dataset = Dataset(yard, version)
    page = report_html(Report(version, dataset.profile(), dataset.quality(), relations))
    path = Path(params["path"] or yard.settings.exports / context.job.id / params["name"])
    with whole(path, params["overwrite"]) as partial:
        partial.write_text(page, encoding="utf-8", errors="replace")
        size, sha256 = facts_of(partial)
    return {**Exported(path, version.rows, size, sha256, {}).to_json(), "message": f"Written to {path.name}"}


def export_to(context: JobContext) -> Json:
    """Write the rows to a source, all or none of them."""
    from modelyard.core.datasets.export import rows_of
    from modelyard.core.datasets.rewrite import schema_of

    yard, params = open_workspace(context), context.params
    version = yard.catalog.version_by_id(params["version"])
    paths = yard.catalog.part_paths(version)
    source = yard.sources.get(params["source"]).opened()
    batches = rows_of(paths, _progress(context, version))
    rows = source.write(params["item"], batches, schema_of(paths[0]), params["mode"])
    return {"rows": rows, "message": f"{rows:,} rows written to {source.name}"}


def _progress(context: JobContext, version: VersionInfo) -> Callable[[int], None]:
    def said(rows: int) -> None:
        context.progress(rows / max(1, version.rows), f"{rows:,} of {version.rows:,} rows")

    return said
