"""Trials: what a run tries, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from modelyard.core.common.errors import Conflict, InvalidInput, NotFound
from modelyard.core.common.ids import new_id
from modelyard.core.common.types import Json
from modelyard.core.tracking.leaderboard import Leaderboard, rank_trials
from modelyard.core.tracking.reading import select_trials, trial_info
from modelyard.core.tracking.store import Store
from modelyard.core.tracking.tables import runs, trials
from modelyard.core.tracking.types import TrialInfo, TrialKind, TrialState


class TrialStore(Store):
    """Trials in the database.

    A trial is started, then it is finished, fails or is stopped, once. A model may be attached to a finished one later.
    """

    def start_trial(
        self, run_id: str, number: int, estimator: str, params: Json, kind: TrialKind | str, *, title: str = ""
    ) -> TrialInfo:
        """Put a trial on record as running.

        Parameters
        ----------
        number : int
            Unique within the run.
        estimator : str
            Its name in the registry of estimators.
        kind : TrialKind
            ``baseline``, ``portfolio`` or ``search``.
        title : str
            For people; `estimator` by default.

        Raises
        ------
        NotFound
            If there is no such run.
        Conflict
            If the run has a trial of this number.
        """
        trial_id, same = new_id("trial"), (trials.c.run_id == run_id) & (trials.c.number == number)
        with self.database.write() as connection:
            if connection.execute(select(runs.c.id).where(runs.c.id == run_id)).first() is None:
                raise NotFound(f"There is no run {run_id!r}.")
            if connection.execute(select(trials.c.id).where(same)).first() is not None:
                raise Conflict(f"The run {run_id!r} already has a trial {number}.")
            connection.execute(
                insert(trials).values(
                    id=trial_id,
                    run_id=run_id,
                    number=number,
                    estimator=estimator,
                    title=title or estimator,
                    kind=TrialKind(kind),
                    params=params,
                    state=TrialState.RUNNING,
                    fold_scores=[],
                    metrics={},
                    started_at=self.clock.now(),
                )
            )
        return self.trial(trial_id)

    def finish_trial(
        self,
        trial_id: str,
        *,
        score: float,
        score_std: float | None = None,
        fold_scores: Sequence[float] = (),
        metrics: Mapping[str, float] | None = None,
        fit_seconds: float | None = None,
        predict_ms_per_row: float | None = None,
        model_key: str | None = None,
        importance: Mapping[str, float] | None = None,
    ) -> TrialInfo:
        """Write down what a trial came to; in the same transaction the run learns if it is the best so far.

        Parameters
        ----------
        score : float
            On the run's metric.
        model_key : str, optional
            The stored model. Store it first.

        Raises
        ------
        InvalidInput
            If a score is not a finite number.
        NotFound
            If there is no such trial.
        Conflict
            If it is not running, or its run has no metric yet.
        """
        wrong = [value for value in (score, *fold_scores) if not math.isfinite(value)]
        if wrong:
            raise InvalidInput(f"A trial cannot finish with the score {wrong[0]}.", remedy="Record it as failed.")
        with self.database.write() as connection:
            self._end(
                connection,
                trial_id,
                TrialState.FINISHED,
                score=score,
                score_std=score_std,
                fold_scores=list(fold_scores),
                metrics=_finite(metrics or {}),
                fit_seconds=fit_seconds,
                predict_ms_per_row=predict_ms_per_row,
                model_key=model_key,
                importance=None if importance is None else _finite(importance),
            )
            _note_best(connection, trial_id, score)
        return self.trial(trial_id)

    def fail_trial(self, trial_id: str, error: Json) -> TrialInfo:
        """Write down why a trial failed: `error` as of `ModelyardError.to_dict`. Raises as `finish_trial` does."""
        with self.database.write() as connection:
            self._end(connection, trial_id, TrialState.FAILED, error=error)
        return self.trial(trial_id)

    def stop_trial(self, trial_id: str) -> TrialInfo:
        """Write down that a trial was given up, its budget being spent. Raises as `finish_trial` does."""
        with self.database.write() as connection:
            self._end(connection, trial_id, TrialState.STOPPED)
        return self.trial(trial_id)

    def attach_model(
        self, trial_id: str, model_key: str, *, importance: Mapping[str, float] | None = None
    ) -> TrialInfo:
        """Give a finished trial its stored model; a model that it had is replaced.

        Raises
        ------
        NotFound
            If there is no such trial.
        Conflict
            If it has not finished.
        """
        values: dict[str, Any] = {"model_key": model_key, "revision": trials.c.revision + 1}
        if importance is not None:
            values["importance"] = _finite(importance)
        with self.database.write() as connection:
            if _state(connection, trial_id) is not TrialState.FINISHED:
                raise Conflict(f"The trial {trial_id!r} has not finished, so it can have no model.")
            connection.execute(update(trials).where(trials.c.id == trial_id).values(**values))
        return self.trial(trial_id)

    def trial(self, trial_id: str) -> TrialInfo:
        """Return the trial, or raise `NotFound`."""
        with self.database.read() as connection:
            row = connection.execute(select_trials().where(trials.c.id == trial_id)).first()
        if row is None:
            raise NotFound(f"There is no trial {trial_id!r}.")
        return trial_info(row)

    def trials(self, run_id: str) -> list[TrialInfo]:
        """Return all trials of a run by number.

        What is still marked as running although the run's job has ended, reads as stopped.

        Raises
        ------
        NotFound
            If there is no such run.
        """
        return self._read(run_id)[0]

    def leaderboard(self, run_id: str) -> Leaderboard:
        """Return the finished trials of a run, best first. Raises `NotFound` if there is no such run."""
        found, metric, greater_is_better = self._read(run_id)
        return rank_trials(found, run_id=run_id, metric=metric, greater_is_better=bool(greater_is_better))

    def _read(self, run_id: str) -> tuple[list[TrialInfo], str | None, bool | None]:
        with self.database.read() as connection:
            run = connection.execute(select(runs.c.metric, runs.c.greater_is_better).where(runs.c.id == run_id)).first()
            if run is None:
                raise NotFound(f"There is no run {run_id!r}.")
            query = select_trials().where(trials.c.run_id == run_id).order_by(trials.c.number)
            return [trial_info(row) for row in connection.execute(query).all()], run.metric, run.greater_is_better

    def _end(self, connection: Connection, trial_id: str, state: TrialState, **values: Any) -> None:
        before = _state(connection, trial_id)
        if before is not TrialState.RUNNING:
            raise Conflict(f"The trial {trial_id!r} has ended before: it is {before}.")
        connection.execute(
            update(trials)
            .where(trials.c.id == trial_id)
            .values(state=state, ended_at=self.clock.now(), revision=trials.c.revision + 1, **values)
        )


def _state(connection: Connection, trial_id: str) -> TrialState:
    state = connection.execute(select(trials.c.state).where(trials.c.id == trial_id).with_for_update()).scalar()
    if state is None:
        raise NotFound(f"There is no trial {trial_id!r}.")
    return TrialState(state)


def _note_best(connection: Connection, trial_id: str, score: float) -> None:
    """Point the run to this trial if nothing before was as good."""
    run = connection.execute(
        select(runs.c.id, runs.c.metric, runs.c.greater_is_better, runs.c.best_trial_id)
        .join(trials, trials.c.run_id == runs.c.id)
        .where(trials.c.id == trial_id)
        .with_for_update()
    ).one()
    if run.metric is None or run.greater_is_better is None:
        raise Conflict(
            f"The run {run.id!r} has no metric yet, so no trial of it can be scored.",
            remedy="Set metric and greater_is_better of the run first.",
        )
    best = connection.execute(select(trials.c.score).where(trials.c.id == run.best_trial_id)).scalar()
    if best is None or (score > best if run.greater_is_better else score < best):
        connection.execute(
            update(runs).where(runs.c.id == run.id).values(best_trial_id=trial_id, revision=runs.c.revision + 1)
        )


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    """Leave out what JSON cannot hold, such as a metric that is not defined for the data."""
    return {name: float(value) for name, value in values.items() if math.isfinite(value)}
