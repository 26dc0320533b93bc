"""State of one run: what it does, its leaderboard, and registering what it found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import param

from modelyard.core.jobs.types import Event, Job
from modelyard.core.tracking.leaderboard import Leaderboard
from modelyard.core.tracking.types import RunInfo
from modelyard.ui.model import Model

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace

_TELLING = ("state", "run", "planned", "trial")


class RunDetail(Model):
    """One run, read again whenever its job says that something changed.

    Parameters
    ----------
    info : RunInfo or None
        The run.
    job : Job or None
        What does it.
    trials : tuple of TrialInfo
        In the order they were started.
    board : Leaderboard or None
        The finished ones, best first.
    printed : str
        The end of the log; read only while `reading`.
    reading : bool
        Whether the log is unfolded.
    """

    info = param.ClassSelector(class_=RunInfo, default=None, allow_None=True)
    job = param.ClassSelector(class_=Job, default=None, allow_None=True)
    trials = param.ClassSelector(class_=tuple, default=())
    board = param.ClassSelector(class_=Leaderboard, default=None, allow_None=True)
    printed = param.String(default="")
    reading = param.Boolean(default=False)

    def __init__(self, yard: Workspace, run_id: str, **params: Any) -> None:
        super().__init__(yard, **params)
        self.run_id = run_id

    def load(self) -> None:
        """Read everything."""
        with self.attempt():
            run = self.yard.experiments.run(self.run_id)
            info = run.info
            self.param.update(
                info=info,
                job=self.yard.jobs.get(info.job_id) if info.job_id else None,
                trials=tuple(run.trials()),
                board=run.leaderboard(),
            )
        self.read_log()

    @param.depends("reading", watch=True)
    def read_log(self) -> None:
        """Read the end of the log if somebody looks at it."""
        if self.reading and self.job is not None:
            self.printed = self.yard.jobs.log(self.job.id)

    def follow(self, events: Sequence[Event]) -> None:
        """Read again what changed; progress alone needs no reading."""
        mine = [event for event in events if self.job is not None and event.job_id == self.job.id]
        if any(event.kind in _TELLING for event in mine):
            self.load()
            return
        for event in mine:
            if event.kind == "progress" and self.job is not None:
                self.job = replace(self.job, progress=event.payload["progress"], message=event.payload["message"])
        if any(event.kind == "log" for event in mine):
            self.read_log()

    def cancel(self) -> None:
        """End it; what has finished stays."""
        with self.attempt():
            self.yard.experiments.run(self.run_id).cancel()
        if self.problem is None:
            self.load()


class Registering(Model):
    """A trial on its way to becoming a version of a registered model.

    Parameters
    ----------
    number : int or None
        Of the trial, None while nobody registers anything.
    model_name, alias, description : str
        What it will be called.
    """

    number = param.Integer(default=None, allow_None=True)
    model_name = param.String(default="")
    alias = param.String(default="")
    description = param.String(default="")

    def begin(self, info: RunInfo, number: int) -> None:
        """Suggest a name for a trial; the first version of a model is suggested as its champion."""
        name = suggested_name(info)
        new = self.yard.models.list(limit=1, search=name).total == 0
        self.param.update(
            number=number, model_name=name, alias="champion" if new else "challenger", description="", problem=None
        )

    def register(self, run_id: str) -> str | None:
        """Register it; returns the reference of the new version, None if it was refused."""
        number = self.number
        if number is None:
            return None
        ref = None
        with self.attempt():
            candidate = self.yard.experiments.run(run_id).candidate(number)
            model = candidate.register(
                self.model_name.strip(), alias=self.alias.strip() or None, description=self.description.strip()
            )
            ref = model.info.ref
            self.number = None
        return ref


def suggested_name(info: RunInfo) -> str:
    """Return a name that the registry accepts.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> suggested_name(SimpleNamespace(dataset=SimpleNamespace(name="bank (2026)"), target="deposit"))
    'bank-2026-deposit'
    """
    return re.sub(r"[^\w.]+", "-", f"{info.dataset.name}-{info.target}").strip("-.")[:100] or "model"
