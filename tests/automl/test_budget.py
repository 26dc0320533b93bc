import pytest

from modelyard.core.automl.budget import CLOSING_S, Budget
from modelyard.core.common.clock import ManualClock
from modelyard.core.common.errors import InvalidInput


def test_time_runs_out():
    clock = ManualClock()
    budget = Budget(clock, 20.0)
    assert budget.remaining == 20.0 - CLOSING_S
    assert budget.allows(0, "xgboost")
    clock.move(19.5)
    assert budget.remaining == 0
    assert not budget.allows(3, "xgboost")
    assert budget.stopped_because(3) == "the time budget of 20 s is used"


def test_a_trial_that_would_not_fit_is_not_started():
    clock = ManualClock()
    budget = Budget(clock, 20.0)
    budget.note("catboost", 6.0)
    budget.note("linear", 0.5)
    clock.move(15)
    assert not budget.allows(2, "catboost")
    assert budget.allows(2, "linear")


def test_each_waiting_trial_is_left_its_share():
    clock = ManualClock()
    budget = Budget(clock, 20.5)
    assert budget.deadline(waiting=3) == pytest.approx(5.0)
    clock.move(5)
    assert budget.deadline(waiting=2) == pytest.approx(10.0)


def test_a_number_of_trials_needs_no_clock():
    budget = Budget(ManualClock(), None, 3)
    assert budget.remaining == float("inf")
    assert budget.allows(2, "linear")
    assert not budget.allows(3, "linear")
    assert budget.fraction(1) == pytest.approx(1 / 3)
    assert budget.stopped_because(3) == "all 3 trials were made"


@pytest.mark.parametrize(
    ("seconds", "trials", "words"),
    [
        (1.0, None, "A time budget of 1 s is too short to train a model. Give at least 5 s."),
        (float("nan"), None, "too short"),
        (None, None, "There is no limit."),
        (None, 0, "0 trials are too few."),
    ],
)
def test_budgets_that_nothing_fits_into_are_refused(seconds, trials, words):
    with pytest.raises(InvalidInput, match=words):
        Budget(ManualClock(), seconds, trials)


def test_what_keeping_a_model_takes_is_kept_back():
    budget = Budget(ManualClock(), 20.0)
    budget.note_keeping(0.1)
    assert budget.remaining == 20.0 - CLOSING_S
    budget.note_keeping(2.0)
    assert budget.remaining == pytest.approx(20.0 - 2.4)
    budget.note_keeping(60.0)
    assert budget.remaining == pytest.approx(15.0)
