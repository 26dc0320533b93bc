import pytest

from modelyard.core.common.errors import Conflict, NotFound
from modelyard.core.common.ids import new_id
from modelyard.core.jobs.types import JobState
from modelyard.core.tracking import DatasetRef
from tests.databases import on_each_database
from tests.tracking.conftest import BANK

pytestmark = on_each_database


def test_an_experiment_is_made_on_first_use_and_found_after(lab):
    made = lab.experiment()
    assert (made.name, made.dataset_name, made.target, made.created_by) == ("bank: deposit", "bank", "deposit", "ada")
    assert (made.n_runs, made.last_run_at) == (0, None)
    assert lab.experiment() == made
    assert lab.tracker.get_experiment(made.id) == lab.tracker.get_experiment(made.name) == made


def test_an_experiment_keeps_to_its_question(lab):
    lab.experiment()
    with pytest.raises(Conflict, match=r"predicts 'deposit' of the dataset 'bank', not 'age'.*another name"):
        lab.experiment(target="age")
    other = DatasetRef("ds_2", "flights", "dsv_9", 1, "00" * 32)
    with pytest.raises(Conflict, match="not 'deposit' of 'flights'"):
        lab.experiment(dataset=other)
    imported_again = DatasetRef("ds_3", "bank", "dsv_9", 1, "00" * 32)
    renamed = DatasetRef("ds_1", "bank of 2026", "dsv_9", 1, "00" * 32)
    assert lab.experiment(dataset=imported_again).id == lab.experiment(dataset=renamed).id


def test_a_missing_experiment_names_those_close_to_it(lab):
    lab.experiment("churn")
    lab.experiment("bank")
    with pytest.raises(NotFound, match=r"There is no experiment 'bakn'. Possible: bank, churn."):
        lab.tracker.get_experiment("bakn")
    with pytest.raises(NotFound, match="There is no experiment 'exp_x'"):
        lab.tracker.start_run("exp_x", dataset=BANK, spec={}, actor="ada")


def test_pages_of_experiments(lab):
    for number in range(7):
        lab.experiment(f"e{number}", target="100% sure" if number == 3 else "deposit")
    seen, totals = [], set()
    for offset in (0, 3, 6, 9):
        page, total = lab.tracker.experiments_page(offset, 3)
        seen += [each.name for each in page]
        totals.add(total)
    assert sorted(seen) == [f"e{number}" for number in range(7)]
    assert totals == {7}
    assert [each.name for each in lab.tracker.experiments_page(search="0% S")[0]] == ["e3"]
    assert lab.tracker.experiments_page(search="_") == ([], 0)


def test_runs_are_numbered_within_their_experiment(lab):
    lab.clock.move(5)
    assert [lab.run("a").number, lab.run("a").number, lab.run("b").number] == [1, 2, 1]
    info = lab.tracker.get_experiment("a")
    assert (info.n_runs, info.last_run_at) == (2, lab.clock.now())


def test_a_run_of_the_callers_id_is_made_once(lab):
    run_id = new_id("run")
    first = lab.run(run_id=run_id, job_id="job_1")
    again = lab.run(run_id=run_id, job_id="job_2")
    assert (first.id, again.id, again.job_id, again.number) == (run_id, run_id, "job_1", 1)


def test_facts_are_merged_and_warnings_replaced(lab):
    run = lab.run(metric=None)
    assert (run.task, run.metric, run.greater_is_better, run.facts, run.warnings) == (None, None, None, {}, ())
    lab.tracker.update_run(run.id, rows_used=90, rows_dropped=10, warnings=["Few rows."])
    lab.tracker.update_run(run.id, task="binary", metric="roc_auc", greater_is_better=True, folds=5)
    run = lab.tracker.update_run(run.id, rows_dropped=11, warnings=["Very few rows."])
    assert run.facts == {"rows_used": 90, "rows_dropped": 11, "folds": 5}
    assert (run.task, run.metric, run.greater_is_better) == ("binary", "roc_auc", True)
    assert run.warnings == ("Very few rows.",)
    assert run.dataset == BANK
    with pytest.raises(NotFound, match="There is no run 'run_x'"):
        lab.tracker.update_run("run_x", folds=5)


@pytest.mark.parametrize("state", list(JobState))
def test_a_run_is_in_the_state_of_its_job(lab, state):
    job_id = lab.job(state, message="so it is", progress=0.5, error={"code": "error"}, ended_at=lab.clock.now())
    run = lab.run(job_id=job_id)
    assert run == lab.tracker.run_of_job(job_id)
    assert (run.state, run.message, run.progress, run.error) == (state, "so it is", 0.5, {"code": "error"})
    assert (run.started_at, run.ended_at) == (None, lab.clock.now())


def test_the_state_of_a_run_without_a_job_and_of_one_whose_job_is_gone(lab):
    script, orphan = lab.run(), lab.run(job_id="job_gone")
    assert (script.state, orphan.state) == (JobState.RUNNING, JobState.LOST)
    for run in (script, orphan):
        lab.tracker.update_run(run.id, stopped_because="budget")
        assert lab.tracker.run(run.id).state is JobState.SUCCEEDED
    assert lab.tracker.run_of_job("job_other") is None


def test_pages_of_runs(lab):
    for number in range(4):
        lab.run("a" if number % 2 else "b")
    assert lab.tracker.runs_page(search="zzz") == ([], 0)
    page, total = lab.tracker.runs_page(0, 3)
    rest, _ = lab.tracker.runs_page(3, 3)
    assert total == 4
    assert len({run.id for run in page + rest}) == 4
    only, total = lab.tracker.runs_page(experiment_id=lab.experiment("a").id)
    assert (total, {run.experiment_name for run in only}, {run.number for run in only}) == (2, {"a"}, {1, 2})
    assert lab.tracker.runs_page(search="BANK")[1] == 4
