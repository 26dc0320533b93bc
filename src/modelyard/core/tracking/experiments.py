"""Experiments and their runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from modelyard.core.common.errors import Conflict, NotFound
from modelyard.core.common.ids import new_id
from modelyard.core.common.types import Json
from modelyard.core.tracking.names import check_experiment_name
from modelyard.core.tracking.reading import (
    MAX_PAGE,
    dataset_columns,
    experiment_info,
    run_info,
    select_experiments,
    select_runs,
)
from modelyard.core.tracking.store import Store
from modelyard.core.tracking.tables import experiments, runs
from modelyard.core.tracking.types import DatasetRef, ExperimentInfo, RunInfo


class ExperimentStore(Store):
    """Experiments and runs in the database."""

    def experiment(self, name: str, *, dataset_id: str, dataset_name: str, target: str, actor: str) -> ExperimentInfo:
        """Return the experiment of this name; it is made on first use.

        Raises
        ------
        InvalidInput
            If it cannot be a name.
        Conflict
            If an experiment of this name asks for another dataset or target: its runs could not be compared.
        """
        name = check_experiment_name(name)
        with self.database.write() as connection:
            found = connection.execute(select(experiments).where(experiments.c.name == name)).first()
            if found is None:
                connection.execute(
                    insert(experiments).values(
                        id=new_id("exp"),
                        name=name,
                        dataset_id=dataset_id,
                        dataset_name=dataset_name,
                        target=target,
                        created_at=self.clock.now(),
                        created_by=actor,
                    )
                )
            elif found.target != target or (found.dataset_id != dataset_id and found.dataset_name != dataset_name):
                raise Conflict(
                    f"The experiment {name!r} predicts {found.target!r} of the dataset {found.dataset_name!r}, "
                    f"not {target!r} of {dataset_name!r}.",
                    remedy="Give the new experiment another name.",
                )
        return self.get_experiment(name)

    def get_experiment(self, name_or_id: str) -> ExperimentInfo:
        """Return the experiment, or raise `NotFound`."""
        named = or_(experiments.c.name == name_or_id, experiments.c.id == name_or_id)
        with self.database.read() as connection:
            row = connection.execute(select_experiments().where(named)).first()
            if row is None:
                raise NotFound.named("experiment", name_or_id, _names(connection))
            return experiment_info(row)

    def experiments_page(self, offset: int = 0, limit: int = 50, search: str = "") -> tuple[list[ExperimentInfo], int]:
        """Return experiments, newest first, and how many there are in all.

        Parameters
        ----------
        search : str
            Part of the name, of the dataset's name or of the target.
        """
        where = _matches(search, experiments.c.name, experiments.c.dataset_name, experiments.c.target)
        query = select_experiments().where(*where).order_by(experiments.c.id.desc())
        with self.database.read() as connection:
            total = connection.execute(select(func.count()).select_from(experiments).where(*where)).scalar_one()
            rows = connection.execute(query.offset(offset).limit(min(limit, MAX_PAGE))).all()
            return [experiment_info(row) for row in rows], total

    def start_run(
        self,
        experiment_id: str,
        *,
        dataset: DatasetRef,
        spec: Json,
        actor: str,
        job_id: str | None = None,
        run_id: str | None = None,
    ) -> RunInfo:
        """Put a run on record.

        Parameters
        ----------
        dataset : DatasetRef
            The version that it learns from.
        spec : dict
            What is asked for: ``budget_s``, ``n_trials``, ``estimators``, ``excluded``, ``structure`` and
            ``random_state``.
        job_id : str, optional
            The job that does it.
        run_id : str, optional
            An id of the caller's; if there is such a run already, it is returned as it is. So the one who submits a
            job and the job itself may both call this, whoever comes first.

        Raises
        ------
        NotFound
            If there is no such experiment.
        """
        run_id = run_id or new_id("run")
        with self.database.write() as connection:
            target = connection.execute(
                select(experiments.c.target).where(experiments.c.id == experiment_id).with_for_update()
            ).scalar()
            if target is None:
                raise NotFound(f"There is no experiment {experiment_id!r}.")
            if connection.execute(select(runs.c.id).where(runs.c.id == run_id)).first() is None:
                last = select(func.coalesce(func.max(runs.c.number), 0)).where(runs.c.experiment_id == experiment_id)
                connection.execute(
                    insert(runs).values(
                        id=run_id,
                        experiment_id=experiment_id,
                        number=connection.execute(last).scalar_one() + 1,
                        job_id=job_id,
                        target=target,
                        spec=spec,
                        facts={},
                        warnings=[],
                        created_at=self.clock.now(),
                        created_by=actor,
                        **dataset_columns(dataset),
                    )
                )
        return self.run(run_id)

    def update_run(
        self,
        run_id: str,
        *,
        task: str | None = None,
        metric: str | None = None,
        greater_is_better: bool | None = None,
        warnings: Sequence[str] | None = None,
        signature: Json | None = None,
        **facts: Any,
    ) -> RunInfo:
        """Write down what has become known of a run.

        Parameters
        ----------
        task, metric, greater_is_better
            What kind of prediction it is, and how it is judged.
        warnings : sequence of str, optional
            Instead of those before.
        signature : dict, optional
            What its models take and give; copied to a version that is registered.
        **facts
            JSON values, merged into the facts: ``rows_used``, ``rows_dropped``, ``n_columns``, ``folds``,
            ``stopped_because`` and others.

        Raises
        ------
        NotFound
            If there is no such run.
        """
        given = {"task": task, "metric": metric, "greater_is_better": greater_is_better, "signature": signature}
        values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if warnings is not None:
            values["warnings"] = list(warnings)
        with self.database.write() as connection:
            known = connection.execute(select(runs.c.facts).where(runs.c.id == run_id).with_for_update()).first()
            if known is None:
                raise NotFound(f"There is no run {run_id!r}.")
            connection.execute(
                update(runs)
                .where(runs.c.id == run_id)
                .values(facts={**known.facts, **facts}, revision=runs.c.revision + 1, **values)
            )
        return self.run(run_id)

    def run(self, run_id: str) -> RunInfo:
        """Return the run, or raise `NotFound`."""
        with self.database.read() as connection:
            row = connection.execute(select_runs().where(runs.c.id == run_id)).first()
        if row is None:
            raise NotFound(f"There is no run {run_id!r}.")
        return run_info(row)

    def run_of_job(self, job_id: str) -> RunInfo | None:
        """Return the run that a job does, None if it does none."""
        with self.database.read() as connection:
            row = connection.execute(select_runs().where(runs.c.job_id == job_id)).first()
        return None if row is None else run_info(row)

    def runs_page(
        self, offset: int = 0, limit: int = 50, search: str = "", *, experiment_id: str | None = None
    ) -> tuple[list[RunInfo], int]:
        """Return runs, newest first, and how many there are in all.

        Parameters
        ----------
        search : str
            Part of the experiment's name, of the dataset's name or of the target.
        experiment_id : str, optional
            Only its runs.
        """
        where = _matches(search, experiments.c.name, runs.c.dataset_name, runs.c.target)
        if experiment_id is not None:
            where.append(runs.c.experiment_id == experiment_id)
        count = select(func.count()).select_from(runs.join(experiments)).where(*where)
        query = select_runs().where(*where).order_by(runs.c.id.desc()).offset(offset).limit(min(limit, MAX_PAGE))
        with self.database.read() as connection:
            total = connection.execute(count).scalar_one()
            return [run_info(row) for row in connection.execute(query).all()], total


def _matches(search: str, *columns: ColumnElement[str]) -> list[ColumnElement[bool]]:
    text = search.strip()
    return [or_(*(column.icontains(text, autoescape=True) for column in columns))] if text else []


def _names(connection: Connection) -> Sequence[str]:
    query = select(experiments.c.name).order_by(experiments.c.id.desc()).limit(MAX_PAGE)
    return connection.execute(query).scalars().all()
