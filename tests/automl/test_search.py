"""Whole searches on small tables."""

import re
import time

import numpy as np
import pandas as pd
import pytest

from modelyard.core.automl import evaluator
from modelyard.core.automl.search import search
from modelyard.core.common.errors import InvalidInput, JobFailed, NotFound
from modelyard.core.ml_engine.validation import Structure

from .conftest import Listener


def quick(frame, target, n_trials=3, **options):
    options.setdefault("estimators", ["lightgbm"])
    return search(frame, target, time_budget=None, n_trials=n_trials, n_jobs=1, **options)


def test_it_finds_what_matters(churn):
    listener = Listener()
    result = quick(churn, "left", 4, recorder=listener)
    assert (str(result.task), result.metric.name) == ("binary", "roc_auc")
    assert result.best.score.mean > 0.8
    importance = result.model.importance_
    assert max(importance, key=importance.get) == "months"
    assert sum(importance.values()) == pytest.approx(1)
    assert listener.heard[0] == ("planned", "binary", "roc_auc")
    assert [each[0] for each in listener.heard[1:]] == ["started", "finished"] * 4
    assert set(result.model.predict(churn)) == {"yes", "no"}
    assert result.facts["stopped_because"] == "all 4 trials were made"


def test_the_same_seed_data_and_trials_give_the_same_models(churn):
    first, second = quick(churn, "left", 5, random_state=7), quick(churn, "left", 5, random_state=7)
    assert [trial.proposal for trial in first.trials] == [trial.proposal for trial in second.trials]
    assert [trial.score.mean for trial in first.trials] == [trial.score.mean for trial in second.trials]
    np.testing.assert_array_equal(first.model.predict_proba(churn), second.model.predict_proba(churn))


def test_rows_without_a_target_are_left_out_and_counted(churn):
    churn.loc[:49, "left"] = None
    result = quick(churn, "left", 2)
    assert (result.facts["rows_used"], result.facts["rows_dropped"]) == (350, 50)
    assert any("50 rows have no target" in warning for warning in result.warnings)


def test_noise_is_called_noise():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(300, 4)), columns=list("abcd"))
    frame["y"] = rng.normal(size=300)
    result = quick(frame, "y", 3)
    assert str(result.task) == "regression"
    if result.best.proposal.estimator == "dummy":
        assert any("always giving the same answer" in warning for warning in result.warnings)
    assert result.best.score.metrics["r2"] < 0.1


def test_a_column_that_tells_the_answer_is_suspected(churn):
    churn["closed_at"] = np.where(churn.left == "yes", 1.0, 0.0)
    result = quick(churn, "left", 3)
    assert any("'closed_at'" in warning and "afterwards" in warning for warning in result.warnings)


def test_a_budget_is_a_contract(churn):
    start = time.monotonic()
    result = search(churn, "left", time_budget=5.0, n_jobs=1)
    assert time.monotonic() - start < 1.05 * 5 + 2
    assert len(result.trials) >= 3
    assert result.facts["stopped_because"] == "the time budget of 5 s is used"


def test_one_estimator_that_fails_does_not_end_the_search(churn, monkeypatch):
    made = evaluator.estimator_spec

    def spoiled(name):
        if name == "lightgbm":
            raise ZeroDivisionError("by hand")
        return made(name)

    monkeypatch.setattr(evaluator, "estimator_spec", spoiled)
    listener = Listener()
    result = quick(churn, "left", 4, estimators=["lightgbm", "xgboost"], recorder=listener)
    assert ("failed", 4, "by hand") in listener.heard
    assert result.best.score is not None
    assert any("1 of 4 trials failed" in warning for warning in result.warnings)


def test_if_every_trial_fails_so_does_the_search(churn, monkeypatch):
    monkeypatch.setattr(evaluator, "estimator_spec", lambda name: 1 / 0)
    with pytest.raises(JobFailed, match="No trial came to an end"):
        quick(churn, "left", 2)


def test_only_the_best_are_kept(churn):
    listener = Listener()
    result = quick(churn, "left", 8, recorder=listener)
    ranked = sorted(result.trials, key=lambda trial: -trial.score.mean)
    assert result.best.number in listener.kept
    assert {trial.number for trial in ranked[:3]} <= set(listener.kept)


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({"left": "yes"}, {}, InvalidInput, "has one value only"),
        ({"left": None}, {}, InvalidInput, "has no values"),
        ({}, {"metric": "rmse"}, InvalidInput, "The metric 'rmse' cannot judge"),
        ({}, {"metric": "speed"}, NotFound, "There is no metric 'speed'"),
        ({}, {"task": "guess"}, InvalidInput, "There is no task 'guess'"),
        ({}, {"estimators": ["oracle"]}, NotFound, "There is no estimator 'oracle'"),
    ],
)
def test_what_cannot_be_learned_is_said(churn, change, options, error, words):
    with pytest.raises(error, match=re.escape(words)):
        quick(churn.assign(**change), "left", 2, **options)


def test_an_unknown_target_names_the_columns(churn):
    with pytest.raises(NotFound, match=r"There is no column 'lefd'\. Possible: left"):
        quick(churn, "lefd")


def test_groups_stay_on_one_side(churn):
    churn["household"] = np.arange(400) // 8
    result = quick(churn, "left", 2, structure=Structure("group", "household"))
    assert "household" not in result.model.importance_


def test_time_is_judged_by_the_future(churn):
    result = quick(churn, "left", 2, structure=Structure("time", "since"))
    assert result.best.score is not None


@pytest.mark.parametrize("classes", [3, 7])
def test_several_classes(classes):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(size=420), "z": rng.normal(size=420)})
    frame["kind"] = pd.qcut(frame.x, classes, labels=[f"k{n}" for n in range(classes)]).astype(str)
    result = quick(frame, "kind", 3)
    assert str(result.task) == "multiclass"
    assert result.model.predict_proba(frame).shape == (420, classes)
    assert result.best.score.metrics["accuracy"] > 0.8
