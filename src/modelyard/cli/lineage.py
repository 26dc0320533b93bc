"""What ``modelyard lineage`` does."""

from __future__ import annotations

from pathlib import Path

import modelyard as my
from modelyard.cli.verbs import existing, out


def lineage(workspace: Path, dataset: str, version: int | None) -> None:
    """Print what came from what, a line each, what was asked about first."""
    with my.open(existing(workspace), worker="shared") as yard:
        found = yard.datasets.lineage(dataset, version)
    out.print(str(found.nodes[0]))
    nearest = [node.id for node in found.nodes]
    for one, other in sorted(found.edges, key=lambda edge: max(nearest.index(id_) for id_ in edge)):
        out.print(f"  {found.node(one)} → {found.node(other)}")
    if found.left_out:
        out.print(f"  {found.left_out:,} more, further away or older.")
