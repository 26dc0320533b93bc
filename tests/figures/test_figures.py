from datetime import UTC, datetime, timedelta

import pytest

from modelyard.core.datasets.profile_relations import Pair, Related, Relations, Target
from modelyard.core.datasets.profile_types import ColumnProfile, Histogram, TopValue
from modelyard.core.tracking.leaderboard import rank_trials
from modelyard.core.tracking.types import TrialInfo, TrialKind, TrialState
from modelyard.figures.histogram import HistogramInfo, histogram_figure, histogram_info
from modelyard.figures.importance import ImportanceInfo, importance_figure, importance_info
from modelyard.figures.leaderboard_scores import (
    LeaderboardScore,
    LeaderboardScoresInfo,
    leaderboard_scores_figure,
    leaderboard_scores_info,
)
from modelyard.figures.relations import relations_figure, relations_info
from modelyard.figures.score_over_time import (
    ScoreDots,
    ScoreOverTimeInfo,
    score_over_time_figure,
    score_over_time_info,
)
from modelyard.figures.target_relations import (
    TargetRelationsInfo,
    target_relations_figure,
    target_relations_info,
)
from modelyard.figures.top_values import TopValuesInfo, top_values_figure, top_values_info

START = datetime(2026, 11, 1, tzinfo=UTC)


def trial(number, score, title="LightGBM", *, after=None, kind=TrialKind.SEARCH, std=None, folds=4):
    done = score is not None
    return TrialInfo(
        id=f"t{number}",
        run_id="r",
        number=number,
        estimator=title.lower(),
        title=title,
        kind=kind,
        params={},
        state=TrialState.FINISHED if done else TrialState.FAILED,
        score=score,
        score_std=std,
        fold_scores=(score,) * folds if done else (),
        metrics={},
        fit_seconds=1.0,
        predict_ms_per_row=None,
        started_at=START + timedelta(seconds=number),
        ended_at=START + timedelta(seconds=number + 1 if after is None else after),
        error=None,
        model_key=None,
        importance=None,
    )


TRIALS = [
    trial(0, 0.5, "Guess", kind=TrialKind.BASELINE, std=0.0),
    trial(1, 0.8, std=0.04),
    trial(2, None),
    trial(3, 0.79, "XGBoost", std=0.02),
    trial(4, 0.9, std=0.04),
    trial(5, 0.85, "XGBoost", std=0.02),
]


def column(**values):
    facts = {
        "name": "age",
        "type": "int64",
        "kind": "integer",
        "count": 10,
        "missing": 0,
        "distinct": 5,
        "distinct_exact": True,
        "min": None,
        "max": None,
        "mean": None,
        "std": None,
        "quantiles": (),
        "zeros": 0,
        "infinite": 0,
        "histogram": None,
        "top": (),
        "true_share": None,
        "length_min": None,
        "length_mean": None,
        "length_max": None,
        "words_mean": None,
    }
    return ColumnProfile(**{name: value for name, value in (facts | values).items() if name in ColumnProfile.__slots__})


def test_score_over_time():
    info = score_over_time_info(TRIALS, metric="roc_auc", greater_is_better=True)
    assert info == ScoreOverTimeInfo(
        metric="roc_auc",
        greater_is_better=True,
        dots=(
            ScoreDots("Guess", True, numbers=(0,), seconds=(1.0,), scores=(0.5,)),
            ScoreDots("LightGBM", False, numbers=(1, 4), seconds=(2.0, 5.0), scores=(0.8, 0.9)),
            ScoreDots("XGBoost", False, numbers=(3, 5), seconds=(4.0, 6.0), scores=(0.79, 0.85)),
        ),
        best_seconds=(1.0, 2.0, 5.0, 6.0),
        best_scores=(0.5, 0.8, 0.9, 0.9),
    )
    figure = score_over_time_figure(info)
    assert [trace.name for trace in figure.data] == ["Best so far", "Guess", "LightGBM", "XGBoost"]
    assert figure.data[0].line.shape == "hv"
    assert figure.data[1].marker.symbol == "circle-open"
    assert figure.layout.yaxis.title.text == "roc_auc (higher is better)"


def test_score_over_time_where_less_is_better_and_time_began_earlier():
    info = score_over_time_info(
        reversed(TRIALS), metric="rmse", greater_is_better=False, started_at=START - timedelta(seconds=10)
    )
    assert (info.best_seconds, info.best_scores) == ((11.0, 16.0), (0.5, 0.5))


def test_leaderboard_scores():
    board = rank_trials(TRIALS, run_id="r", metric="roc_auc", greater_is_better=True)
    info = leaderboard_scores_info(board, limit=4)
    assert info == LeaderboardScoresInfo(
        metric="roc_auc",
        rows=(
            LeaderboardScore(1, 4, "LightGBM", 0.9, 0.04, "best"),
            LeaderboardScore(2, 5, "XGBoost", 0.85, 0.02, ""),
            LeaderboardScore(3, 1, "LightGBM", 0.8, 0.04, ""),
            LeaderboardScore(5, 0, "Guess", 0.5, 0.0, "baseline"),
        ),
        left_out=1,
    )
    figure = leaderboard_scores_figure(info)
    assert [trace.name for trace in figure.data] == ["Best", "Others", "Baseline"]
    assert (list(figure.data[1].y), list(figure.data[1].error_x.array)) == ([1, 2], [0.02, 0.04])
    assert figure.layout.yaxis.ticktext == ("LightGBM · 4", "XGBoost · 5", "LightGBM · 1", "Guess · 0")


def test_a_tie_and_a_baseline_that_wins():
    board = rank_trials(
        [trial(0, 0.9, "Guess", kind=TrialKind.BASELINE, std=0.1), trial(1, 0.89)],
        run_id="r",
        metric="roc_auc",
        greater_is_better=True,
    )
    assert [row.mark for row in leaderboard_scores_info(board).rows] == ["best", "tied"]


def test_importance():
    info = importance_info({"b": 2.0, "a": 2.0, "c": 5.0, "d": 1.0, "e": 0.0, "f": -1.0}, limit=3)
    assert info == ImportanceInfo(("c", "a", "b"), (0.5, 0.2, 0.2), left_out=3, left_out_share=0.1)
    figure = importance_figure(info)
    assert figure.layout.yaxis.ticktext == ("c", "a", "b", "3 others")
    assert list(figure.data[0].x) == [0.5, 0.2, 0.2, 0.1]
    assert figure.layout.height > 0
    assert importance_info({"a": 0.0}) == ImportanceInfo(("a",), (0.0,), 0, 0.0)


def test_histogram_of_numbers():
    info = histogram_info(column(histogram=Histogram((0, 2.5, 5), (3, 7)), missing=4))
    assert info == HistogramInfo("age", "integer", (0.0, 2.5, 5.0), (3, 7), missing=4)
    figure = histogram_figure(info)
    bars = figure.data[0]
    assert (list(bars.x), list(bars.y), list(bars.width)) == ([1.25, 3.75], [3, 7], [2.5, 2.5])
    assert [tuple(each) for each in bars.customdata] == [("0", "2.5"), ("2.5", "5")]
    assert figure.layout.xaxis.title.text == "4 missing"


@pytest.mark.parametrize(
    ("kind", "edges", "seconds", "shown"),
    [
        ("date", ("1970-01-02", "1970-01-04"), (86_400.0, 259_200.0), ("2 Jan 1970", "4 Jan 1970")),
        (
            "datetime",
            ("1970-01-01T01:00:00", "1970-01-01T03:00:00"),
            (3600.0, 10_800.0),
            ("1 Jan 1970 01:00", "1 Jan 1970 03:00"),
        ),
        (
            "datetime",
            ("1970-01-01T01:00:00+01:00", "1970-01-01T01:00:00+00:00"),
            (0.0, 3600.0),
            ("1 Jan 1970 00:00", "1 Jan 1970 01:00"),
        ),
        ("time", ("12:00:00", "00:00:00"), (43_200.0, 86_400.0), ("12:00:00", "00:00:00")),
    ],
)
def test_histogram_of_dates_and_times(kind, edges, seconds, shown):
    info = histogram_info(column(kind=kind, histogram=Histogram(edges, (3,))))
    assert info.edges == seconds
    figure = histogram_figure(info)
    assert figure.layout.xaxis.type == "date"
    assert tuple(figure.data[0].customdata[0]) == shown
    assert list(figure.data[0].width) == [(seconds[1] - seconds[0]) * 1000]


def test_histogram_of_durations_in_seconds():
    figure = histogram_figure(histogram_info(column(kind="duration", histogram=Histogram((0.0, 60.0), (3,)))))
    assert (figure.layout.xaxis.title.text, figure.layout.xaxis.type) == ("Seconds", None)


def test_top_values():
    top = (TopValue("NY", 5), TopValue(None, 2), TopValue("2020", 1))
    info = top_values_info(column(name="origin", top=top, count=10, missing=3), limit=2)
    assert info == TopValuesInfo("origin", ("NY", "None"), (5, 2), others=3, missing=3)
    assert info.rows == 13
    figure = top_values_figure(info)
    assert figure.layout.yaxis.ticktext == ("NY", "None", "<i>others</i>", "<i>missing</i>")
    assert list(figure.data[0].x) == [5, 2, 3, 3]


def test_relations_are_drawn_once_for_two_columns():
    pairs = (
        Pair("a", "b", "correlation", 0.9, 50, pearson=-0.9, spearman=-0.8),
        Pair("a", "<c>", "correlation_ratio", None, 3),
        Pair("b", "<c>", "cramers_v", 0.25, 50),
    )
    info = relations_info(Relations(50, 50, ("a", "b", "<c>"), (), pairs))
    assert info.strengths == ((None, None, None), (0.9, None, None), (None, 0.25, None))
    assert info.words[1][0] == "Pearson -0.90, Spearman -0.80, 50 rows"
    assert info.words[2] == ("Too little to say, 3 rows", "Cramér's V 0.25, 50 rows", "")
    figure = relations_figure(info)
    assert figure.layout.yaxis.ticktext == ("b", "&lt;c&gt;")
    assert figure.data[0].customdata[2][1] == "b, &lt;c&gt;<br>Cramér's V 0.25, 50 rows"


def test_what_columns_tell_of_a_target():
    info = target_relations_info(Target("y", False, (), (Related("x", 0.99, True), Related("z", 0.1, False))), most=2)
    assert info == TargetRelationsInfo("y", ("x", "z"), (0.99, 0.1), (True, False), "variance")
    figure = target_relations_figure(info)
    assert list(figure.data[0].x) == [0.99, 0.1]
    assert len({*figure.data[0].marker.color}) == 2


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    ("figure", "info"),
    [
        (score_over_time_figure, score_over_time_info([trial(0, None)], metric="rmse", greater_is_better=False)),
        (score_over_time_figure, score_over_time_info([], metric="rmse", greater_is_better=False)),
        (
            leaderboard_scores_figure,
            leaderboard_scores_info(rank_trials([], run_id="r", metric=None, greater_is_better=False)),
        ),
        (importance_figure, importance_info({})),
        (histogram_figure, histogram_info(column())),
        (histogram_figure, histogram_info(column(histogram=Histogram((), ())))),
        (top_values_figure, top_values_info(column())),
        (relations_figure, relations_info(Relations(0, 0, (), (), ()))),
        (target_relations_figure, target_relations_info(Target("y", True, (), ()))),
    ],
)
def test_without_data_there_is_a_title_and_a_word(figure, info, dark):
    empty = figure(info, dark=dark)
    assert len(empty.data) == 0
    assert empty.layout.title.text
    assert empty.layout.annotations[0].text


HOSTILE = "<b>x</b><img src=x onerror=alert(1)>\n" + "long " * 100


@pytest.mark.parametrize(
    "figure",
    [
        score_over_time_figure(score_over_time_info([trial(0, 1.0, HOSTILE)], metric=HOSTILE, greater_is_better=True)),
        leaderboard_scores_figure(
            leaderboard_scores_info(
                rank_trials([trial(0, 1.0, HOSTILE)], run_id="r", metric=HOSTILE, greater_is_better=True)
            )
        ),
        importance_figure(importance_info({HOSTILE: 1.0})),
        histogram_figure(histogram_info(column(name=HOSTILE, histogram=Histogram((0, 1), (1,))))),
        top_values_figure(top_values_info(column(name=HOSTILE, top=(TopValue(HOSTILE, 1),)))),
    ],
)
def test_names_are_shown_as_they_are(figure):
    text = figure.to_json().replace("\\u003c", "<")
    assert "<b>x" not in text
    assert "<img" not in text
    assert "x" * 20 not in text
