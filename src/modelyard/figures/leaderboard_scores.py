"""The scores of a leaderboard with their spread, best first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelyard.figures.theme import colors, full_label, label, list_height, new_figure

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from modelyard.core.tracking.leaderboard import Leaderboard, LeaderboardRow

LIMIT = 20


@dataclass(frozen=True, slots=True)
class LeaderboardScore:
    """One row.

    Parameters
    ----------
    mark : str
        ``best``, ``tied`` with the best, ``baseline`` or nothing; a baseline that is the best is ``best``.
    """

    rank: int
    number: int
    title: str
    score: float
    spread: float | None
    mark: str


@dataclass(frozen=True, slots=True)
class LeaderboardScoresInfo:
    """What is drawn.

    Parameters
    ----------
    metric : str
        What the scores are.
    rows : tuple of LeaderboardScore
        Best first.
    left_out : int
        How many rows there are besides.
    """

    metric: str
    rows: tuple[LeaderboardScore, ...]
    left_out: int


def leaderboard_scores_info(board: Leaderboard, *, limit: int = LIMIT) -> LeaderboardScoresInfo:
    """Return what is drawn of a leaderboard: the best rows, and all baselines as yardsticks.

    Parameters
    ----------
    limit : int
        Most rows to draw.
    """
    kept = [row for row in board.rows if row.baseline][:limit]
    kept += [row for row in board.rows if not row.baseline][: limit - len(kept)]
    drawn = [_score(row, row.trial.score) for row in kept if row.trial.score is not None]
    drawn.sort(key=lambda row: row.rank)
    return LeaderboardScoresInfo(board.metric or "", tuple(drawn), left_out=len(board.rows) - len(drawn))


def leaderboard_scores_figure(info: LeaderboardScoresInfo, *, dark: bool = False) -> go.Figure:
    """Draw each score as a dot with a line of one standard deviation to both sides."""
    title = "Scores with their spread"
    if not info.rows:
        return new_figure(title, dark=dark, empty="No trial has finished yet")
    figure, tone = new_figure(title, dark=dark), colors(dark)
    shades = {"best": tone.series[0], "tied": tone.series[0], "baseline": tone.quiet, "": tone.series[2]}
    symbols = {"best": "circle", "tied": "circle-open", "baseline": "diamond-open", "": "circle"}
    for mark, name in (("best", "Best"), ("tied", "Tied with the best"), ("", "Others"), ("baseline", "Baseline")):
        mine = [row for row in info.rows if row.mark == mark]
        if mine:
            figure.add_scatter(
                x=[row.score for row in mine],
                y=[info.rows.index(row) for row in mine],
                error_x={"array": [row.spread or 0 for row in mine], "thickness": 1.5, "width": 3},
                mode="markers",
                name=name,
                marker={"color": shades[mark], "symbol": symbols[mark], "size": 10},
                customdata=[(full_label(row.title), row.number, _spread(row)) for row in mine],
                hovertemplate="<b>%{customdata[0]}</b>, trial %{customdata[1]}<br>%{x:.5g}%{customdata[2]}"
                "<extra></extra>",
            )
    figure.update_layout(height=list_height(len(info.rows)) + 32)
    figure.update_xaxes(title_text=full_label(info.metric))
    figure.update_yaxes(
        tickvals=list(range(len(info.rows))),
        ticktext=[f"{label(row.title)} · {row.number}" for row in info.rows],
        range=[len(info.rows) - 0.5, -0.5],
        showgrid=False,
    )
    return figure


def _score(row: LeaderboardRow, score: float) -> LeaderboardScore:
    mark = "best" if row.rank == 1 else "baseline" if row.baseline else "tied" if row.tied else ""
    return LeaderboardScore(row.rank, row.trial.number, row.trial.title, score, row.trial.score_std, mark)


def _spread(row: LeaderboardScore) -> str:
    return "" if row.spread is None else f" ± {row.spread:.2g}"
