"""What the commands on quality do: one verb each, and what came of it."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

import modelyard as my
from modelyard.cli.verbs import existing, out
from modelyard.core.datasets.quality.types import Quality


def check(workspace: Path, dataset: str, version: int | None, *, target: str | None, against: str | None) -> None:
    """Check a dataset and print what is wrong."""
    with my.open(existing(workspace)) as yard:
        print_quality(yard.datasets.check(dataset, version, target=target, against=against, wait=False).watch())


def print_quality(quality: Quality) -> None:
    """Print findings, the most severe first, and how many checks were silent."""
    if quality.findings:
        table = Table()
        table.add_column("Check", no_wrap=True)
        table.add_column("Severity", no_wrap=True)
        for name in ("What was found", "What to do"):
            table.add_column(name, overflow="fold")
        for finding in quality.findings:
            table.add_row(finding.code, finding.severity, finding.sentence, finding.advice)
        out.print(table)
    for ran in quality.checks:
        if ran.why_not:
            out.print(f"· {ran.code} {ran.title}: {ran.why_not}")
    run = sum(not ran.why_not for ran in quality.checks)
    out.print(f"{len(quality.findings):,} findings of {run} checks in {quality.rows:,} rows")
