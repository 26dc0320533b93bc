"""What imports have in common: how they are asked for, and what a dataset is called by default."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.secret import is_address
from modelyard.core.common.types import Json
from modelyard.core.workspace.handles import JobHandle

if TYPE_CHECKING:
    from modelyard.core.workspace.dataset import Dataset
    from modelyard.core.workspace.workspace import Workspace

_SUFFIXES = "csv|tsv|txt|json|jsonl|ndjson|parquet|pq|arrow|feather|xlsx?|xlsb|xlsm|ods|gz|zst|bz2|xz|zip"


def submit(yard: Workspace, verb: str, task: str, params: Json, title: str, **details: str) -> JobHandle[Dataset]:
    """Ask for a job that makes a version of ``params["name"]``."""
    from modelyard.core.datasets.catalog import check_name

    check_name(params["name"])
    with yard.audit.recording(f"datasets.{verb}", f"dataset/{params['name']}", **details):
        job = yard.submit("import", f"modelyard.core.workspace.tasks.{task}:run", params, title=title, weight="light")
    return JobHandle(yard, job.id, lambda result: yard.datasets.get(result["dataset_id"], result["number"]))


def submit_file(
    yard: Workspace, verb: str, params: Json, options: Mapping[str, Any] | None = None
) -> JobHandle[Dataset]:
    """Ask for the import of the file ``params["path"]``."""
    from modelyard.core.datasets.contract import check_contract

    check_contract(params.get("contract", "evolve"))
    if options:
        from modelyard.core.datasets.options import options_of

        params = {**params, "options": options_of(Path(params["path"]), options).given}
    file = Path(params["path"]).name
    return submit(yard, verb, "import_file", params, f"Import {file}", file=file)


def check_growth(params: Json) -> None:
    """Refuse a cursor, key, contract and columns that do not go together."""
    from modelyard.core.datasets.contract import check_contract

    check_contract(params["contract"])
    if params["key"] and not params["incremental"]:
        raise InvalidInput("A key needs a cursor: say with `incremental` which column grows.")
    chosen, needed = params["columns"], [*params["key"], params["incremental"]]
    left_out = [] if chosen is None else [name for name in needed if name and name[0] != "@" and name not in chosen]
    if left_out:
        raise InvalidInput(f"The column {left_out[0]!r} is needed, and not among those that are read.", possible=chosen)


def local_file(path: str | os.PathLike[str]) -> Path:
    """Return an absolute path, or raise `InvalidInput` for a URL."""
    if is_address(os.fspath(path)):  # not repeated: it may hold a password
        raise InvalidInput(
            "A file is read from this machine, not from an address.", remedy="Download it first, and give its path."
        )
    return Path(path).expanduser().absolute()


def default_name(file_name: str) -> str:
    """Return a dataset's name for a file's.

    Examples
    --------
    >>> default_name("Bank data (final).csv.gz")
    'Bank data (final)'
    """
    stem = re.sub(rf"(\.({_SUFFIXES}))+$", "", file_name, flags=re.IGNORECASE).strip()
    if not stem:
        raise InvalidInput("The file has no name to call the dataset by.", remedy="Give the dataset a name.")
    return stem[:100]
