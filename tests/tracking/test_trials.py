import math
import threading

import pytest

from modelyard.core.common.errors import Conflict, InvalidInput, NotFound
from modelyard.core.jobs.types import JobState
from modelyard.core.tracking import TrialKind, TrialState
from tests.databases import on_each_database

pytestmark = on_each_database


def test_a_trial_is_started_and_finished(lab):
    run = lab.run()
    trial = lab.trial(run, 3, kind="portfolio")
    assert (trial.number, trial.state, trial.kind) == (3, TrialState.RUNNING, TrialKind.PORTFOLIO)
    assert (trial.title, trial.params) == ("Lightgbm", {"learning_rate": 0.1, "max_depth": None})
    assert (trial.started_at, trial.ended_at, trial.score, trial.importance) == (lab.clock.now(), None, None, None)
    lab.clock.move(2)
    done = lab.tracker.finish_trial(
        trial.id,
        score=0.75,
        score_std=0.05,
        fold_scores=[0.7, 0.8],
        metrics={"accuracy": 0.9, "f1": math.nan},
        fit_seconds=1.5,
        predict_ms_per_row=0.01,
        importance={"age": 0.75, "job": 0.25},
    )
    assert (done.state, done.score, done.score_std, done.fold_scores) == (TrialState.FINISHED, 0.75, 0.05, (0.7, 0.8))
    assert (done.metrics, done.importance) == ({"accuracy": 0.9}, {"age": 0.75, "job": 0.25})
    assert (done.fit_seconds, done.predict_ms_per_row, done.ended_at) == (1.5, 0.01, lab.clock.now())
    assert lab.tracker.trials(run.id) == [done]
    run = lab.tracker.run(run.id)
    assert (run.best_trial_id, run.best_score, run.n_trials) == (done.id, 0.75, 1)


@pytest.mark.parametrize(("greater_is_better", "best"), [(True, 2), (False, 1)])
def test_the_run_knows_its_best_trial(lab, greater_is_better, best):
    run = lab.run(greater_is_better=greater_is_better)
    trials = [lab.trial(run, number, score) for number, score in enumerate([0.5, 0.3, 0.9, 0.9, 0.3])]
    assert lab.tracker.run(run.id).best_trial_id == trials[best].id


def test_trials_that_end_otherwise(lab):
    run = lab.run()
    failed = lab.tracker.fail_trial(lab.trial(run, 0).id, {"code": "error", "what": "It burst."})
    stopped = lab.tracker.stop_trial(lab.trial(run, 1).id)
    assert (failed.state, failed.error) == (TrialState.FAILED, {"code": "error", "what": "It burst."})
    assert (stopped.state, stopped.score) == (TrialState.STOPPED, None)
    assert lab.tracker.run(run.id).best_trial_id is None
    for end in (lab.tracker.stop_trial, lambda trial_id: lab.tracker.finish_trial(trial_id, score=1.0)):
        with pytest.raises(Conflict, match="has ended before: it is failed"):
            end(failed.id)
    board = lab.tracker.leaderboard(run.id)
    assert (board.rows, board.best, board.n_failed, board.n_stopped) == ((), None, 1, 1)


def test_what_cannot_be_recorded(lab):
    run = lab.run()
    trial = lab.trial(run, 0)
    for score in (math.nan, math.inf):
        with pytest.raises(InvalidInput, match="cannot finish with the score"):
            lab.tracker.finish_trial(trial.id, score=score)
    with pytest.raises(Conflict, match="already has a trial 0"):
        lab.trial(run, 0)
    with pytest.raises(ValueError, match="'guess' is not a valid TrialKind"):
        lab.trial(run, 1, kind="guess")
    with pytest.raises(NotFound, match="There is no run"):
        lab.tracker.start_trial("run_x", 0, "lightgbm", {}, "search")
    for call in (lab.tracker.trials, lab.tracker.leaderboard):
        with pytest.raises(NotFound, match="There is no run 'run_x'"):
            call("run_x")
    for call in (lab.tracker.trial, lab.tracker.stop_trial):
        with pytest.raises(NotFound, match="There is no trial 'trial_x'"):
            call("trial_x")


def test_without_a_metric_nothing_is_finished_at_all(lab):
    run = lab.run(metric=None)
    trial = lab.trial(run, 0)
    with pytest.raises(Conflict, match=r"no metric yet.*Set metric"):
        lab.tracker.finish_trial(trial.id, score=1.0)
    assert lab.tracker.trial(trial.id).state is TrialState.RUNNING


def test_a_model_is_attached_to_a_finished_trial_only(lab):
    run = lab.run()
    running, done = lab.trial(run, 0), lab.trial(run, 1, 0.5)
    with pytest.raises(Conflict, match="has not finished"):
        lab.tracker.attach_model(running.id, "ab" * 32)
    assert lab.tracker.attach_model(done.id, "ab" * 32, importance={"age": 1.0}).model_key == "ab" * 32
    assert lab.tracker.attach_model(done.id, "cd" * 32).importance == {"age": 1.0}


@pytest.mark.parametrize("state", [state for state in JobState if state.ended])
def test_what_an_ended_job_left_running_reads_as_stopped(lab, state):
    job_id = lab.job()
    run = lab.run(job_id=job_id)
    done, running = lab.trial(run, 0, 0.5), lab.trial(run, 1)
    assert lab.tracker.trial(running.id).state is TrialState.RUNNING
    lab.clock.move(60)
    lab.end_job(job_id, state, ended_at=lab.clock.now())
    finished, stopped = lab.tracker.trials(run.id)
    assert finished == done
    assert (stopped.state, stopped.ended_at) == (TrialState.STOPPED, lab.clock.now())
    assert lab.tracker.leaderboard(run.id).n_running == 0


def test_trials_that_finish_at_the_same_time_leave_the_best_on_record(lab):
    run = lab.run()
    trials = [lab.trial(run, number) for number in range(8)]
    barrier = threading.Barrier(8)

    def finish(number):
        barrier.wait()
        lab.tracker.finish_trial(trials[number].id, score=number / 10)

    threads = [threading.Thread(target=finish, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lab.tracker.run(run.id).best_score == 0.7
