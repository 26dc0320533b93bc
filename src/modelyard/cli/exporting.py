"""What ``modelyard export`` does."""

from __future__ import annotations

from pathlib import Path

import modelyard as my
from modelyard.cli.verbs import existing, out
from modelyard.core.workspace.exporting import plain_name


def export(
    workspace: Path,
    dataset: str,
    version: int | None,
    file: Path,
    *,
    format: str | None,
    compression: str | None,
    overwrite: bool,
) -> None:
    """Write a file and print what it is."""
    with my.open(existing(workspace)) as yard:
        handle = yard.datasets.get(dataset, version).export(
            file, format=format, compression=compression, overwrite=overwrite, wait=False
        )
        done = handle.watch()
    out.print(f"{done.rows:,} rows written to {done.path} ({done.bytes:,} bytes)", soft_wrap=True)
    out.print(f"SHA-256 {done.sha256}", soft_wrap=True)


def report(workspace: Path, dataset: str, version: int | None, output: Path | None, *, overwrite: bool) -> None:
    """Write the page about a dataset and print where it is."""
    with my.open(existing(workspace)) as yard:
        found = yard.datasets.get(dataset, version)
        file = output or Path(f"{plain_name(found.version)}.html")
        path = found.report(file, overwrite=overwrite, wait=False).watch()
    out.print(f"Report written to {path} ({path.stat().st_size:,} bytes)", soft_wrap=True)


def export_to(workspace: Path, dataset: str, version: int | None, source: str, item: str, mode: str) -> None:
    """Write to a source and print how many rows there were."""
    with my.open(existing(workspace)) as yard:
        rows = yard.datasets.get(dataset, version).export_to(source, item, mode, wait=False).watch()
    out.print(f"{rows:,} rows written to {source}: {item}", soft_wrap=True)
