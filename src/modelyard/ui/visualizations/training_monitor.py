"""A run while it trains and afterwards: progress, score over time, leaderboard, what to know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.jobs.types import Job
from modelyard.core.tracking.leaderboard import Leaderboard, LeaderboardRow
from modelyard.core.tracking.types import RunInfo, TrialState
from modelyard.figures.score_over_time import score_over_time_info
from modelyard.ui import format as fmt
from modelyard.ui.components import DataTable, Progress, Section, Sentences, column
from modelyard.ui.panels.experiments.choices import metric_title
from modelyard.ui.progress import progress
from modelyard.ui.visualizations.score_chart import ScoreChart

if TYPE_CHECKING:
    from modelyard.ui.panels.experiments.run_model import RunDetail

PAGE = 15
ONE_SPLIT = "Judged on one split only: the budget was short; scores have no spread."
NOT_KEPT: Json = {"name": "", "label": "model not kept", "hint": "Only the best models so far are kept", "words": True}


def columns(metric: str | None) -> list[Json]:
    """Return the columns of a leaderboard."""
    return [
        column("rank", "#", "number", width=40),
        column("model", "Model", "title"),
        column("score", metric_title(metric), "number"),
        column("spread", "±", "number"),
        column("marks", "", "chips"),
        column("fit", "Training", "number"),
        column("speed", "ms a row", "number"),
        column("act", "", "action"),
    ]


def board_row(row: LeaderboardRow, *, folds: int | None = None) -> Json:
    """Return a place of the leaderboard as a row of a table; `folds` are those of the run."""
    trial = row.trial
    params = ", ".join(
        f"{name} {fmt.real(value, 3) if isinstance(value, float) else value}" for name, value in trial.params.items()
    )
    judged = len(trial.fold_scores)
    marks = [
        *(["Yardstick"] if row.baseline else []),
        *(["Tied"] if row.tied else []),
        *([f"{judged} of {folds} folds"] if folds is not None and 0 < judged < folds else []),
    ]
    return {
        "key": trial.id,
        "cells": {
            "rank": str(row.rank),
            "model": {
                "text": trial.title,
                "strong": row.rank == 1,
                "note": f"Trial {trial.number}" + (f": {params}" if params else ""),
            },
            "score": fmt.score(trial.score),
            "spread": fmt.real(trial.score_std, 2) if trial.score_std is not None else None,
            "marks": marks or None,
            "fit": fmt.duration(trial.fit_seconds),
            "speed": fmt.real(trial.predict_ms_per_row, 2),
            "act": [
                {
                    "name": str(trial.number),
                    "label": "Register",
                    "hint": f"Register trial {trial.number}",
                    "tone": "primary",
                }
            ]
            if trial.model_key
            else [NOT_KEPT],
        },
    }


def standing(board: Leaderboard) -> str:
    """Return how many trials stand where, in words."""
    counts = [
        fmt.count(len(board.rows)) + " finished",
        fmt.count(board.n_running) + " running" if board.n_running else "",
        fmt.count(board.n_failed) + " failed" if board.n_failed else "",
        fmt.count(board.n_stopped) + " stopped" if board.n_stopped else "",
    ]
    return ", ".join(filter(None, counts))


class TrainingMonitor:
    """The live part of a run's screen.

    Parameters
    ----------
    model : RunDetail
        The state that it follows.
    register : callable
        Called with the number of the trial that somebody wants to register.
    dark : bool
        The mode of the page.
    """

    def __init__(self, model: RunDetail, register: Callable[[int], None], *, dark: bool) -> None:
        self.model = model
        self.progress = Progress(sizing_mode="stretch_width")
        self.progress.on_cancel(model.cancel)
        self.chart = ScoreChart(dark=dark)
        self.table = DataTable(
            label="Leaderboard",
            limit=PAGE,
            lively=True,
            nothing="The first model is training. It appears here as soon as it is scored.",
        )
        self.table.on_page(self._turn)
        self.table.on_cell(lambda row, key, value: register(int(value)))
        self.board = Section(self.table, title="Leaderboard", flush=True)
        self.warnings = Sentences(sizing_mode="stretch_width")
        self.caution = Section(self.warnings, title="Good to know", visible=False)
        self._offset = 0
        model.param.watch(lambda *events: self._show_job(), "job")
        model.param.watch(lambda *events: self._show(), ["info", "trials", "board"])

    @property
    def content(self) -> Sequence[Viewable]:
        """From top to bottom."""
        return [
            Section(self.progress),
            Section(
                self.chart.pane,
                title="Score over time",
                note="Each point is a model, judged on rows it has not seen. The line is the best so far.",
            ),
            self.board,
            self.caution,
        ]

    def show(self) -> None:
        """Draw the state as it is."""
        self._show_job()
        self._show()

    def _show_job(self) -> None:
        job, info = self.model.job, self.model.info
        if job is not None:
            self.progress.job = progress(job, until=_end(job, info))

    def _show(self) -> None:
        info, board = self.model.info, self.model.board
        if info is None or board is None:
            return
        self._draw(info)
        shown = board.rows[self._offset : self._offset + PAGE]
        self.table.param.update(
            columns=columns(info.metric),
            rows=[board_row(row, folds=info.facts.get("folds")) for row in shown],
            total=len(board.rows),
            offset=self._offset,
        )
        self.board.note = standing(board) if self.model.trials else ""
        failed = [trial for trial in self.model.trials if trial.state is TrialState.FAILED]
        self.warnings.items = [
            *({"text": text, "tone": "warning"} for text in info.warnings),
            *([{"text": ONE_SPLIT, "tone": "info"}] if info.facts.get("folds") == 1 else []),
            *(
                {
                    "text": f"Trial {trial.number}, {trial.title}, failed: {(trial.error or {}).get('what', '')}",
                    "tone": "error",
                }
                for trial in failed
            ),
        ]
        self.caution.visible = bool(self.warnings.items)

    def redraw(self, *, dark: bool) -> None:
        """Draw with the colors of the other mode."""
        self.chart.dark = dark
        if self.model.info is not None:
            self._draw(self.model.info)

    def _draw(self, info: RunInfo) -> None:
        curve = score_over_time_info(
            self.model.trials,
            metric=metric_title(info.metric),
            greater_is_better=info.greater_is_better is not False,
            started_at=info.started_at,
        )
        self.chart.show(curve, curve.metric, info.spec.get("budget_s"))

    def _turn(self, offset: int) -> None:
        self._offset = offset
        self._show()


def _end(job: Job, info: RunInfo | None) -> datetime | None:
    """Return when the budget ends, None where there is none."""
    budget = info.spec.get("budget_s") if info is not None else None
    return None if budget is None or job.started_at is None else job.started_at + timedelta(seconds=float(budget))
