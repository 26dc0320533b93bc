"""A search for a model, recorded trial by trial."""

from __future__ import annotations

import json
import tempfile
import traceback
from pathlib import Path
from typing import Any

from modelyard.core.automl.recorder import SilentRecorder
from modelyard.core.automl.search import search
from modelyard.core.automl.types import Proposal, Score
from modelyard.core.common.types import Json
from modelyard.core.datasets.frame import read_frame
from modelyard.core.jobs.context import JobContext
from modelyard.core.jobs.executors import configured
from modelyard.core.jobs.store import failure
from modelyard.core.ml_engine.evaluation import Metric
from modelyard.core.ml_engine.persistence import save_model
from modelyard.core.ml_engine.registry import estimator_spec
from modelyard.core.ml_engine.signature import Signature
from modelyard.core.ml_engine.task import Task
from modelyard.core.ml_engine.validation import Structure
from modelyard.core.tracking.types import RunInfo, TrialInfo
from modelyard.core.workspace.run_spec import RunSpec, features_of, start_run
from modelyard.core.workspace.tasks.opening import open_workspace
from modelyard.core.workspace.workspace import Workspace

MAX_CELLS = 400_000_000
"""Cells that are read at most (some 3 GB as numbers); a table with more is sampled, and the run says so."""


def run(context: JobContext) -> Json:
    """Read the dataset, search, and leave the run's warnings and facts complete."""
    yard = open_workspace(context)
    spec = RunSpec.from_json(context.params["spec"])
    info = start_run(yard, context.params["run_id"], spec, job_id=context.job.id)
    context.say("run", run_id=info.id)
    version = yard.catalog.version(spec.dataset_id, spec.dataset_number)
    columns = features_of(version, spec)
    context.progress(0.0, "Reading the data")
    most = MAX_CELLS // (len(columns) + 1)
    frame = read_frame(
        [yard.artifacts.path(key) for key in version.parts],
        columns=[*columns, spec.target],
        rows=most if version.rows > most else None,
    )
    signature = Signature.from_frame(frame, spec.target, None if spec.task == "auto" else Task(spec.task))
    with configured(yard.settings.jobs) as executor:
        result = search(
            frame,
            spec.target,
            task=spec.task,
            metric=spec.metric,
            time_budget=spec.budget_s,
            n_trials=spec.n_trials,
            estimators=spec.estimators,
            structure=Structure(**spec.structure) if spec.structure else None,
            random_state=spec.random_state,
            recorder=TrialRecorder(context, yard, info, signature),
            executor=executor,
        )
    yard.tracker.update_run(info.id, warnings=result.warnings, **result.facts)
    best = result.best
    assert best.score is not None
    title = estimator_spec(best.proposal.estimator).title
    return {"run_id": info.id, "message": f"{title}: {result.metric.title} {best.score.mean:.4g}"}


class TrialRecorder(SilentRecorder):
    """Writes each trial to the tracker as it happens, keeps the models of the best, and says events.

    Parameters
    ----------
    context : JobContext
        Of the run's job.
    yard : Workspace
        Where to write.
    run : RunInfo
        The run.
    signature : Signature
        Of the training data; kept with every model.
    """

    def __init__(self, context: JobContext, yard: Workspace, run: RunInfo, signature: Signature) -> None:
        self._context = context
        self._yard = yard
        self._run = run
        self._signature = signature
        self._trials: dict[int, TrialInfo] = {}

    def planned(self, task: Task, metric: Metric, facts: dict[str, Any], warnings: tuple[str, ...]) -> None:
        """Write down what will be done."""
        self._yard.tracker.update_run(
            self._run.id,
            task=str(task),
            metric=metric.name,
            greater_is_better=metric.greater_is_better,
            warnings=warnings,
            signature=self._signature.to_json(),
            **facts,
        )
        for warning in warnings:
            self._context.log(warning)
        self._context.say("planned", run_id=self._run.id)

    def started(self, number: int, proposal: Proposal) -> None:
        """Write down that a trial runs."""
        self._trials[number] = self._yard.tracker.start_trial(
            self._run.id,
            number,
            proposal.estimator,
            proposal.params,
            proposal.kind,
            title=estimator_spec(proposal.estimator).title,
        )
        self._say(number, "running")

    def finished(self, number: int, proposal: Proposal, score: Score, model: Any, *, keep: bool) -> None:
        """Write down a score, after the model that goes with it."""
        trial = self._trials[number]
        self._yard.tracker.finish_trial(
            trial.id,
            score=score.mean,
            score_std=score.std if len(score.folds) > 1 else None,
            fold_scores=score.folds,
            metrics=score.metrics,
            fit_seconds=score.fit_seconds,
            predict_ms_per_row=score.predict_ms_per_row,
            model_key=self._keep(model, trial) if keep else None,
            importance=score.importance,
        )
        self._context.log(f"Trial {number}: {trial.title} {score.mean:.6g} after {score.fit_seconds:.1f} s")
        self._say(number, "finished")

    def failed(self, number: int, proposal: Proposal, error: Exception) -> None:
        """Write down why a trial has no score."""
        details = "".join(traceback.format_exception(error))
        kept = failure(error, details=details)
        self._yard.tracker.fail_trial(self._trials[number].id, kept.to_dict())
        self._context.log(f"Trial {number}: {self._trials[number].title} failed: {kept}\n{details}")
        self._say(number, "failed")

    def progress(self, fraction: float, message: str) -> None:
        """Say how much of the budget is spent."""
        self._context.progress(fraction, message)

    def _keep(self, model: Any, trial: TrialInfo) -> str:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            save_model(model, folder, {"run_id": self._run.id, "trial_id": trial.id, "title": trial.title})
            (folder / "signature.json").write_text(json.dumps(self._signature.to_json()))
            return self._yard.artifacts.put_folder(folder).key

    def _say(self, number: int, state: str) -> None:
        self._context.say("trial", run_id=self._run.id, number=number, state=state)
        self._context.flush()
