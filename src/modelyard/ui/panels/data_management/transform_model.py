"""State of transformations: the steps, the one that is written, what they make of the first rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import param

from modelyard.core.common.errors import InvalidInput, ModelyardError
from modelyard.core.common.types import Json
from modelyard.core.datasets.steps.plan import StepRefused
from modelyard.core.datasets.steps.registry import read_step
from modelyard.ui.fields import Field, fields_of, missing
from modelyard.ui.importing import Importing
from modelyard.ui.model import Aside, Patient, at_once
from modelyard.ui.problems import describe
from modelyard.ui.python import literal, text

if TYPE_CHECKING:
    from modelyard.core.datasets.queries import SqlResult
    from modelyard.core.workspace.dataset import Dataset
    from modelyard.core.workspace.workspace import Workspace

ROWS = 50
DATASETS = 200
"""That are offered to be joined."""

type Steps = tuple[Json, ...]


class Transform(Patient):
    """Steps over a dataset's newest version; nothing is kept of them until a version is made.

    Parameters
    ----------
    dataset : Dataset or None
        That they begin with.
    steps : tuple of dict
        Those that are there.
    kind : str
        Of the step that is written; empty while none is.
    place : int
        Where that step stands, from 0: behind the others for a new one.
    typed : dict
        What its fields show.
    names : tuple of str
        The columns that it finds.
    result : SqlResult or None
        The first rows.
    refused : dict
        Problems by the place of the step, from 0.
    draft_problem : dict or None
        Why what is written cannot be a step.
    into : str
        What another dataset is to be called.
    code : str
        The same in Python.
    """

    dataset = param.Parameter(default=None)
    steps = param.ClassSelector(class_=tuple, default=())
    kind = param.String(default="")
    place = param.Integer(default=0)
    typed = param.Dict(default={})
    names = param.ClassSelector(class_=tuple, default=())
    result = param.Parameter(default=None)
    refused = param.Dict(default={})
    draft_problem = param.Dict(default=None, allow_None=True)
    into = param.String(default="")
    code = param.String(default="")

    def __init__(self, yard: Workspace, name: str, aside: Aside = at_once, **params: Any) -> None:
        super().__init__(yard, aside, **params)
        self._name = name
        self._past: list[Steps] = []
        self._again = False
        self.fields: tuple[Field, ...] = ()

    def load(self, like: str = "") -> None:
        """Read the dataset, and begin with the steps of ``like``: the name of a dataset, a slash, and a version."""
        with self.attempt():
            self.dataset = self.yard.datasets.get(self._name)
            self.names = tuple(column.name for column in self.dataset.columns)
            if like:
                name, _, number = like.rpartition("/")
                made = self.yard.datasets.get(name, int(number) if number.isdecimal() else None)
                self.steps = tuple(made.version.origin.get("steps", ()))
        if self.dataset is not None:
            self._write_code()
            self.look()

    def offered(self, each: Field) -> Sequence[str]:
        """Return what a field may name."""
        if each.of == "datasets":
            found = self.yard.datasets.list(limit=DATASETS).items
            return [info.name for info in found]
        return self.names if each.of == "columns" else ()

    def begin(self, kind: str) -> None:
        """Write a new step behind the others."""
        self._write(kind, len(self.steps), {})

    def edit(self, place: int) -> None:
        """Change a step."""
        values = dict(self.steps[place])
        self._write(str(values.pop("kind")), place, values)

    def give_up(self) -> None:
        """Write no step any more."""
        self.param.update(kind="", draft_problem=None)
        self.look()

    def say(self, name: str, value: Any) -> None:
        """Take what was typed into a field; the rows follow once it is whole."""
        self.param.update(typed={**self.typed, name: value}, draft_problem=None)
        self.look()

    def keep(self) -> None:
        """Put the step that is written to the others."""
        with self.attempt("draft_problem"):
            step = self._draft()
            self._change((*self.steps[: self.place], step, *self.steps[self.place + 1 :]))

    def move(self, place: int, by: int) -> None:
        """Move a step."""
        steps, to = list(self.steps), place + by
        if 0 <= to < len(steps):
            steps[place], steps[to] = steps[to], steps[place]
            self._change(tuple(steps))

    def remove(self, place: int) -> None:
        """Do without a step."""
        self._change((*self.steps[:place], *self.steps[place + 1 :]))

    def undo(self) -> None:
        """Take back the last change of the steps."""
        if self._past:
            self.param.update(steps=self._past.pop(), kind="", draft_problem=None)
            self.look()

    @property
    def undoable(self) -> bool:
        """Whether something can be taken back."""
        return bool(self._past)

    def look(self) -> None:
        """See what the steps make of the first rows, with the one that is written if it is whole."""
        if self.dataset is None:
            return
        if self.busy:
            self._again = True  # once, when the answer that is on its way has come
            return
        dataset, steps, place, draft = self.dataset, self.steps, self.place, None
        if self.kind:
            try:
                draft = self._draft()
            except ModelyardError:
                draft = None
        before = steps[:place] if self.kind else steps
        shown = steps if draft is None else (*steps[:place], draft, *steps[place + 1 :])
        written = place if draft is not None else -1

        def take(found: tuple[tuple[str, ...] | None, SqlResult | None, ModelyardError | None]) -> None:
            names, result, error = found
            at = error.place - 1 if isinstance(error, StepRefused) else None
            told = None if error is None else describe(error.reason if isinstance(error, StepRefused) else error)
            self.param.update(
                names=names or self.names,
                result=result,
                refused={} if at is None or at == written else {at: told},
                problem=told if at is None else None,
                draft_problem=told if at is not None and at == written else self.draft_problem,
            )

        self.slowly(lambda: _tried(dataset, before, shown), take)

    @param.depends("busy", watch=True)
    def _look_again(self) -> None:
        if not self.busy and self._again:
            self._again = False
            self.look()

    def _write(self, kind: str, place: int, values: Mapping[str, Any]) -> None:
        entry = next(each for each in self.yard.datasets.steps() if each.name == kind)
        self.fields = fields_of(entry.load())
        typed = {each.name: each.typed(values.get(each.name, each.default)) for each in self.fields}
        self.param.update(kind=kind, place=place, typed=typed, draft_problem=None)
        self.look()

    def _draft(self) -> Json:
        """Return the step that is written.

        Raises
        ------
        InvalidInput
            If it is not whole.
        """
        values = {each.name: each.said(self.typed[each.name]) for each in self.fields}
        missing(self.fields, values)
        return read_step({"kind": self.kind, **values}).to_json()

    def _change(self, steps: Steps) -> None:
        self._past.append(self.steps)
        self.param.update(steps=steps, kind="", place=len(steps), draft_problem=None, refused={})
        self.look()

    @param.depends("steps", "into", watch=True)
    def _write_code(self) -> None:
        if not self.steps or self.dataset is None:
            self.code = ""
            return
        lines = "".join(f"    {literal(step)},\n" for step in self.steps)
        into = f", into={text(self.into.strip())}" if self.into.strip() else ""
        self.code = f"dataset = yard.datasets.get({text(self.dataset.name)}).transform([\n{lines}]{into})"


def _tried(
    dataset: Dataset, before: Steps, shown: Steps
) -> tuple[tuple[str, ...] | None, SqlResult | None, ModelyardError | None]:
    """Return the columns that the written step finds, and the rows or why there are none."""
    names = None
    try:
        if before != shown:
            names = tuple(column.name for column in dataset.try_steps(before, 1).columns)
        result = dataset.try_steps(shown, ROWS)
        return names or tuple(column.name for column in result.columns), result, None
    except ModelyardError as error:
        return names, None, error


class Transforming(Importing):
    """The version that is made by steps."""

    def start(self, transform: Transform, into: str | None = None) -> None:
        """Begin it; into another dataset where that is named."""
        with self.attempt():
            if into is not None and not into.strip():
                raise InvalidInput("Give the other dataset a name.")
            if transform.kind:
                raise InvalidInput("A step is still being written.", remedy="Keep it, or give it up, first.")
            handle = transform.dataset.transform(transform.steps, into=into and into.strip(), wait=False)
            self._watch(handle.job)

    def replay(self, dataset: Callable[[], Dataset]) -> None:
        """Do the steps of a version again with the newest rows."""
        with self.attempt():
            self._watch(dataset().replay(wait=False).job)
