import pytest

from modelyard.core.automl.evaluator import Deadline, Evaluator
from modelyard.core.automl.types import Problem, Proposal
from modelyard.core.common.clock import ManualClock
from modelyard.core.ml_engine.evaluation import metric
from modelyard.core.ml_engine.task import Task
from modelyard.core.ml_engine.validation import folds

FOREVER = float("inf")


@pytest.fixture
def problem(churn):
    target = churn.pop("left")
    pairs = tuple(folds(Task.BINARY, target, n_folds=4))
    return Problem(churn, target, Task.BINARY, metric("roc_auc"), pairs, random_state=0, n_jobs=1)


def test_every_fold_is_scored_and_keeps_its_model(problem):
    evaluator = Evaluator(problem, ManualClock())
    score, bag = evaluator.evaluate(Proposal("linear", "baseline"), deadline=FOREVER, end=FOREVER)
    assert len(score.folds) == len(bag.models) == 4
    assert score.mean == pytest.approx(sum(score.folds) / 4)
    assert set(score.metrics) >= {"roc_auc", "log_loss", "accuracy"}
    assert bag.predict_proba(problem.features).shape == (400, 2)


def test_no_fold_is_begun_after_the_end_but_there_is_a_model(problem):
    clock = ManualClock()
    clock.move(100)
    score, bag = Evaluator(problem, clock).evaluate(Proposal("linear", "baseline"), deadline=50, end=50)
    assert len(score.folds) == len(bag.models) == 1


class TickingClock(ManualClock):
    """Each look at the clock takes a second."""

    def monotonic(self):
        self.move(1)
        return super().monotonic()


@pytest.mark.parametrize(("seconds", "left"), [(4.0, 4), (3.9, 3), (2.0, 2), (0.1, 1)])
def test_where_encoding_is_slow_fewer_folds_are_used(problem, seconds, left):
    evaluator = Evaluator(problem, TickingClock())
    assert evaluator.bound_encoding(seconds) == left
    score, _ = evaluator.evaluate(Proposal("dummy", "baseline"), deadline=FOREVER, end=FOREVER)
    assert len(score.folds) == left


def test_a_booster_stops_at_its_deadline(problem):
    clock = ManualClock()
    clock.move(100)
    proposal = Proposal("lightgbm", "portfolio", {"n_estimators": 500, "early_stopping_rounds": 400})
    late, bag = Evaluator(problem, clock).evaluate(proposal, deadline=50, end=FOREVER)
    assert len(bag.models) == 4
    assert Deadline(clock, 99).iteration(1, None, {})
    assert not Deadline(clock, 101).iteration(1, None, {})
    full, _ = Evaluator(problem, clock).evaluate(proposal, deadline=FOREVER, end=FOREVER)
    assert late.mean != full.mean


def test_what_the_validation_part_says_is_not_learned_from(problem):
    """With the target shuffled, text, dates and target codes included, the score is chance."""
    shuffled = problem.target.sample(frac=1, random_state=1).reset_index(drop=True)
    from dataclasses import replace

    score, _ = Evaluator(replace(problem, target=shuffled), ManualClock()).evaluate(
        Proposal("lightgbm", "portfolio", {"n_estimators": 50}), deadline=FOREVER, end=FOREVER
    )
    assert abs(score.mean - 0.5) < 0.1
