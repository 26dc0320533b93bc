"""The search itself: wires strategy, evaluator, budget and recorder."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

import joblib
import numpy as np
import pandas as pd

from modelyard.core.automl.budget import Budget
from modelyard.core.automl.evaluator import Evaluator
from modelyard.core.automl.plan import Plan, make_plan
from modelyard.core.automl.recorder import Recorder, SilentRecorder
from modelyard.core.automl.strategy import Strategy
from modelyard.core.automl.types import Problem, SearchResult, Trial
from modelyard.core.common.clock import Clock, SystemClock
from modelyard.core.common.errors import InvalidInput, JobFailed, NotFound
from modelyard.core.ml_engine.evaluation import Metric, default_metric, metrics_for
from modelyard.core.ml_engine.evaluation import metric as metric_named
from modelyard.core.ml_engine.registry import ESTIMATORS, estimator_spec
from modelyard.core.ml_engine.task import Task, check_target, infer_task
from modelyard.core.ml_engine.validation import IID, Structure, folds, holdout

KEEP = 3
"""Models of how many of the best trials so far are kept."""

TOO_GOOD = 0.999
ENCODING_SHARE = 0.2
"""Of the time budget that encoding may take; where text makes it slow, fewer folds are used."""


def search(
    frame: pd.DataFrame,
    target: str,
    *,
    task: str = "auto",
    metric: str = "auto",
    time_budget: float | None = 60.0,
    n_trials: int | None = None,
    estimators: Sequence[str] | None = None,
    structure: Structure | None = None,
    random_state: int = 0,
    n_jobs: int | None = None,
    recorder: Recorder | None = None,
    clock: Clock | None = None,
    executor: Executor | None = None,
) -> SearchResult:
    """Search for the best model of a table.

    Parameters
    ----------
    frame : DataFrame
        Features and target; rows without a target are left out and counted.
    target : str
        The column to predict.
    task : str
        ``binary``, ``multiclass``, ``regression``, or ``auto``: found from the target.
    metric : str
        What to be judged by, ``auto`` for the task's usual one.
    time_budget : float or None
        Seconds, at least 5; it starts with this call.
    n_trials : int, optional
        Ends the search after so many trials.
    estimators : sequence of str, optional
        Those to try besides the baselines; all that are installed by default.
    structure : Structure, optional
        How rows hang together: not at all by default.
    random_state : int
        The same seed, data and number of trials give the same models.
    n_jobs : int, optional
        Threads; by default all cores that this process may use (``LOKY_MAX_CPU_COUNT`` bounds them).
    recorder : Recorder, optional
        Told what happens.
    executor : Executor, optional
        Fits the folds of a trial beside one another; see `modelyard.core.jobs.executors`. Scores are the same.

    Raises
    ------
    InvalidInput
        If the target cannot be learned or a choice does not exist.
    """
    clock = clock or SystemClock()
    recorder = recorder or SilentRecorder()
    budget = Budget(clock, time_budget, n_trials)
    names = _chosen(estimators)
    problem, facts, warnings = _problem(
        frame, target, task, metric, budget.seconds, structure, random_state, n_jobs or joblib.cpu_count()
    )
    recorder.progress(0.0, "Encoding the columns")
    evaluator = Evaluator(problem, clock, executor)
    if budget.seconds is not None:
        facts["folds"] = evaluator.bound_encoding(ENCODING_SHARE * budget.seconds)
    recorder.planned(problem.task, problem.metric, facts, tuple(warnings))
    strategy = Strategy(
        problem.task,
        names,
        greater_is_better=problem.metric.greater_is_better,
        n_rows=len(problem.features),
        n_features=problem.features.shape[1],
        seconds=budget.seconds,
        random_state=random_state,
    )
    trials, best, model = _run(evaluator, problem.metric, strategy, budget, recorder, clock)
    facts |= {"stopped_because": budget.stopped_because(len(trials)), "seconds": budget.used}
    warnings += _doubts(problem, trials, best)
    return SearchResult(problem.task, problem.metric, tuple(trials), best, model, facts, tuple(warnings))


def _run(
    evaluator: Evaluator, metric: Metric, strategy: Strategy, budget: Budget, recorder: Recorder, clock: Clock
) -> tuple[list[Trial], Trial, Any]:
    trials: list[Trial] = []
    best: Trial | None = None
    model: Any = None
    sign = 1.0 if metric.greater_is_better else -1.0
    while (proposal := strategy.next()) is not None:
        # without any model there is nothing to give back, so the very first trial is made whatever the clock says
        if trials and not budget.allows(len(trials), proposal.estimator):
            break
        number = len(trials) + 1
        recorder.progress(budget.fraction(len(trials)), f"Trial {number}: {estimator_spec(proposal.estimator).title}")
        recorder.started(number, proposal)
        start = clock.monotonic()
        try:
            score, fitted = evaluator.evaluate(proposal, deadline=budget.deadline(strategy.waiting), end=budget.end)
            if not np.isfinite(score.mean):
                raise JobFailed(f"Its score is {score.mean}.")
        except Exception as error:  # one estimator that cannot cope must not end the search
            trials.append(Trial(number, proposal, None, str(error)))
            strategy.tell_failed(proposal)
            recorder.failed(number, proposal, error)
            continue
        ahead = sum(each.score is not None and sign * each.score.mean > sign * score.mean for each in trials)
        trial = Trial(number, proposal, score)
        trials.append(trial)
        if ahead == 0:
            best, model = trial, fitted
        scored = clock.monotonic()
        recorder.finished(number, proposal, score, fitted, keep=ahead < KEEP)
        budget.note_keeping(clock.monotonic() - scored)
        strategy.tell(proposal, score.mean)
        budget.note(proposal.estimator, clock.monotonic() - start)
    if best is None:
        raise JobFailed("No trial came to an end.", details="\n".join(str(each.error) for each in trials))
    return trials, best, model


def _problem(
    frame: pd.DataFrame,
    target: str,
    task: str,
    metric: str,
    seconds: float | None,
    structure: Structure | None,
    random_state: int,
    n_jobs: int,
) -> tuple[Problem, dict[str, Any], list[str]]:
    if target not in frame.columns:
        raise NotFound.named("column", target, frame.columns)
    present = frame[target].notna().to_numpy()
    found = infer_task(frame[target]) if task == "auto" else _task(task)
    report = check_target(frame[target], found, name=target)
    warnings = list(report.warnings)
    frame = frame.loc[present]
    if frame.shape[1] < 2:
        raise InvalidInput(f"Besides the target {target!r} there is no column to learn from.")
    plan = make_plan(len(frame), frame.shape[1] - 1, max(1, len(report.classes)), seconds)
    total = len(frame)
    if plan.rows < total:
        frame = frame.iloc[_sample(total, plan.rows, random_state)]
        warnings.append(
            f"{plan.rows:,} of {total:,} rows were drawn, so that models fit into the time budget; "
            "a longer budget uses more."
        )
    frame = frame.reset_index(drop=True)
    judge = _judge(metric, found)
    pairs = _splits(frame, target, found, plan, structure, random_state)
    facts = {
        "rows_used": len(frame),
        "rows_dropped": report.missing,
        "rows_sampled_from": total,
        "n_columns": frame.shape[1] - 1,
        "folds": plan.folds,
        "classes": [str(each) for each in report.classes],
        "n_jobs": n_jobs,
    }
    features = frame.drop(columns=[target, *_not_features(structure)])
    return Problem(features, frame[target], found, judge, pairs, random_state, n_jobs), facts, warnings


def _splits(
    frame: pd.DataFrame, target: str, task: Task, plan: Plan, structure: Structure | None, random_state: int
) -> tuple[tuple[Any, Any], ...]:
    structure = structure or IID
    along = frame[structure.column] if structure.column is not None else None
    if plan.folds == 1:
        pair = holdout(task, frame[target], random_state=random_state, structure=structure, along=along)
        return (pair,)
    pairs = folds(task, frame[target], n_folds=plan.folds, random_state=random_state, structure=structure, along=along)
    return tuple(pairs)


def _not_features(structure: Structure | None) -> list[str]:
    """Return the columns that only say how rows hang together: a group is no feature, a time may be one."""
    return [structure.column] if structure is not None and structure.kind == "group" and structure.column else []


def _sample(total: int, rows: int, random_state: int) -> np.ndarray:
    """Draw positions, in order, so that time keeps running forwards."""
    drawn = np.random.default_rng(random_state).choice(total, size=rows, replace=False)
    return np.sort(drawn)


def _task(name: str) -> Task:
    try:
        return Task(name)
    except ValueError:
        raise InvalidInput(f"There is no task {name!r}.", possible=["auto", *Task]) from None


def _judge(name: str, task: Task) -> Metric:
    if name == "auto":
        return default_metric(task)
    found = metric_named(name)
    if task not in found.tasks:
        raise InvalidInput(
            f"The metric {name!r} cannot judge a target of {task.label}.",
            possible=[one.name for one in metrics_for(task)],
        )
    return found


def _chosen(estimators: Sequence[str] | None) -> list[str]:
    if estimators is None:
        return [entry.name for entry in ESTIMATORS if entry.installed]
    for name in estimators:
        ESTIMATORS.get(name)
    return list(estimators)


def _doubts(problem: Problem, trials: Sequence[Trial], best: Trial) -> list[str]:
    """Return sentences on a result that should not be believed at once."""
    assert best.score is not None
    said = []
    good = best.score.metrics.get("r2", best.score.metrics.get("roc_auc", 0.0))
    column, share = max(best.score.importance.items(), key=lambda item: item[1], default=("", 0.0))
    if good > TOO_GOOD and share > 0.5:
        said.append(
            f"The best model is almost never wrong, and {column!r} carries {share:.0%} of it: "
            "does that column tell what happened afterwards?"
        )
    dummy = next((each.score for each in trials if each.proposal.estimator == "dummy" and each.score), None)
    if dummy is not None and best.proposal.estimator == "dummy":
        said.append("No model is better than always giving the same answer: the columns say nothing about the target.")
    failed = [each for each in trials if each.error is not None]
    if failed:
        said.append(f"{len(failed)} of {len(trials)} trials failed; the leaderboard says why.")
    return said
