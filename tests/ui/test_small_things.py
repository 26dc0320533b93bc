"""Words, places and tables that need no workspace."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.evaluation import METRICS as ENGINE_METRICS
from modelyard.core.ml_engine.evaluation import default_metric
from modelyard.core.ml_engine.task import Task
from modelyard.core.tracking.leaderboard import LeaderboardRow
from modelyard.core.tracking.types import TrialInfo, TrialKind, TrialState
from modelyard.figures.score_over_time import score_over_time_info
from modelyard.ui.panels.experiments.choices import DEFAULT_METRIC, METRICS, TASKS
from modelyard.ui.panels.experiments.python import automl_line
from modelyard.ui.problems import describe, told
from modelyard.ui.routing import Route, to
from modelyard.ui.shell import TABS
from modelyard.ui.visualizations.score_chart import axis
from modelyard.ui.visualizations.training_monitor import board_row

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_choices_are_the_engines():
    assert [(one.name, one.title, one.tasks) for one in METRICS] == [
        (one.name, one.title, tuple(str(task) for task in one.tasks)) for one in ENGINE_METRICS
    ]
    assert {str(task): default_metric(task).name for task in Task} == DEFAULT_METRIC
    assert {str(task) for task in Task} == set(TASKS)


def test_places_survive_the_address_bar():
    for args in ({}, {"dataset": "a & b=c?"}, {"run": "run_1", "new": ""}):
        assert Route.parse(to("data", **args)) == Route("data", args)


def test_the_rail_has_the_tabs_that_work():
    assert [tab.label for tab in TABS] == ["Home", "Data", "Experiments", "Models", "Jobs", "Settings"]


def test_an_error_keeps_its_words():
    error = InvalidInput("No.", where="bank.csv", possible=["a"], remedy="Do that.", details="trace")
    assert describe(error) == {**error.to_dict(), "severity": "error"}


def test_an_unexpected_error_says_so_and_unfolds(caplog):
    try:
        {}["absent"]
    except KeyError as error:
        said = describe(error)
    assert "KeyError" in said["what"]
    assert "absent" in said["details"]
    assert "not affected" in said["remedy"]
    assert "A screen failed" in caplog.text


def test_the_line_of_python_quotes_what_was_typed():
    spec = {
        "target": 'a "b"\\c',
        "budget_s": 20.0,
        "metric": "f1",
        "excluded": ["x"],
        "structure": {"kind": "group", "column": "g"},
    }
    assert automl_line("d", spec) == (
        'run = yard.experiments.automl("d", target="a \\"b\\"\\\\c", time_budget="20s", '
        'metric="f1", exclude=["x"], structure="group:g")'
    )


def trial(number, score, after, kind=TrialKind.SEARCH, state=TrialState.FINISHED):
    return TrialInfo(
        f"t{number}", "run", number, "lightgbm", "LightGBM", kind, {}, state, score, 0.0, (score or 0.0,), {}, 1.0, 0.1,
        NOW, NOW + timedelta(seconds=after), None, None, None,
    )  # fmt: skip


def test_what_was_judged_on_fewer_folds_says_so_and_what_was_not_kept_too():
    row = board_row(LeaderboardRow(1, trial(1, 0.5, 1), False), folds=3)
    assert row["cells"]["marks"] == ["1 of 3 folds"]
    assert row["cells"]["act"][0]["label"] == "model not kept"
    kept = board_row(LeaderboardRow(1, replace(trial(1, 0.5, 1), model_key="m"), False), folds=1)
    assert kept["cells"]["marks"] is None
    assert kept["cells"]["act"][0]["label"] == "Register"


def test_an_upload_is_called_by_its_name_only():
    said = told(
        {
            "what": "Cannot read /a b/uploads/upload_1f/cat.csv.",
            "where": "/a b/uploads/upload_1f/cat.csv",
            "possible": ["a/b"],
        }
    )
    assert said == {"severity": "error", "what": "Cannot read cat.csv.", "where": "cat.csv", "possible": ["a/b"]}


def test_yardsticks_that_are_far_off_do_not_squeeze_the_axis():
    trials = [trial(1, 0.5, 1, TrialKind.BASELINE), trial(2, 0.9, 5), trial(3, 0.8, 9)]
    low, high = axis(score_over_time_info(trials, metric="auc", greater_is_better=True, started_at=NOW))
    assert 0.7 < low < 0.8
    assert 0.9 < high < 1.0


def test_yardsticks_alone_are_seen():
    low, high = axis(score_over_time_info([trial(1, 0.5, 1, TrialKind.BASELINE)], metric="auc", greater_is_better=True))
    assert low < 0.5 < high


def test_the_first_screen_needs_no_heavy_library_and_what_others_need_is_loaded_ahead(tmp_path):
    program = f"""
import sys
import modelyard as my
from bokeh.document import Document
from modelyard.ui.app import SERVER, configure
from modelyard.ui.live import Live
from modelyard.ui.session import Session
from modelyard.ui.shell import Frame
with my.open({str(tmp_path / "yard")!r}, worker="shared") as yard:
    configure(yard)
    document = Document()
    frame = Frame(Session(yard, Live(yard.jobs), document), "", dark=False)
    frame.shell.get_root(document)
    frame.close()
heavy = "pandas sklearn mlflow duckdb pyarrow lightgbm xgboost catboost optuna plotly skrub".split()
print(*(name for name in heavy if name in sys.modules))
from modelyard.ui.preload import preload
preload(0)
screens = "home.view settings.audit_view data_management.dataset_view".split()
print(*(name for name in heavy if name in sys.modules))
print(all(f"modelyard.ui.panels.{{name}}" in sys.modules for name in screens))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    first, preloaded, screens = done.stdout.splitlines()
    assert first == ""
    assert preloaded.split() == ["duckdb", "pyarrow", "plotly"]  # what screens show with, nothing that jobs work with
    assert screens == "True"
