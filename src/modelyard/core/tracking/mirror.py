"""Copies what the tracker knows to MLflow: each thing once, whoever is killed when.

Each row counts its changes in ``revision``. The mirror writes a row to MLflow, in a way that may be repeated, and then
notes the revision that it wrote. A kill between the two repeats the write; a change between the two leaves the row
pending. One process writes at a time: it holds a lock on a file.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

from sqlalchemy import Row, Table, func, select, update

from modelyard.core.common.errors import Conflict
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.storage.database import Database
from modelyard.core.tracking import mirror_queries as queries
from modelyard.core.tracking.mirror_lock import mirror_lock
from modelyard.core.tracking.reading import (
    experiment_info,
    model_version_info,
    run_info,
    select_runs,
    select_trials,
    trial_info,
)
from modelyard.core.tracking.tables import experiments, model_aliases, model_versions, models, runs, trials
from modelyard.core.tracking.types import RunInfo, TrialInfo

if TYPE_CHECKING:
    from modelyard.core.tracking.mlflow_writer import MlflowWriter

_log = logging.getLogger(__name__)


class Mirror:
    """The one listener that writes to MLflow. Making it and asking what is pending imports nothing heavy.

    Parameters
    ----------
    database : Database
        The tracker's.
    artifacts : ArtifactStore
        Where the stored models are.
    mlflow_url : str
        SQLAlchemy URL of MLflow's own database, for instance ``sqlite:////path/mlflow.db``; made on first use.
    artifact_root : Path
        Folder for MLflow's files; made on first use.
    model_loader : str
        ``package.module:function`` of the engine that loads a model folder; MLflow's loader of our models calls it.
    """

    def __init__(
        self, database: Database, artifacts: ArtifactStore, mlflow_url: str, artifact_root: Path, *, model_loader: str
    ) -> None:
        self.database = database
        self.artifacts = artifacts
        self.mlflow_url = mlflow_url
        self.artifact_root = artifact_root
        self.model_loader = model_loader
        self._lock: IO[bytes] | None = None
        self._writer: MlflowWriter | None = None
        self._failed: set[str] = set()
        self._write: dict[Table, Callable[[Row[Any]], str]] = {
            experiments: self._write_experiment,
            runs: self._write_run,
            trials: self._write_trial,
            model_versions: self._write_model_version,
            models: self._write_model,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def pending(self) -> int:
        """Return how many rows differ from their copy; a matter of milliseconds."""
        abandoned = select(func.count()).select_from(trials).where(queries.abandoned_trials())
        with self.database.read() as connection:
            changed = sum(queries.count_pending(connection, table) for table in queries.ORDER)
            return changed + int(connection.execute(abandoned).scalar_one())

    def failures(self) -> dict[str, str]:
        """Return why rows could not be written, by id; after three failures a row is not pending any more."""
        found: dict[str, str] = {}
        with self.database.read() as connection:
            for table in queries.ORDER:
                query = select(table.c.id, table.c.mirror_error).where(table.c.mirror_attempts > 0)
                found.update({row.id: row.mirror_error for row in connection.execute(query)})
        return found

    def retry(self) -> None:
        """Make all rows that could not be written pending again."""
        with self.database.write() as connection:
            for table in queries.ORDER:
                connection.execute(update(table).where(table.c.mirror_attempts > 0).values(mirror_attempts=0))

    def run_until_idle(self, *, on_step: Callable[[int], None] | None = None, batch: int = 50) -> int:
        """Write until nothing that can be written is left, and return how many rows that were.

        Parameters
        ----------
        on_step : callable, optional
            Called with the number so far after each `batch` rows.
        """
        total = 0
        while True:
            failed_before = len(self._failed)
            written = self.step(batch)
            if not written and len(self._failed) == failed_before:
                return total
            total += written
            if on_step is not None:
                on_step(total)

    def step(self, limit: int = 50) -> int:
        """Write up to `limit` pending rows and return how many were written.

        One that fails is noted, and left alone by this object; the others go on.

        Raises
        ------
        Unavailable
            If another process is writing.
        """
        self._open()
        self._settle()
        written = 0
        for table in queries.ORDER:
            with self.database.read() as connection:
                rows = connection.execute(queries.ready(table).limit(limit - written + len(self._failed))).all()
            rows = [row for row in rows if row.id not in self._failed][: limit - written]
            if rows:
                self._connect()
            written += sum(self._try(table, row) for row in rows)
        return written

    def close(self) -> None:
        """Let others write."""
        self._writer = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _open(self) -> None:
        if self._lock is None:
            self._lock = mirror_lock(self.artifact_root)

    def _settle(self) -> None:
        with self.database.read() as connection:
            if connection.execute(select(trials.c.id).where(queries.abandoned_trials()).limit(1)).first() is None:
                return
        with self.database.write() as connection:
            queries.settle_trials(connection)

    def _try(self, table: Table, row: Row[Any]) -> int:
        try:
            mlflow_id = self._write[table](row)
        except Exception as error:
            if isinstance(error, OSError) or getattr(error, "error_code", "") == "TEMPORARILY_UNAVAILABLE":
                raise  # a full disk or a locked database says nothing about the row
            _log.warning("%s could not be written to MLflow: %s", row.id, error)
            self._failed.add(row.id)
            self._note(table, row, mirror_attempts=table.c.mirror_attempts + 1, mirror_error=str(error)[:2000])
            return 0
        state = {"mirrored_state": run_info(row).state} if table is runs else {}
        self._note(
            table,
            row,
            mlflow_id=mlflow_id,
            mirrored_revision=row.revision,
            mirror_attempts=0,
            mirror_error=None,
            **state,
        )
        return 1

    def _note(self, table: Table, row: Row[Any], **values: Any) -> None:
        with self.database.write() as connection:
            connection.execute(update(table).where(table.c.id == row.id).values(**values))

    def _connect(self) -> None:
        if self._writer is None:
            from modelyard.core.tracking.mlflow_writer import MlflowWriter

            self._writer = MlflowWriter(self.mlflow_url, self.artifact_root, model_loader=self.model_loader)

    @property
    def _mlflow(self) -> MlflowWriter:
        if self._writer is None:
            raise RuntimeError("not connected")
        return self._writer

    def _write_experiment(self, row: Row[Any]) -> str:
        return self._mlflow.experiment(experiment_info(row))

    def _write_run(self, row: Row[Any]) -> str:
        best = None if row.best_trial_id is None else self._trial(row.best_trial_id)
        return self._mlflow.run(
            run_info(row), known=row.mlflow_id, experiment_mlflow_id=row.experiment_mlflow_id, best=best
        )

    def _write_trial(self, row: Row[Any]) -> str:
        return self._mlflow.trial(
            trial_info(row),
            known=row.mlflow_id,
            run=self._run(row.run_id),
            run_mlflow_id=row.run_mlflow_id,
            experiment_mlflow_id=row.experiment_mlflow_id,
        )

    def _write_model_version(self, row: Row[Any]) -> str:
        return self._mlflow.model_version(
            model_version_info(row, aliases=()),
            folder=self.artifacts.unpack(row.model_key),
            trial_mlflow_id=row.trial_mlflow_id,
        )

    def _write_model(self, row: Row[Any]) -> str:
        same = (model_versions.c.model_id == model_aliases.c.model_id) & (
            model_versions.c.number == model_aliases.c.version_number
        )
        query = (
            select(model_aliases.c.alias, model_versions.c.mlflow_id)
            .join(model_versions, same)
            .where(model_aliases.c.model_id == row.id)
        )
        with self.database.read() as connection:
            aliases = {found.alias: found.mlflow_id for found in connection.execute(query)}
        missing = sorted(alias for alias, mlflow_id in aliases.items() if mlflow_id is None)
        if missing:
            raise Conflict(f"The version that {', '.join(missing)} points to is not in MLflow yet.")
        return self._mlflow.model(row.name, description=row.description, aliases=aliases)

    def _run(self, run_id: str) -> RunInfo:
        with self.database.read() as connection:
            return run_info(connection.execute(select_runs().where(runs.c.id == run_id)).one())

    def _trial(self, trial_id: str) -> TrialInfo:
        with self.database.read() as connection:
            return trial_info(connection.execute(select_trials().where(trials.c.id == trial_id)).one())
