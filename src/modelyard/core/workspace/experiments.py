"""Verbs on experiments: train, watch, compare, register."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from modelyard.core.common.durations import seconds
from modelyard.core.common.errors import Conflict
from modelyard.core.common.ids import new_id
from modelyard.core.jobs.types import Event, Job, JobState
from modelyard.core.workspace.handles import JobHandle
from modelyard.core.workspace.pages import Page
from modelyard.core.workspace.run_spec import (
    RunSpec,
    check_columns,
    check_target_values,
    estimator_names,
    features_of,
    start_run,
    structure_of,
)

if TYPE_CHECKING:
    from modelyard.core.tracking.leaderboard import Leaderboard
    from modelyard.core.tracking.types import ExperimentInfo, RunInfo, TrialInfo
    from modelyard.core.workspace.dataset import Dataset
    from modelyard.core.workspace.models import Model
    from modelyard.core.workspace.workspace import Workspace


class ExperimentVerbs:
    """Train models and compare them: ``yard.experiments``."""

    def __init__(self, yard: Workspace) -> None:
        self._yard = yard

    def automl(
        self,
        dataset: Dataset | str,
        target: str,
        time_budget: float | str | None = "60s",
        *,
        name: str | None = None,
        task: str = "auto",
        metric: str = "auto",
        estimators: Sequence[str] | None = None,
        exclude: Sequence[str] = (),
        n_trials: int | None = None,
        structure: str | None = None,
        random_state: int = 0,
        wait: bool = False,
    ) -> Run:
        """Search for the best model that predicts a column.

        Parameters
        ----------
        dataset : Dataset or str
            What to learn from; a name means its newest version.
        target : str
            The column to predict. Rows without it are left out and counted.
        time_budget : float or str or None
            Seconds or ``"5min"``; at least 5 s. None for no limit, then `n_trials` is needed.
        name : str, optional
            Of the experiment; by default made from dataset and target.
        task : str
            ``binary``, ``multiclass``, ``regression`` or ``auto``.
        metric : str
            What to be judged by; ``auto`` is the task's usual one.
        estimators : sequence of str, optional
            Only these, besides the baselines.
        exclude : sequence of str
            Columns to leave out, besides those with the role ``id`` or ``ignore``.
        n_trials : int, optional
            Ends the search after so many trials.
        structure : str, optional
            ``group:<column>`` keeps a group on one side of every split, ``time:<column>`` judges by the future.
        random_state : int
            Seed.
        wait : bool
            Whether to return only when it has ended.

        Returns
        -------
        Run
            It goes on in a process of its own: ``run.watch()``, ``run.cancel()``, ``run.result()``.

        Raises
        ------
        InvalidInput
            If the target or the budget cannot be used.
        NotFound
            If the dataset, a column, a metric or an estimator does not exist.
        """
        from modelyard.core.automl.budget import check_budget

        if isinstance(dataset, str):
            dataset = self._yard.datasets.get(dataset)
        version = dataset.version
        budget_s = None if time_budget is None else seconds(time_budget, name="time budget")
        check_budget(budget_s, n_trials)
        spec = RunSpec(
            experiment=name or f"{version.dataset_name}: {target}",
            dataset_id=version.dataset_id,
            dataset_number=version.number,
            target=target,
            budget_s=budget_s,
            n_trials=n_trials,
            task=task,
            metric=metric,
            estimators=estimator_names(estimators),
            excluded=tuple(exclude),
            structure=structure_of(structure),
            random_state=random_state,
        )
        check_columns(version, spec)
        if dataset.profiled:  # else the job looks at the values
            facts = dataset.profile().column(target)
            check_target_values(facts.distinct, facts.missing, version.rows, target, version.dataset_name)
        features_of(version, spec)
        run = self._start(spec, version.dataset_name)
        if wait:
            run.result()
        return run

    def list(self, offset: int = 0, limit: int = 50, search: str = "") -> Page[ExperimentInfo]:
        """Return experiments, newest first."""
        items, total = self._yard.tracker.experiments_page(offset, limit, search)
        return Page.of(items, total, offset)

    def runs(
        self, offset: int = 0, limit: int = 50, search: str = "", *, experiment: str | None = None
    ) -> Page[RunInfo]:
        """Return runs, newest first; of one experiment if it is named."""
        experiment_id = None if experiment is None else self._yard.tracker.get_experiment(experiment).id
        items, total = self._yard.tracker.runs_page(offset, limit, search, experiment_id=experiment_id)
        return Page.of(items, total, offset)

    def run(self, run_id: str) -> Run:
        """Return a run, or raise `NotFound`."""
        return Run(self._yard, self._yard.tracker.run(run_id).id)

    def _start(self, spec: RunSpec, dataset_name: str) -> Run:
        run_id = new_id("run")
        title = f"Train {spec.experiment}"
        details = {"run": run_id, "dataset": dataset_name, "version": spec.dataset_number, "target": spec.target}
        with self._yard.audit.recording("experiments.automl", f"experiment/{spec.experiment}", **details):
            job = self._yard.submit(
                "train",
                "modelyard.core.workspace.tasks.train:run",
                {"run_id": run_id, "spec": spec.to_json()},
                title=title,
            )
        start_run(self._yard, run_id, spec, job_id=job.id)
        self._yard.mirror_soon()
        return Run(self._yard, run_id)


class Run:
    """One search for a model, while it goes on and afterwards.

    Parameters
    ----------
    yard : Workspace
        Where it is recorded.
    run_id : str
        Its id.
    """

    def __init__(self, yard: Workspace, run_id: str) -> None:
        self._yard = yard
        self.id = run_id

    @property
    def info(self) -> RunInfo:
        """What is known of it now."""
        return self._yard.tracker.run(self.id)

    @property
    def state(self) -> JobState:
        """Where it stands."""
        return self.info.state

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before believing it, as sentences."""
        return self.info.warnings

    def trials(self) -> Sequence[TrialInfo]:
        """Return all trials in the order they were started."""
        return self._yard.tracker.trials(self.id)

    def leaderboard(self) -> Leaderboard:
        """Return the finished trials, best first; it grows while the run goes on."""
        return self._yard.tracker.leaderboard(self.id)

    @property
    def best(self) -> Candidate:
        """The best trial so far that has a model.

        Raises
        ------
        Conflict
            If none has finished yet.
        """
        for row in self.leaderboard().rows:
            if row.trial.model_key is not None:
                return Candidate(self._yard, row.trial)
        raise Conflict("No trial has finished yet.", where=self.id, remedy="Wait until the leaderboard shows one.")

    def candidate(self, number: int) -> Candidate:
        """Return the trial of this number, or raise `NotFound`."""
        from modelyard.core.common.errors import NotFound

        trials = self.trials()
        for trial in trials:
            if trial.number == number:
                return Candidate(self._yard, trial)
        raise NotFound.named("trial", number, [trial.number for trial in trials])

    def cancel(self) -> Job:
        """End it within a second; finished trials and their models stay."""
        return self._handle().cancel()

    def watch(self) -> Run:
        """Wait with a progress bar in the terminal or notebook; raises what `result` raises."""
        return self._handle().watch()

    def result(self, timeout: float | None = None, on_event: Callable[[Event], None] | None = None) -> Run:
        """Wait until it has ended.

        Parameters
        ----------
        timeout : float, optional
            Seconds after which `Unavailable` is raised; the run goes on.
        on_event : callable, optional
            Called with each event.

        Raises
        ------
        ModelyardError
            What ended it, unless it succeeded.
        """
        return self._handle().result(timeout, on_event)

    def _handle(self) -> JobHandle[Run]:
        job_id = self.info.job_id
        if job_id is None:
            raise Conflict("This run has no job.", where=self.id)
        return JobHandle(self._yard, job_id, lambda _: self)

    def _repr_html_(self) -> str:
        return self.leaderboard()._repr_html_()

    def __repr__(self) -> str:
        info = self.info
        return f"<Run {info.number} of {info.experiment_name!r}: {info.state}, {info.n_trials} trials>"


class Candidate:
    """A trial with a model that can be used or registered.

    Parameters
    ----------
    yard : Workspace
        Where it is recorded.
    trial : TrialInfo
        What is known of it.
    """

    def __init__(self, yard: Workspace, trial: TrialInfo) -> None:
        self._yard = yard
        self.trial = trial

    def register(self, name: str, alias: str | None = None, description: str = "") -> Model:
        """Make its model the next version of a registered model, which is made on first use.

        Parameters
        ----------
        name : str
            Of the registered model.
        alias : str, optional
            That then points to this version, for instance ``champion``.

        Raises
        ------
        Conflict
            If the trial kept no model.
        """
        from modelyard.core.workspace.models import Model

        details = {"run": self.trial.run_id, "trial": self.trial.number, "alias": alias}
        with self._yard.audit.recording("Candidate.register", f"model/{name}", **details):
            version = self._yard.tracker.register(
                name,
                self.trial.id,
                actor=self._yard.actor.name,
                alias=alias,
                description=description,
            )
        self._yard.mirror_soon()
        return Model(self._yard, version)

    def importance(self) -> dict[str, float]:
        """Return each column's share in the predictions, the largest first."""
        shares = self.trial.importance or {}
        return dict(sorted(shares.items(), key=lambda item: -item[1]))

    def predict(self, rows: Any) -> Any:
        """Return predictions for a table with the columns that it was trained on; see `Model.predict`."""
        from modelyard.core.workspace.inference import load, predict_frame

        if self.trial.model_key is None:
            raise Conflict("This trial kept no model.", where=self.trial.title, remedy="Use run.best.")
        return predict_frame(*load(self._yard.artifacts, self.trial.model_key), rows)

    def __repr__(self) -> str:
        return f"<Trial {self.trial.number}: {self.trial.title}, score {self.trial.score}>"
