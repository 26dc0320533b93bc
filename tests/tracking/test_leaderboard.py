import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.core.tracking import TrialState
from modelyard.core.tracking.leaderboard import rank_trials
from modelyard.core.tracking.types import TrialInfo, TrialKind


def trial(number, score, std=None, folds=5, state=TrialState.FINISHED, kind=TrialKind.SEARCH, title="<b>Light</b>"):
    return TrialInfo(
        id=f"t{number}",
        run_id="r",
        number=number,
        estimator="lightgbm",
        title=title,
        kind=kind,
        params={},
        state=state,
        score=score,
        score_std=std,
        fold_scores=(score,) * folds if score is not None else (),
        metrics={},
        fit_seconds=1.25,
        predict_ms_per_row=None,
        started_at=None,
        ended_at=None,
        error=None,
        model_key=None,
        importance=None,
    )


def board(*trials, greater_is_better=True):
    return rank_trials(trials, run_id="r", metric="roc_auc", greater_is_better=greater_is_better)


def test_best_first_with_baselines_marked_and_others_counted():
    found = board(
        trial(0, 0.5, kind=TrialKind.BASELINE),
        trial(1, 0.9),
        trial(2, None, state=TrialState.RUNNING),
        trial(3, None, state=TrialState.FAILED),
        trial(4, None, state=TrialState.STOPPED),
        trial(5, 0.7),
    )
    assert [(row.rank, row.trial.number, row.baseline) for row in found.rows] == [
        (1, 1, False),
        (2, 5, False),
        (3, 0, True),
    ]
    assert (found.n_running, found.n_failed, found.n_stopped) == (1, 1, 1)
    assert found.best is found.rows[0]


@pytest.mark.parametrize("greater_is_better", [True, False])
def test_near_ties_are_called_ties(greater_is_better):
    # The first has std 0.04 over 4 folds: one standard error is 0.02.
    sign = 1 if greater_is_better else -1
    scores = [0.9, 0.9 - sign * 0.019, 0.9 - sign * 0.021, 0.9]
    trials = [trial(0, scores[0], std=0.04, folds=4), *(trial(n, s, std=0.5) for n, s in enumerate(scores[1:], 1))]
    found = board(*trials, greater_is_better=greater_is_better)
    assert [(row.trial.number, row.tied) for row in found.rows] == [(0, False), (3, True), (1, True), (2, False)]


def test_without_a_spread_only_equals_are_tied():
    found = board(trial(0, 0.9, folds=1), trial(1, 0.9, std=1.0), trial(2, 0.89, std=1.0))
    assert [row.tied for row in found.rows] == [False, True, False]


def test_records_and_html():
    found = board(trial(0, 0.9, std=0.01), trial(1, 0.5, kind=TrialKind.BASELINE, title="Guess"))
    first = found.to_records()[0]
    assert (first["rank"], first["score"], first["kind"], first["tied"], first["trial_id"]) == (
        1,
        0.9,
        "search",
        False,
        "t0",
    )
    html = found._repr_html_()
    assert "&lt;b&gt;Light&lt;/b&gt;" in html
    assert "<td>baseline</td>" in html
    assert "<b>" not in html
    assert board()._repr_html_() == "<p>No trial has finished yet.</p>"


@given(st.lists(st.floats(-1e9, 1e9), max_size=30), st.booleans())
def test_order_and_ranks_whatever_the_scores(scores, greater_is_better):
    found = board(*(trial(n, s, std=0.1) for n, s in enumerate(scores)), greater_is_better=greater_is_better)
    assert sorted(row.trial.number for row in found.rows) == list(range(len(scores)))
    assert [row.rank for row in found.rows] == list(range(1, len(scores) + 1))
    got = [row.trial.score for row in found.rows]
    assert got == sorted(scores, reverse=greater_is_better)
