"""What the commands do: one verb each, with a progress bar, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import modelyard as my
from modelyard.core.common.errors import NotFound
from modelyard.core.jobs.types import Job, JobState
from modelyard.core.workspace.dataset import Dataset
from modelyard.core.workspace.experiments import Run

out = Console(highlight=False, markup=False)  # brackets in names and values are theirs


def import_file(workspace: Path, file: Path, name: str | None, options: Mapping[str, Any]) -> None:
    """Import a file and print what was found."""
    with my.open(workspace) as yard:
        said = {key: value for key, value in options.items() if value not in (None, [])}
        dataset = yard.datasets.import_file(file, name, wait=False, **said).watch()
        print_dataset(dataset)


def import_from(
    workspace: Path,
    source: str,
    item: str | None,
    name: str | None,
    *,
    query: str | None,
    columns: list[str] | None,
    filter: list[str] | None,
    growth: Mapping[str, Any],
) -> None:
    """Import from a source and print what was found."""
    with my.open(existing(workspace)) as yard:
        chosen = {"query": query, "name": name, "columns": columns or None, "filter": filter, **growth}
        print_dataset(yard.datasets.import_from(source, item, wait=False, **chosen).watch())


def refresh(workspace: Path, name: str) -> None:
    """Read a dataset from its source again, and print what it is then."""
    with my.open(existing(workspace)) as yard:
        before = yard.datasets.get(name).version
        after = yard.datasets.refresh(name, wait=False).watch()
        if after.version.id == before.id:
            out.print(f"Nothing is new: {name} stays at version {before.number}.")
            return
        out.print(f"{after.version.origin.get('new_rows', after.version.rows):,} rows were read.")
        print_dataset(after)


def train(
    workspace: Path, dataset: str, target: str, options: dict[str, Any], register: str | None, alias: str | None
) -> None:
    """Train, print the leaderboard, and register the best if asked to."""
    with my.open(existing(workspace)) as yard:
        run = yard.experiments.automl(dataset, target, **options).watch()
        print_leaderboard(run)
        if register is not None:
            model = run.best.register(register, alias=alias)
            out.print(f"Registered as {model.info.ref}" + (f" (@{alias})" if alias else ""))


def predict(workspace: Path, model: str, file: Path, output: Path) -> None:
    """Predict a file and print where the result is."""
    with my.open(existing(workspace)) as yard:
        path = yard.models.predict_file(model, file, output, wait=False).watch()
        out.print(f"Written to {path}", soft_wrap=True)


def jobs(workspace: Path, *, cancel: str | None, log: str | None, watch: str | None, limit: int) -> None:
    """List jobs, or do something to one."""
    with my.open(existing(workspace)) as yard:
        if cancel is not None:
            yard.jobs.cancel(cancel)
            print_jobs([yard.jobs.wait(cancel, timeout=10)])
        elif log is not None:
            out.print(yard.jobs.log(log), soft_wrap=True)
        elif watch is not None:
            from modelyard.core.workspace.progress import watch as show

            print_jobs([show(yard.job_store, watch)])
        else:
            page = yard.jobs.list(limit=limit)
            print_jobs(page.items)
            if page.total > len(page):
                out.print(f"{page.total - len(page)} older ones; see --limit.")


def existing(workspace: Path) -> Path:
    """Return the folder if a workspace is there: a mistyped name must not make an empty one.

    Raises
    ------
    NotFound
        If it holds none.
    """
    if any((workspace / name).exists() for name in ("modelyard.db", "modelyard.toml")):
        return workspace
    raise NotFound(
        f"There is no workspace at {str(workspace)!r}.",
        remedy="Name one with --workspace, or make one with: modelyard import or modelyard demo",
    )


def print_dataset(dataset: Dataset) -> None:
    """Print a dataset's columns, and what is wrong with them."""
    version = dataset.version
    table = Table("Column", "Kind", "Role", "Missing", "Distinct", title=f"{dataset.name}, version {version.number}")
    profile = dataset.profile()
    for column in version.columns:
        facts = profile.column(column.name)
        table.add_row(column.name, column.kind, column.role, f"{facts.missing:,}", f"{facts.distinct:,}")
    out.print(table)
    for note in version.notes:
        out.print(f"· {note}")
    for finding in dataset.quality().findings:
        out.print(f"! {finding.sentence}")
    out.print(f"{version.rows:,} rows, {len(version.columns)} columns")


def print_leaderboard(run: Run) -> None:
    """Print the finished trials of a run, best first."""
    board = run.leaderboard()
    table = Table("#", "Model", board.metric or "score", "±", "fit, s", "", title=f"Run {run.info.number}")
    for row in board.rows:
        trial = row.trial
        spread = "" if trial.score_std is None else f"{trial.score_std:.2g}"
        mark = "baseline" if row.baseline else "tied" if row.tied else ""
        fit = "" if trial.fit_seconds is None else f"{trial.fit_seconds:.1f}"
        table.add_row(str(row.rank), trial.title, f"{trial.score:.5g}", spread, fit, mark)
    out.print(table)
    for warning in run.warnings:
        out.print(f"! {warning}")


def print_jobs(items: tuple[Job, ...] | list[Job]) -> None:
    """Print jobs as a table."""
    if not items:
        out.print("No job yet. Start with: modelyard demo")
        return
    table = Table()
    table.add_column("Job", no_wrap=True, min_width=len(items[0].id))  # whole, as it is what the options take
    for name in ("What", "State", "Done", "Message"):
        table.add_column(name, overflow="fold")
    for job in items:
        done = "" if job.progress is None or job.state is JobState.QUEUED else f"{job.progress:.0%}"
        place = f" ({job.place}.)" if job.place else ""
        table.add_row(job.id, job.title, f"{job.state}{place}", done, job.message)
    out.print(table)
