"""How good a proposal is: fitted on each fold's training part, judged on the rest.

All that is fitted, encoders and early stopping included, is fitted inside the training part.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from modelyard.core.automl.types import Problem, Proposal, Score
from modelyard.core.common.clock import Clock
from modelyard.core.common.errors import JobFailed
from modelyard.core.ml_engine.ensemble import FoldBag
from modelyard.core.ml_engine.evaluation import Outputs, all_scores
from modelyard.core.ml_engine.preprocessing import Encoded, TableEncoder
from modelyard.core.ml_engine.registry import estimator_spec


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
    """

    def __init__(self, problem: Problem, clock: Clock) -> None:
        self._problem = problem
        self._clock = clock
        self._encoded: dict[int, tuple[Encoded, Encoded]] = {}

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
        models: list[Any] = []
        every: list[dict[str, float]] = []
        fit_seconds = predict_seconds = 0.0
        judged = 0
        for position, (train, valid) in enumerate(problem.folds):
            if models and self._clock.monotonic() >= end:
                break
            seen, unseen = self._fold(position)
            now = self._clock.monotonic()
            share = (deadline - now) / (len(problem.folds) - position)
            estimator = estimator_spec(proposal.estimator).make(
                problem.task, proposal.params, random_state=problem.random_state, n_jobs=problem.n_jobs
            )
            start = time.perf_counter()
            estimator.fit(seen, problem.target.iloc[train], monitor=Deadline(self._clock, now + share))
            fitted = time.perf_counter()
            outputs = Outputs.of(estimator, unseen)
            predict_seconds += time.perf_counter() - fitted
            fit_seconds += fitted - start
            judged += len(valid)
            models.append(estimator)
            every.append(all_scores(problem.task, problem.target.iloc[valid], outputs))
        scores = [found[problem.metric.name] for found in every]
        usable = [score for score in scores if np.isfinite(score)]  # a fold may lack what a metric needs
        if not usable:
            raise JobFailed(f"{problem.metric.title} cannot be computed on any fold.", remedy="Choose another metric.")
        bag = FoldBag(models)
        score = Score(
            mean=float(np.mean(usable)),
            std=float(np.std(usable, ddof=1)) if len(usable) > 1 else 0.0,
            folds=tuple(usable),
            metrics=_means(every),
            fit_seconds=fit_seconds,
            predict_ms_per_row=1000 * predict_seconds * len(models) / max(judged, 1),
            importance=bag.importance_,
        )
        return score, bag

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
