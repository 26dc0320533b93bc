"""What the commands do that keep a workspace in order."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

import modelyard as my
from modelyard.cli.verbs import out
from modelyard.core.workspace.doctor import examine
from modelyard.core.workspace.settings import Settings

_SIGNS = {
    "good": Text("good", style="green"),
    "warning": Text("warning", style="yellow"),
    "problem": Text("problem", style="red"),
    "skipped": Text("skipped", style="dim"),
}


def backup(workspace: Path, file: Path, *, with_key: bool) -> None:
    """Write the workspace to one file and print what is in it."""
    with my.open(workspace, worker="shared") as yard:
        info = yard.backup(file, with_key=with_key)
    out.print(f"{info.path}: {info.rows:,} rows, {info.files:,} files, {_size(info.bytes)}", soft_wrap=True)
    if info.missing:
        out.print(f"{len(info.missing)} files were missing or damaged; see `modelyard doctor --deep`.")
    if not with_key:
        out.print("The key of secrets is not in it: keep a copy of secret.key elsewhere, if secrets were set.")


def restore(file: Path, workspace: Path) -> None:
    """Fill a new workspace from a backup."""
    from modelyard.core.workspace.restore import restore as fill

    settings = fill(file, Settings.at(workspace))
    out.print(f"Restored to {settings.root}", soft_wrap=True)


def doctor(workspace: Path, *, deep: bool, repair: bool) -> bool:
    """Print what all checks found, and return whether there is no problem."""
    report = examine(Settings.at(workspace), deep=deep, repair=repair)
    table = Table("", "Looked at", "", "Found", "What to do")
    for check in report.checks:
        sign = _SIGNS[check.state] + (", repaired" if check.repaired else "")
        table.add_row(str(check.number), check.title, sign, check.message, check.remedy)
    out.print(table)
    return report.healthy


def upgrade(workspace: Path) -> None:
    """Bring the tables up to date, MLflow's too."""
    from modelyard.core.storage.database import Database
    from modelyard.core.storage.migrations import HEAD, revision
    from modelyard.core.storage.migrations import upgrade as bring
    from modelyard.core.tracking.mlflow_upgrade import upgrade_apart

    settings = Settings.at(workspace)
    settings.make()
    database = Database(settings.database_url)
    try:
        before = revision(database)
        bring(database)
    finally:
        database.close()
    out.print(f"The tables are at {HEAD}." if before == HEAD else f"The tables were brought from {before} to {HEAD}.")
    mlflow = upgrade_apart(settings.mlflow_url, settings.mlflow_artifacts)
    if mlflow is not None and mlflow.before != mlflow.after:
        out.print(f"MLflow's tables were brought from {mlflow.before} to {mlflow.after}.")
    if mlflow is not None and mlflow.backup is not None:
        out.print(f"A copy of them as they were: {mlflow.backup}", soft_wrap=True)


def clean(workspace: Path, *, dry_run: bool) -> None:
    """Remove what nothing needs, and print what went and what uses the disk now."""
    with my.open(workspace, worker="shared") as yard:
        cleaned = yard.disk.clean(dry_run=dry_run)
        uses = yard.disk.usage()
    gone = {use.kind: use for use in cleaned.uses}
    table = Table("Kind", "What", "Files", "Size", "Can go" if dry_run else "Removed")
    for use in uses:
        if use.files or use.kind in gone:
            removed = _size(gone[use.kind].bytes) if use.kind in gone else ""
            table.add_row(use.kind, use.what, f"{use.files:,}", _size(use.bytes), removed)
    out.print(table)
    verb = "can go" if dry_run else "removed"
    out.print(f"{_size(cleaned.bytes)} and {cleaned.events:,} events {verb}.")


def _size(number: int) -> str:
    size = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"
