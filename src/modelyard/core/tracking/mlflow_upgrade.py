"""MLflow's own tables follow the MLflow that is installed, which refuses those of an older one."""

from __future__ import annotations

import multiprocessing
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Engine, make_url

from modelyard.core.common.errors import Conflict
from modelyard.core.common.ids import new_id
from modelyard.core.tracking.mirror_lock import mirror_lock


@dataclass(frozen=True, slots=True)
class MlflowUpgrade:
    """What became of MLflow's tables.

    Parameters
    ----------
    before, after : str
        Revisions, as MLflow names them.
    backup : Path or None
        A copy of the file as it was; None where nothing was to be done, and on PostgreSQL, which does all or nothing.
    """

    before: str
    after: str
    backup: Path | None = None


def revision_of_mlflow(url: str) -> str | None:
    """Return the revision of MLflow's tables, None if there are none yet; without importing MLflow.

    Examples
    --------
    >>> revision_of_mlflow(f"sqlite:///{getfixture('tmp_path')}/mlflow.db") is None
    True
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(str(parsed.database)).is_file():
        return None
    engine = create_engine(parsed, hide_parameters=True)
    try:
        return _revision(engine)
    finally:
        engine.dispose()


def upgrade_apart(url: str, artifact_root: Path) -> MlflowUpgrade | None:
    """Bring MLflow's tables, if there are any, up to date in a process of its own: importing MLflow is heavy.

    Raises
    ------
    Conflict
        If a newer MLflow made them.
    Unavailable
        If another process is writing to MLflow.
    """
    if revision_of_mlflow(url) is None:
        return None
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_upgrade_alone, url, artifact_root).result()


def _upgrade_alone(url: str, artifact_root: Path) -> MlflowUpgrade:
    from modelyard.core.tracking import mlflow_client  # first: it silences MLflow

    with mirror_lock(artifact_root):
        return mlflow_client.upgrade_tables(url)


def upgrade_tables(url: str) -> MlflowUpgrade:
    """Bring MLflow's tables, which exist, to the newest revision; whoever calls is the only one who writes there.

    A file is changed in one step: MLflow's own changes, which SQLite cannot undo, are made to a copy, and a copy of
    the file as it was stays beside it.
    """
    from alembic.script import ScriptDirectory
    from mlflow.store.db import utils

    scripts = ScriptDirectory.from_config(utils._get_alembic_config(""))  # type: ignore[no-untyped-call]
    after = str(scripts.get_current_head())
    before = str(revision_of_mlflow(url))
    if before == after:
        return MlflowUpgrade(before, after)
    if before not in {each.revision for each in scripts.walk_revisions()}:
        raise Conflict(
            f"The copy in MLflow was made by a newer MLflow (its tables are at {before}, this one knows {after}).",
            remedy="Upgrade with: pip install --upgrade modelyard",
        )
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        _run(url)
        return MlflowUpgrade(before, after)
    path = Path(str(parsed.database))
    backup, changed = path.with_name(f"{path.name}-{before}"), path.with_name(f"{path.name}.{new_id('tmp')}")
    try:
        _copy(path, backup)
        _copy(backup, changed)
        _run(f"sqlite:///{changed}")
        _copy(changed, path)
    finally:
        changed.unlink(missing_ok=True)
    return MlflowUpgrade(before, after, backup)


def _run(url: str) -> None:
    from mlflow.store.db import utils

    engine = create_engine(url, hide_parameters=True)
    try:
        utils._upgrade_db(engine)  # type: ignore[no-untyped-call]
    finally:
        engine.dispose()


def _copy(source: Path, target: Path) -> None:
    """Copy a database in one transaction of each."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)
