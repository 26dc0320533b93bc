from hypothesis import given
from hypothesis import strategies as st

from modelyard.core.automl.plan import make_plan


@given(
    rows=st.integers(10, 10**8), columns=st.integers(1, 5000), classes=st.integers(1, 100), seconds=st.floats(5, 3600)
)
def test_a_longer_budget_never_uses_fewer_rows_and_data_never_grow(rows, columns, classes, seconds):
    short, long = make_plan(rows, columns, classes, seconds), make_plan(rows, columns, classes, 2 * seconds)
    assert 10 <= short.rows <= long.rows <= rows
    assert short.folds in (1, 3, 5)


def test_small_data_get_five_folds_and_large_ones_a_holdout():
    assert make_plan(900, 12, 2, 20.0).folds == 5
    assert make_plan(2930, 73, 1, 20.0).folds == 3
    assert make_plan(330_000, 18, 1, 20.0).folds == 1


def test_without_a_clock_everything_is_used():
    plan = make_plan(10**6, 100, 1, None)
    assert (plan.rows, plan.folds) == (10**6, 5)
