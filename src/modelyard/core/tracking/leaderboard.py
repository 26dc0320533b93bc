"""The leaderboard of a run: finished trials, best first, with honest ties."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from modelyard.core.tracking.types import TrialInfo, TrialKind, TrialState


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """A finished trial and its place.

    Parameters
    ----------
    rank : int
        From 1; equal scores are ranked in the order of their trials.
    tied : bool
        Whether it cannot be told from the first: its score is within one standard error of the first one's, which is
        the standard deviation of the first one's fold scores divided by the square root of their number. The first
        itself is not marked.
    """

    rank: int
    trial: TrialInfo
    tied: bool

    @property
    def baseline(self) -> bool:
        """Whether it is a yardstick: a model that ignores the columns, or a plain default one."""
        return self.trial.kind is TrialKind.BASELINE


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The finished trials of a run, best first.

    Parameters
    ----------
    metric : str or None
        What `TrialInfo.score` is; None before the target has been looked at.
    rows : tuple of LeaderboardRow
        Best first.
    n_running, n_failed, n_stopped : int
        Trials that are not in `rows`.
    """

    run_id: str
    metric: str | None
    greater_is_better: bool
    rows: tuple[LeaderboardRow, ...]
    n_running: int = 0
    n_failed: int = 0
    n_stopped: int = 0

    @property
    def best(self) -> LeaderboardRow | None:
        """The first row, None if no trial has finished."""
        return self.rows[0] if self.rows else None

    def to_records(self) -> list[dict[str, Any]]:
        """Return one flat dictionary a row, for a table or a frame."""
        return [
            {
                "rank": row.rank,
                "estimator": row.trial.estimator,
                "title": row.trial.title,
                "kind": str(row.trial.kind),
                "score": row.trial.score,
                "score_std": row.trial.score_std,
                "tied": row.tied,
                "fit_seconds": row.trial.fit_seconds,
                "predict_ms_per_row": row.trial.predict_ms_per_row,
                "trial_id": row.trial.id,
            }
            for row in self.rows
        ]

    def _repr_html_(self) -> str:
        if not self.rows:
            return "<p>No trial has finished yet.</p>"
        head = "".join(
            f"<th>{escape(title)}</th>" for title in ("#", "Model", self.metric or "Score", "±", "Fit, s", "")
        )
        body = "".join(f"<tr>{_cells(row)}</tr>" for row in self.rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def rank_trials(
    trials: Sequence[TrialInfo], *, run_id: str, metric: str | None, greater_is_better: bool
) -> Leaderboard:
    """Build the leaderboard of a run from its trials.

    Parameters
    ----------
    greater_is_better : bool
        The direction of the metric.
    """
    finished = [trial for trial in trials if trial.state is TrialState.FINISHED and trial.score is not None]
    sign = -1.0 if greater_is_better else 1.0
    ordered = sorted(finished, key=lambda trial: (sign * _score(trial), trial.number))
    near = _standard_error(ordered[0]) if ordered else 0.0
    rows = tuple(
        LeaderboardRow(place, trial, place > 1 and abs(_score(trial) - _score(ordered[0])) <= near)
        for place, trial in enumerate(ordered, start=1)
    )
    states = [trial.state for trial in trials]
    return Leaderboard(
        run_id=run_id,
        metric=metric,
        greater_is_better=greater_is_better,
        rows=rows,
        n_running=states.count(TrialState.RUNNING),
        n_failed=states.count(TrialState.FAILED),
        n_stopped=states.count(TrialState.STOPPED),
    )


def _score(trial: TrialInfo) -> float:
    return math.nan if trial.score is None else trial.score


def _standard_error(trial: TrialInfo) -> float:
    folds = len(trial.fold_scores)
    return 0.0 if folds < 2 or trial.score_std is None else trial.score_std / math.sqrt(folds)


def _cells(row: LeaderboardRow) -> str:
    trial = row.trial
    mark = "baseline" if row.baseline else "tied with the best" if row.tied else ""
    spread = "" if trial.score_std is None else f"{trial.score_std:.2g}"
    seconds = "" if trial.fit_seconds is None else f"{trial.fit_seconds:.1f}"
    values = (str(row.rank), trial.title, f"{_score(trial):.5g}", spread, seconds, mark)
    return "".join(f"<td>{escape(value)}</td>" for value in values)
