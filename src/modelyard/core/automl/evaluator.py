"""How good a proposal is: fitted on each fold's training part, judged on the rest.

All that is fitted, encoders and early stopping included, is fitted inside the training part.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from modelyard.core.automl.types import Problem, Proposal, Score
from modelyard.core.common.clock import Clock, SystemClock
from modelyard.core.common.errors import JobFailed
from modelyard.core.jobs.executors import place
from modelyard.core.ml_engine.ensemble import FoldBag
from modelyard.core.ml_engine.evaluation import Outputs, all_scores
from modelyard.core.ml_engine.preprocessing import Encoded, TableEncoder
from modelyard.core.ml_engine.registry import estimator_spec
from modelyard.core.ml_engine.task import Task


class Deadline:
    """Stops a fit at a time: a monitor in the engine's sense.

    Parameters
    ----------
    clock : Clock
        Whose monotonic seconds count.
    at : float
        When to stop, infinite for never.
    """

    def __init__(self, clock: Clock, at: float) -> None:
        self._clock = clock
        self._at = at

    def iteration(self, number: int, total: int | None, scores: Mapping[str, float]) -> bool:
        """Tell whether the time is over."""
        return self._clock.monotonic() >= self._at


@dataclass(frozen=True, slots=True)
class FoldFit:
    """What came of one fold.

    Parameters
    ----------
    model : estimator
        Fitted on the training part.
    scores : dict
        All metrics of the task, on the validation part.
    fit_seconds, predict_seconds : float
        What it took.
    judged : int
        Rows of the validation part.
    """

    model: Any
    scores: dict[str, float]
    fit_seconds: float
    predict_seconds: float
    judged: int


def fit_fold(
    estimator: Any, task: Task, seen: Encoded, learned: Any, unseen: Encoded, truth: Any, limit: Deadline | float
) -> FoldFit:
    """Fit on a fold's training part and judge on the rest; runs wherever an executor runs it.

    Parameters
    ----------
    estimator : estimator
        Not fitted yet.
    seen, learned
        Features and target of the training part.
    unseen, truth
        Of the validation part.
    limit : Deadline or float
        When to stop; or after how many seconds, where the clock is another machine's.
    """
    if not isinstance(limit, Deadline):
        clock = SystemClock()
        limit = Deadline(clock, clock.monotonic() + limit)
    start = time.perf_counter()
    estimator.fit(seen, learned, monitor=limit)
    fitted = time.perf_counter()
    outputs = Outputs.of(estimator, unseen)
    predicted = time.perf_counter()
    return FoldFit(estimator, all_scores(task, truth, outputs), fitted - start, predicted - fitted, len(truth))


class Evaluator:
    """Scores proposals by cross-validation.

    Each fold's encoder is fitted once, on the fold's training part, and serves every proposal: encoding text costs
    more than many a fit.

    Parameters
    ----------
    problem : Problem
        What is to be learned.
    clock : Clock
        That deadlines are told on.
    executor : Executor, optional
        Fits folds beside one another; by default they are fitted here, one after the other. The scores are the same.
    """

    def __init__(self, problem: Problem, clock: Clock, executor: Executor | None = None) -> None:
        self._problem = problem
        self._clock = clock
        self._executor = executor
        self._encoded: dict[int, tuple[Encoded, Encoded]] = {}
        self._placed: dict[int, tuple[Any, Any]] = {}

    def bound_encoding(self, seconds: float) -> int:
        """Encode the first fold, and leave out as many of the others as `seconds` do not suffice for.

        Returns
        -------
        int
            Folds that are left, at least 1.
        """
        start = self._clock.monotonic()
        self._fold(0)
        took = self._clock.monotonic() - start
        n = len(self._problem.folds)
        if took * n > seconds:
            n = max(1, int(seconds / took))
            self._problem = replace(self._problem, folds=self._problem.folds[:n])
        return n

    def evaluate(self, proposal: Proposal, *, deadline: float, end: float) -> tuple[Score, FoldBag]:
        """Score a proposal and return the folds' models as one.

        Parameters
        ----------
        deadline : float
            On the clock's monotonic seconds; each fold may take an equal share of what is left, and a booster
            stops there with the rounds that it has.
        end : float
            When the whole search must be over: no further fold is begun then, and the score is that of the folds
            so far.

        Raises
        ------
        JobFailed
            If the metric cannot be computed on any fold.
        """
        problem = self._problem
        here = self._executor is None
        fits = list(self._one_by_one(proposal, deadline, end) if here else self._beside(proposal, deadline, end))
        every = [fit.scores for fit in fits]
        scores = [found[problem.metric.name] for found in every]
        usable = [score for score in scores if np.isfinite(score)]  # a fold may lack what a metric needs
        if not usable:
            raise JobFailed(f"{problem.metric.title} cannot be computed on any fold.", remedy="Choose another metric.")
        bag = FoldBag([fit.model for fit in fits])
        seconds = sum(fit.predict_seconds for fit in fits)
        score = Score(
            mean=float(np.mean(usable)),
            std=float(np.std(usable, ddof=1)) if len(usable) > 1 else 0.0,
            folds=tuple(usable),
            metrics=_means(every),
            fit_seconds=sum(fit.fit_seconds for fit in fits),
            predict_ms_per_row=1000 * seconds * len(fits) / max(sum(fit.judged for fit in fits), 1),
            importance=bag.importance_,
        )
        return score, bag

    def _one_by_one(self, proposal: Proposal, deadline: float, end: float) -> Iterator[FoldFit]:
        problem = self._problem
        for position, (train, valid) in enumerate(problem.folds):
            if position and self._clock.monotonic() >= end:
                return
            seen, unseen = self._fold(position)
            now = self._clock.monotonic()
            limit = Deadline(self._clock, now + (deadline - now) / (len(problem.folds) - position))
            learned, truth = problem.target.iloc[train], problem.target.iloc[valid]
            yield fit_fold(self._estimator(proposal), problem.task, seen, learned, unseen, truth, limit)

    def _beside(self, proposal: Proposal, deadline: float, end: float) -> Iterator[FoldFit]:
        """Fit all folds through the executor; each gets the time that it would have alone, whatever the width."""
        assert self._executor is not None
        problem = self._problem
        placed = [self._place(position) for position in range(len(problem.folds))]
        share = (deadline - self._clock.monotonic()) / len(problem.folds)
        waiting = [
            self._executor.submit(
                fit_fold,
                self._estimator(proposal),
                problem.task,
                seen,
                problem.target.iloc[train],
                unseen,
                problem.target.iloc[valid],
                share,
            )
            for (seen, unseen), (train, valid) in zip(placed, problem.folds, strict=True)
        ]
        try:
            for position, future in enumerate(waiting):
                if position and self._clock.monotonic() >= end and future.cancel():
                    continue
                yield future.result()
        finally:
            for future in waiting:  # where one has failed, nobody wants the others
                future.cancel()

    def _estimator(self, proposal: Proposal) -> Any:
        problem = self._problem
        return estimator_spec(proposal.estimator).make(
            problem.task, proposal.params, random_state=problem.random_state, n_jobs=problem.n_jobs
        )

    def _place(self, position: int) -> tuple[Any, Any]:
        """Return a fold's encoded parts as the executor's workers get them: brought there once, for all proposals."""
        assert self._executor is not None
        if position not in self._placed:
            seen, unseen = self._fold(position)
            self._placed[position] = (place(self._executor, seen), place(self._executor, unseen))
        return self._placed[position]

    def _fold(self, position: int) -> tuple[Encoded, Encoded]:
        """Return a fold's training and validation rows, encoded by what the training rows teach."""
        if position not in self._encoded:
            problem = self._problem
            train, valid = problem.folds[position]
            encoder = TableEncoder(task=problem.task, random_state=problem.random_state)
            learned = encoder.fit_transform(problem.features.iloc[train], problem.target.iloc[train])
            seen = Encoded(learned, encoder)
            self._encoded[position] = (seen, encoder.encode(problem.features.iloc[valid]))
        return self._encoded[position]


def _means(every: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return each metric's mean over the folds that allow it."""
    values = {name: [found[name] for found in every if np.isfinite(found[name])] for name in every[0]}
    return {name: float(np.mean(known)) for name, known in values.items() if known}
