"""Folds fitted elsewhere: the same scores, the same models, and no more than the budget."""

import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

from modelyard.core.automl.evaluator import Evaluator
from modelyard.core.automl.search import search
from modelyard.core.automl.types import Problem, Proposal
from modelyard.core.common.clock import ManualClock
from modelyard.core.common.errors import InvalidInput, MissingExtra, Unavailable
from modelyard.core.common.optional import available
from modelyard.core.jobs.executors import configured, open_cluster, open_executor
from modelyard.core.jobs.settings import JobSettings
from modelyard.core.ml_engine.evaluation import metric
from modelyard.core.ml_engine.task import Task
from modelyard.core.ml_engine.validation import folds
from tests.conftest import require_or_skip

FOREVER = float("inf")

# warnings.catch_warnings, which the engine uses around one of scikit-learn's, is not safe beside other threads
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def cluster():
    """A scheduler with two workers of one thread, in this process, on a port of the loopback address."""
    if not available("distributed"):
        require_or_skip("dask", "Dask is not installed (pip install 'modelyard[scale]')")
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp", host="127.0.0.1"
    ) as running:
        yield running.scheduler_address


@pytest.fixture
def result_of(churn):
    def result_of(executor):
        options = {"n_trials": 3, "estimators": ["lightgbm"], "random_state": 5, "n_jobs": 1}
        result = search(churn, "left", time_budget=None, executor=executor, **options)
        scores = [(trial.proposal.estimator, trial.score.folds, trial.score.metrics) for trial in result.trials]
        return scores, result.model.predict_proba(churn.drop(columns="left"))

    return result_of


@pytest.fixture
def problem(churn):
    target = churn.pop("left")
    pairs = tuple(folds(Task.BINARY, target, n_folds=4))
    return Problem(churn, target, Task.BINARY, metric("roc_auc"), pairs, random_state=0, n_jobs=1)


def same(one, other):
    assert one[0] == other[0]
    np.testing.assert_array_equal(one[1], other[1])


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_search_gives_the_same_through_this_machines_executors(kind, result_of):
    with open_executor(kind, 2) as executor:
        same(result_of(executor), result_of(None))


def test_a_search_gives_the_same_through_a_cluster(cluster, result_of):
    with open_cluster(cluster) as executor:
        same(result_of(executor), result_of(None))


def test_the_folds_reach_a_cluster_once(cluster, problem):
    with open_cluster(cluster) as executor:
        evaluator = Evaluator(problem, ManualClock(), executor)
        for _ in range(2):
            evaluator.evaluate(Proposal("linear", "baseline"), deadline=FOREVER, end=FOREVER)
        placed = evaluator._placed
        assert len(placed) == 4
        assert {type(part).__module__.split(".")[0] for pair in placed.values() for part in pair} == {"distributed"}


def test_folds_run_beside_one_another(problem):
    both = threading.Barrier(2, timeout=30)

    class Meeting(ThreadPoolExecutor):
        def submit(self, function, *arguments):
            def meet():
                both.wait()  # breaks unless two are here at once
                return function(*arguments)

            return super().submit(meet)

    with Meeting(2) as executor:
        score, _ = Evaluator(problem, ManualClock(), executor).evaluate(
            Proposal("linear", "baseline"), deadline=FOREVER, end=FOREVER
        )
    assert len(score.folds) == 4


def test_what_has_not_begun_at_the_end_is_dropped(problem):
    class Slow(ThreadPoolExecutor):
        """The first fold is done at once, the others are never begun."""

        def submit(self, function, *arguments):
            future = Future()
            if not begun:
                future.set_result(function(*arguments))
            begun.append(future)
            return future

    begun, clock = [], ManualClock()
    clock.move(100)
    with Slow() as executor:
        score, bag = Evaluator(problem, clock, executor).evaluate(Proposal("linear", "baseline"), deadline=50, end=50)
    assert len(score.folds) == len(bag.models) == 1
    assert [future.cancelled() for future in begun] == [False, True, True, True]


def test_an_error_of_a_fold_is_the_trials_and_the_other_folds_are_dropped(problem):
    proposal = Proposal("lightgbm", "search", {"n_estimators": -3})
    with open_executor("threads", 1) as executor, pytest.raises(Exception, match=r"n_estimators|num_iterations"):
        Evaluator(problem, ManualClock(), executor).evaluate(proposal, deadline=FOREVER, end=FOREVER)


def test_nothing_is_configured_by_default():
    with configured(JobSettings()) as executor:
        assert executor is None


def test_a_scheduler_is_configured_by_its_address(cluster):
    with configured(JobSettings(scheduler=cluster)) as executor:
        assert executor.submit(sum, [1, 2]).result(timeout=30) == 3


def test_a_scheduler_that_is_away_is_a_clear_error(cluster, monkeypatch):
    from modelyard.core.jobs import dask_executor

    monkeypatch.setattr(dask_executor, "TIMEOUT_S", 0.5)
    with pytest.raises(Unavailable, match=r"scheduler does not answer. .tcp://127.0.0.1:1. .*modelyard.toml"):  # noqa: SIM117
        with open_cluster("tcp://127.0.0.1:1"):
            pass


def test_without_dask_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match=r"pip install 'modelyard\[scale\]'"), open_cluster("tcp://127.0.0.1:1"):
        pass


def test_an_unknown_kind_is_refused():
    with pytest.raises(InvalidInput, match="Possible: threads, processes"), open_executor("fibers"):
        pass
