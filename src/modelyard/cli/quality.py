"""What the commands on quality do: one verb each, and what came of it."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

import modelyard as my
from modelyard.cli.sources import pair
from modelyard.cli.verbs import existing, out
from modelyard.core.datasets.quality.rule_store import RuleInfo
from modelyard.core.datasets.quality.types import Quality


def check(workspace: Path, dataset: str, version: int | None, *, target: str | None, against: str | None) -> None:
    """Check a dataset and print what is wrong."""
    with my.open(existing(workspace)) as yard:
        print_quality(yard.datasets.check(dataset, version, target=target, against=against, wait=False).watch())


def rules(
    workspace: Path, dataset: str, *, add: str | None, params: list[str], action: str, remove: str | None
) -> None:
    """Add or remove a rule, then print all."""
    with my.open(existing(workspace)) as yard:
        found = yard.datasets.get(dataset)
        if add is not None:
            found.add_rule(add, action=action, **dict(pair(text) for text in params))
        elif remove is not None:
            found.remove_rule(remove)
        print_rules(found.rules())


def print_rules(found: tuple[RuleInfo, ...]) -> None:
    """Print rules, each with how its last test went."""
    if not found:
        out.print("No rule yet. Add one with: modelyard rules DATASET --add not_null --set column=NAME")
        return
    for rule in found:
        out.print(f"{rule.id}  {rule.action}  {rule.sentence}", soft_wrap=True)
        if rule.last is not None:
            out.print(f"    {rule.last.state}: {rule.last.sentence}", soft_wrap=True)


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
