"""Metrics: right, robust, and with a direction."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as sk

from modelyard.core.common.errors import InvalidInput, NotFound
from modelyard.core.ml_engine.evaluation import (
    METRICS,
    Outputs,
    all_scores,
    default_metric,
    metric,
    metrics_for,
    score,
)
from modelyard.core.ml_engine.task import Task

RNG = np.random.default_rng(0)
LABELS = np.array(["a", "b", "c"])
PROBABILITIES = RNG.dirichlet([1, 1, 1], 200)
TRUTH = LABELS[[RNG.choice(3, p=row) for row in PROBABILITIES]]
OUTPUTS = Outputs.from_probabilities(PROBABILITIES, LABELS)
TWO = np.column_stack([1 - PROBABILITIES[:, 0], PROBABILITIES[:, 0]])
TWO_TRUTH = RNG.random(200) < TWO[:, 1]


def test_several_classes_agree_with_scikit_learn() -> None:
    found = all_scores(Task.MULTICLASS, TRUTH, OUTPUTS)
    assert list(found) == [one.name for one in metrics_for(Task.MULTICLASS)]
    predicted = OUTPUTS.prediction
    assert found["log_loss"] == pytest.approx(sk.log_loss(TRUTH, PROBABILITIES))
    assert found["roc_auc"] == pytest.approx(sk.roc_auc_score(TRUTH, PROBABILITIES, multi_class="ovr"))
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(TRUTH, predicted))
    assert found["balanced_accuracy"] == pytest.approx(sk.balanced_accuracy_score(TRUTH, predicted))
    assert found["f1_macro"] == pytest.approx(sk.f1_score(TRUTH, predicted, average="macro"))
    assert found["mcc"] == pytest.approx(sk.matthews_corrcoef(TRUTH, predicted))


def test_two_classes_agree_with_scikit_learn() -> None:
    found = all_scores("binary", TWO_TRUTH, Outputs.from_probabilities(TWO, [False, True]))
    predicted = TWO[:, 1] > 0.5
    assert found["roc_auc"] == pytest.approx(sk.roc_auc_score(TWO_TRUTH, TWO[:, 1]))
    assert found["average_precision"] == pytest.approx(sk.average_precision_score(TWO_TRUTH, TWO[:, 1]))
    assert found["brier"] == pytest.approx(sk.brier_score_loss(TWO_TRUTH, TWO[:, 1]))
    assert found["log_loss"] == pytest.approx(sk.log_loss(TWO_TRUTH, TWO[:, 1]))
    assert found["f1"] == pytest.approx(sk.f1_score(TWO_TRUTH, predicted))
    assert found["precision"] == pytest.approx(sk.precision_score(TWO_TRUTH, predicted))
    assert found["recall"] == pytest.approx(sk.recall_score(TWO_TRUTH, predicted))


def test_numbers_agree_with_scikit_learn() -> None:
    truth, predicted = RNG.normal(size=50), RNG.normal(size=50)
    found = all_scores("regression", truth, Outputs(predicted))
    assert found["rmse"] == pytest.approx(sk.root_mean_squared_error(truth, predicted))
    assert found["mae"] == pytest.approx(sk.mean_absolute_error(truth, predicted))
    assert found["median_ae"] == pytest.approx(sk.median_absolute_error(truth, predicted))
    assert found["mape"] == pytest.approx(sk.mean_absolute_percentage_error(truth, predicted))
    assert found["r2"] == pytest.approx(sk.r2_score(truth, predicted))


def test_a_fold_that_lacks_a_class() -> None:
    some = TRUTH != "c"
    found = all_scores(Task.MULTICLASS, TRUTH[some], Outputs.from_probabilities(PROBABILITIES[some], LABELS))
    assert all(math.isfinite(value) for value in found.values())


def test_a_fold_of_one_class() -> None:
    found = all_scores(Task.BINARY, [True] * 5, Outputs.from_probabilities(TWO[:5], [False, True]))
    assert math.isnan(found["roc_auc"])
    assert math.isnan(found["mcc"])
    assert math.isfinite(found["log_loss"])
    assert math.isfinite(found["balanced_accuracy"])


def test_a_class_that_the_model_never_saw() -> None:
    truth = TRUTH.copy()
    truth[:20] = "z"
    found = all_scores(Task.MULTICLASS, truth, OUTPUTS)
    assert found["accuracy"] <= 0.9
    assert found["log_loss"] == pytest.approx(sk.log_loss(TRUTH[20:], PROBABILITIES[20:], labels=LABELS))


def test_being_sure_and_wrong_is_finite() -> None:
    sure = Outputs.from_probabilities(np.array([[1.0, 0.0], [0.0, 1.0]]), [0, 1])
    assert 30 < score("log_loss", [1, 0], sure) < 40


def test_a_constant_truth_and_zeros() -> None:
    found = all_scores("regression", [0.0, 0.0], Outputs(np.array([0.0, 1.0])))
    assert math.isnan(found["r2"])
    assert math.isnan(found["mape"])
    assert found["mae"] == 0.5


def test_directions() -> None:
    assert metric("roc_auc").better(0.9, 0.8)
    assert metric("rmse").better(1.0, 2.0)
    assert not metric("rmse").better(math.nan, 2.0)
    assert metric("roc_auc").better(0.1, math.nan)
    assert {default_metric(task).name for task in Task} == {"roc_auc", "log_loss", "rmse"}
    assert len({one.name for one in METRICS}) == len(METRICS)


def test_labels_alone() -> None:
    assert score("accuracy", TRUTH, OUTPUTS.prediction) == score("accuracy", TRUTH, OUTPUTS)
    assert set(all_scores(Task.BINARY, [0, 1], Outputs(np.array([0, 1])))) == {
        one.name for one in metrics_for(Task.BINARY) if not one.needs_probability
    }


def test_what_cannot_be_scored() -> None:
    with pytest.raises(NotFound, match=r"There is no metric 'acuracy'\. Possible: accuracy"):
        metric("acuracy")
    with pytest.raises(InvalidInput, match=r"'roc_auc' needs probabilities\. Possible: accuracy"):
        score("roc_auc", [0, 1], np.array([0, 1]))
    with pytest.raises(InvalidInput, match="2 true values, but 3 predictions"):
        score("rmse", [0, 1], np.zeros(3))
