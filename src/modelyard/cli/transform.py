"""What ``modelyard transform`` does."""

from __future__ import annotations

import json
from pathlib import Path

from rich.table import Table

import modelyard as my
from modelyard.cli.verbs import existing, out, print_dataset
from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets.steps.registry import STEPS


def kinds() -> None:
    """Print the kinds of steps and what each wants to be told."""
    table = Table("Kind", "What", "Parameters")
    for entry in STEPS:
        table.add_row(entry.name, entry.summary, ", ".join(entry.load().model_fields))
    out.print(table)


def transform(workspace: Path, file: Path, dataset: str, number: int | None, into: str | None, *, dry: bool) -> None:
    """Apply the steps of a file, or print what they make of the first rows."""
    try:
        steps = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise InvalidInput(f"The file of steps cannot be read: {error.strerror}.", where=str(file)) from error
    except ValueError as error:
        raise InvalidInput(f"The file of steps is no JSON: {error}.", where=str(file)) from error
    steps = steps.get("steps") if isinstance(steps, dict) else steps
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise InvalidInput("The file holds no list of steps.", where=str(file), remedy='Write [{"kind": …}, …].')
    with my.open(existing(workspace)) as yard:
        found = yard.datasets.get(dataset, number)
        if not dry:
            print_dataset(found.transform(steps, into=into, wait=False).watch())
            return
        result = found.try_steps(steps, rows=20)
    table = Table(*(f"{column.name}\n{column.type}" for column in result.columns))
    for values in result.rows(0, 20):
        table.add_row(*("" if value is None else str(value) for value in values))
    out.print(table)
