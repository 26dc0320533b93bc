"""How the score of a run rose: each trial as a dot, the best so far as steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from modelyard.figures.theme import colors, full_label, new_figure, series_colors

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from modelyard.core.tracking.types import TrialInfo

_BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class ScoreDots:
    """The trials of one estimator.

    Parameters
    ----------
    title : str
        Of the estimator.
    baseline : bool
        Whether they are yardsticks.
    numbers : tuple of int
        Of the trials.
    seconds, scores : tuple of float
        When each ended since the start, and its score.
    """

    title: str
    baseline: bool
    numbers: tuple[int, ...]
    seconds: tuple[float, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ScoreOverTimeInfo:
    """What is drawn.

    Parameters
    ----------
    metric : str
        What the scores are.
    greater_is_better : bool
        Its direction.
    dots : tuple of ScoreDots
        In the order in which the estimators came up.
    best_seconds, best_scores : tuple of float
        Where the best so far changed; the last entry repeats it at the end of the last trial.
    """

    metric: str
    greater_is_better: bool
    dots: tuple[ScoreDots, ...]
    best_seconds: tuple[float, ...]
    best_scores: tuple[float, ...]


def score_over_time_info(
    trials: Iterable[TrialInfo], *, metric: str, greater_is_better: bool, started_at: datetime | None = None
) -> ScoreOverTimeInfo:
    """Return what is drawn of a run's trials; those without a score are left out.

    Parameters
    ----------
    started_at : datetime, optional
        Where time begins; at the first trial by default.
    """
    known = list(trials)
    start = started_at or min((trial.started_at for trial in known), default=None)
    points = sorted(
        ((trial.ended_at - start).total_seconds(), trial.number, trial.score, (trial.title, trial.kind == _BASELINE))
        for trial in known
        if start is not None and trial.ended_at is not None and trial.score is not None
    )
    best: list[tuple[float, float]] = []
    for seconds, _, score, _ in points:
        if not best or (score > best[-1][1] if greater_is_better else score < best[-1][1]):
            best.append((seconds, score))
    if points and points[-1][0] > best[-1][0]:
        best.append((points[-1][0], best[-1][1]))
    dots = []
    for group in dict.fromkeys(group for _, _, _, group in points):
        mine = [(seconds, number, score) for seconds, number, score, its_group in points if its_group == group]
        seconds_of, numbers, scores = zip(*mine, strict=True)
        dots.append(ScoreDots(*group, numbers=numbers, seconds=seconds_of, scores=scores))
    return ScoreOverTimeInfo(
        metric=metric,
        greater_is_better=greater_is_better,
        dots=tuple(dots),
        best_seconds=tuple(seconds for seconds, _ in best),
        best_scores=tuple(score for _, score in best),
    )


def score_over_time_figure(info: ScoreOverTimeInfo, *, dark: bool = False) -> go.Figure:
    """Draw it; baselines are hollow."""
    import plotly.graph_objects as go

    title = "Score over time"
    if not info.dots:
        return new_figure(title, dark=dark, empty="No trial has finished yet")
    figure, tone = new_figure(title, dark=dark), colors(dark)
    figure.add_scatter(
        x=info.best_seconds,
        y=info.best_scores,
        mode="lines",
        name="Best so far",
        line={"shape": "hv", "width": 1.5, "color": tone.quiet},
        hoverinfo="skip",
    )
    shades = series_colors((dots.title for dots in info.dots), dark)
    for dots in info.dots:
        figure.add_trace(
            go.Scatter(
                x=dots.seconds,
                y=dots.scores,
                mode="markers",
                name=full_label(dots.title),
                customdata=dots.numbers,
                marker={
                    "color": shades[dots.title],
                    "size": 9,
                    "symbol": "circle-open" if dots.baseline else "circle",
                    "line": {"width": 1.5, "color": shades[dots.title] if dots.baseline else tone.surface},
                },
                hovertemplate="<b>%{fullData.name}</b>, trial %{customdata}<br>%{y:.5g} after %{x:.1f} s"
                "<extra></extra>",
            )
        )
    better = "higher is better" if info.greater_is_better else "lower is better"
    figure.update_xaxes(title_text="Seconds", rangemode="tozero")
    figure.update_yaxes(title_text=f"{full_label(info.metric)} ({better})")
    return figure
