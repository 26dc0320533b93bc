"""State of predictions: one row through a form, or a file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import param

from modelyard.core.common.types import Json
from modelyard.core.jobs.types import Event, Job
from modelyard.core.tracking.types import ModelVersionInfo
from modelyard.core.workspace.predictions import Prediction
from modelyard.ui.model import Model
from modelyard.ui.problems import told

if TYPE_CHECKING:
    from modelyard.core.workspace.handles import JobHandle
    from modelyard.core.workspace.workspace import Workspace

NUMBERS = ("number", "integer")
FIRST = 12
"""Fields that are shown at once: those of the columns that matter most; the others are folded away."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A column of a model's signature, as a field of the form.

    Parameters
    ----------
    name, kind : str
        As in the signature.
    example : Any
        What the field holds at first: the median, or the most frequent value.
    categories : tuple of str
        What can be chosen.
    hint : str
        The range seen in training.
    """

    name: str
    kind: str
    example: Any
    categories: tuple[str, ...]
    hint: str


def fields_of(version: ModelVersionInfo) -> tuple[FieldSpec, ...]:
    """Return a field for each column of the signature, those that matter most first."""
    shares = version.importance or {}
    columns = sorted(version.signature.get("columns", ()), key=lambda column: -shares.get(column["name"], 0.0))
    return tuple(_field(column) for column in columns)


def _field(column: Json) -> FieldSpec:
    low, high = column.get("min"), column.get("max")
    hint = "" if low is None or high is None else f"{_plain(low)} to {_plain(high)} in training"
    return FieldSpec(column["name"], column["kind"], column.get("example"), tuple(column.get("categories") or ()), hint)


def number_of(text: str) -> int | float | None:
    """Return the number that was typed, None where it is none.

    Examples
    --------
    >>> number_of("12"), number_of("-0.5"), number_of("abc"), number_of("nan")
    (12, -0.5, None, None)
    """
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


class RowPrediction(Model):
    """One row and what the model says of it.

    Parameters
    ----------
    fields : tuple of FieldSpec
        The form.
    values : dict
        What it holds, by column; None is missing.
    wrong : dict
        What is wrong with it, by column, in words.
    busy : bool
        Whether the model is at work.
    prediction : Prediction or None
        What it said last.
    """

    fields = param.ClassSelector(class_=tuple, default=())
    values = param.Dict(default={})
    wrong = param.Dict(default={})
    busy = param.Boolean(default=False)
    prediction = param.ClassSelector(class_=Prediction, default=None, allow_None=True)

    def __init__(self, yard: Workspace, version: ModelVersionInfo, **params: Any) -> None:
        fields = fields_of(version)
        super().__init__(yard, fields=fields, values={field.name: field.example for field in fields}, **params)
        self._ref = version.ref
        self._kinds = {field.name: field.kind for field in fields}
        self._handle: JobHandle[Prediction] | None = None

    def change(self, column: str, value: Any) -> None:
        """A field holds something else now; what the model said of the old row goes."""
        text = value.strip() if isinstance(value, str) else value
        read, wrong = None if text == "" else value, ""
        if isinstance(text, str) and text and self._kinds.get(column) in NUMBERS:
            number = number_of(text)
            read, wrong = (text, f"{text!r} is not a number.") if number is None else (number, "")
        self._handle = None
        others = {name: words for name, words in self.wrong.items() if name != column}
        self.param.update(
            values={**self.values, column: read},
            wrong={**others, column: wrong} if wrong else others,
            prediction=None,
            busy=False,
        )

    def predict(self) -> None:
        """Ask the model; it answers in a process of its own."""
        with self.attempt():
            self._handle = self.yard.models.predict_row(self._ref, self.values)
            self.busy = True

    def follow(self, events: Sequence[Event]) -> None:
        """Read the answer once it is there."""
        handle = self._handle
        if handle is None or not any(event.job_id == handle.id for event in events) or not handle.job.state.ended:
            return
        self._handle = None
        self.busy = False
        with self.attempt():
            self.prediction = handle.result()


class FilePrediction(Model):
    """A file and the job that predicts its rows."""

    job = param.ClassSelector(class_=Job, default=None, allow_None=True)

    def __init__(self, yard: Workspace, version: ModelVersionInfo, **params: Any) -> None:
        super().__init__(yard, **params)
        self._ref = version.ref

    def started(self) -> None:
        """Another file is being sent: what became of the last one goes."""
        self.param.update(job=None, problem=None)

    def received(self, upload_id: str) -> None:
        """The file is here: predict its rows."""
        with self.attempt():
            self.job = self.yard.models.predict_upload(self._ref, upload_id).job

    def failed(self, error: Mapping[str, Any]) -> None:
        """The file did not arrive."""
        self.problem = told(error)

    def cancel(self) -> None:
        """End the job."""
        if self.job is not None:
            with self.attempt():
                self.job = self.yard.jobs.cancel(self.job.id)

    def follow(self, events: Sequence[Event]) -> None:
        """Look at the job again if it said something."""
        if self.job is None or not any(event.job_id == self.job.id for event in events):
            return
        self.job = self.yard.jobs.get(self.job.id)
        if self.job.error:
            self.problem = told(self.job.error)
