"""What to try next: a fixed portfolio first, then Optuna around what leads.

The life of a trial: `next` proposes it; whoever runs it tells the strategy how it did, with `tell` or, if it failed,
with `tell_failed`. Nothing else is asked of a strategy, and it runs nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import optuna

from modelyard.core.automl.types import Proposal
from modelyard.core.ml_engine.registry import estimator_spec
from modelyard.core.ml_engine.specs import ParamSpec
from modelyard.core.ml_engine.task import Task

BASELINES = ("dummy", "linear")
"""Always on the leaderboard: what knows nothing, and what is plain."""

ORDER = ("lightgbm_extra_trees", "catboost", "xgboost", "lightgbm")
"""The portfolio by value per second; docs/adr/0003-search.md."""

UNHURRIED_S = 60.0
"""Budgets from here on take the boosters' small steps."""
MAX_HURRY = 4.0


class Strategy:
    """Baselines, then each estimator's defaults, then a tree-structured Parzen search over estimators and parameters.

    Parameters
    ----------
    task : Task
        What is learned.
    estimators : sequence of str
        Names that may be tried besides the baselines.
    greater_is_better : bool
        Direction of the scores that it will be told.
    n_rows, n_features : int
        Defaults depend on them.
    seconds : float or None
        The time budget: with little time boosters take larger steps, so that each comes to an end.
    random_state : int
        The same seed and the same scores give the same proposals.
    """

    def __init__(
        self,
        task: Task,
        estimators: Sequence[str],
        *,
        greater_is_better: bool,
        n_rows: int,
        n_features: int,
        seconds: float | None,
        random_state: int,
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._names = [name for name in (*ORDER, *estimators) if name in estimators and name not in BASELINES]
        self._names = list(dict.fromkeys(self._names))
        known = {*BASELINES, *self._names}
        self._defaults = {
            name: _hurried(estimator_spec(name).default_params(task, n_rows, n_features), seconds) for name in known
        }
        self._queue = [Proposal(name, "baseline", self._defaults[name]) for name in BASELINES]
        self._queue += [Proposal(name, "portfolio", self._defaults[name]) for name in self._names]
        self._searched = [name for name in self._names or ["linear"] if estimator_spec(name).search_space]
        self._study = optuna.create_study(
            direction="maximize" if greater_is_better else "minimize",
            sampler=optuna.samplers.TPESampler(seed=random_state, n_startup_trials=4),
        )
        self._asked: dict[int, optuna.Trial] = {}

    @property
    def waiting(self) -> int:
        """How many proposals of the portfolio are still to come."""
        return len(self._queue)

    def next(self) -> Proposal | None:
        """Return the next proposal, None if there is nothing left to propose."""
        if self._queue:
            return self._queue.pop(0)
        if not self._searched:
            return None
        trial = self._study.ask()
        name = trial.suggest_categorical("estimator", self._searched)
        drawn = {each.name: _suggest(trial, f"{name}.{each.name}", each) for each in estimator_spec(name).search_space}
        proposal = Proposal(name, "search", {**self._defaults[name], **drawn})
        self._asked[id(proposal)] = trial
        return proposal

    def tell(self, proposal: Proposal, score: float) -> None:
        """Say how a proposal did."""
        if (trial := self._asked.pop(id(proposal), None)) is not None:
            self._study.tell(trial, score)
        elif proposal.estimator in self._searched:
            self._study.add_trial(_known(proposal, score, self._searched))

    def tell_failed(self, proposal: Proposal) -> None:
        """Say that a proposal has no score."""
        if (trial := self._asked.pop(id(proposal), None)) is not None:
            self._study.tell(trial, state=optuna.trial.TrialState.FAIL)


def _hurried(params: dict[str, Any], seconds: float | None) -> dict[str, Any]:
    """Return parameters whose boosting ends sooner: steps up to `MAX_HURRY` times as large, patience as much less."""
    hurry = 1.0 if seconds is None else min(MAX_HURRY, max(1.0, UNHURRIED_S / seconds))
    changed = dict(params)
    if "learning_rate" in params:
        changed["learning_rate"] = round(params["learning_rate"] * hurry, 4)
    if "early_stopping_rounds" in params:
        changed["early_stopping_rounds"] = max(10, round(params["early_stopping_rounds"] / hurry))
    return changed


def _suggest(trial: optuna.Trial, name: str, spec: ParamSpec) -> Any:
    if spec.kind == "categorical":
        return trial.suggest_categorical(name, list(spec.choices))
    low, high = _range(spec)
    if spec.kind == "int":
        return trial.suggest_int(name, int(low), int(high), log=spec.log)
    return trial.suggest_float(name, low, high, log=spec.log)


def _known(proposal: Proposal, score: float, names: Sequence[str]) -> optuna.trial.FrozenTrial:
    """Return a trial of the portfolio as the sampler sees it: only what lies in the search space."""
    distributions: dict[str, Any] = {"estimator": optuna.distributions.CategoricalDistribution(list(names))}
    params: dict[str, Any] = {"estimator": proposal.estimator}
    for spec in estimator_spec(proposal.estimator).search_space:
        distribution = _distribution(spec)
        value = proposal.params.get(spec.name)
        if value is not None and _lies_in(spec, value):
            params[f"{proposal.estimator}.{spec.name}"] = value
            distributions[f"{proposal.estimator}.{spec.name}"] = distribution
    return optuna.trial.create_trial(params=params, distributions=distributions, value=score)


def _lies_in(spec: ParamSpec, value: Any) -> bool:
    if spec.kind == "categorical":
        return value in spec.choices
    low, high = _range(spec)
    return bool(low <= value <= high)


def _distribution(spec: ParamSpec) -> optuna.distributions.BaseDistribution:
    if spec.kind == "categorical":
        return optuna.distributions.CategoricalDistribution(list(spec.choices))
    low, high = _range(spec)
    if spec.kind == "int":
        return optuna.distributions.IntDistribution(int(low), int(high), log=spec.log)
    return optuna.distributions.FloatDistribution(low, high, log=spec.log)


def _range(spec: ParamSpec) -> tuple[float, float]:
    assert spec.low is not None  # the spec refuses numbers without a range
    assert spec.high is not None
    return spec.low, spec.high
