"""Options that many commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.secret import is_address


def workspace_folder(path: Path) -> Path:
    """Return a folder as it was given; refuse a URL, which may hold a password."""
    if is_address(str(path)):  # not repeated, and not taken: others on this machine can read the arguments of a command
        raise InvalidInput(
            "A workspace is named by its folder here, not by the URL of a database.",
            remedy='Write the URL into modelyard.toml in that folder: [storage] database = "…".',
        )
    return path


Workspace = Annotated[
    Path,
    typer.Option(
        "--workspace",
        "-w",
        callback=workspace_folder,
        envvar="MODELYARD_WORKSPACE",
        help="The workspace's folder.",
    ),
]
DEFAULT = Path("modelyard-workspace")
