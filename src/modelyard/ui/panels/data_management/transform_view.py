"""The screen of transformations: steps, the one that is written, the first rows, the version that is made."""

from __future__ import annotations

from collections.abc import Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.datasets.steps.registry import STEPS, read_step
from modelyard.core.jobs.types import Event
from modelyard.ui import format as fmt
from modelyard.ui.components import Code, DataTable, Progress, Section, Steps
from modelyard.ui.components.stock import lean
from modelyard.ui.field_widgets import asked, grid
from modelyard.ui.panels.data_management.dataset_parts import head
from modelyard.ui.panels.data_management.preview_view import MOST, columns_of, rows_of
from modelyard.ui.panels.data_management.transform_model import ROWS, Transform, Transforming
from modelyard.ui.progress import progress
from modelyard.ui.screen import Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, field, row, stack, words

NOTE = "Steps are tried on the first 10,000 rows as you write them. Versions never change: a new one is made."
NO_STEP = "No step yet: choose one below."


class TransformScreen(Screen):
    """Steps over the newest version of a dataset."""

    def __init__(self, session: Session, name: str, like: str = "") -> None:
        super().__init__(session)
        self.name = name
        self.model = Transform(session.yard, name, session.aside)
        self.making = Transforming(session.yard, session.imported)
        self.steps = Steps(sizing_mode="stretch_width")
        self.steps.on_act(self._act)
        self.none = words(NO_STEP)
        self.undo = button("Undo", self.model.undo, variant="outlined", icon="undo", disabled=True)
        self.form = _StepForm(self.model)
        self.rows = DataTable(label="First rows", limit=ROWS, tall=420, nothing="No row is left.")
        self.preview = Section(notice(self.model), self.rows, title="What comes of it", flush=True)
        self.make = _Making(self.model, self.making)
        self.model.param.watch(lambda *events: self._show(), ["steps", "refused", "kind", "place"])
        self.model.param.watch(lambda *events: self._show_rows(), ["result", "busy"])
        self.model.load(like)
        self._show()
        self._show_rows()

    @property
    def content(self) -> Sequence[Viewable]:
        """From the steps to the version."""
        if self.model.dataset is None:
            return [*head("Dataset", "transform"), notice(self.model)]
        note = f"Begins with version {self.model.dataset.version.number}."
        return [
            *head(self.name, "transform", NOTE),
            Section(self.none, self.steps, title="Steps", note=note, tools=[self.undo]),
            self.form.card,
            self.preview,
            self.make.card,
        ]

    def hear(self, events: Sequence[Event]) -> None:
        """Follow the job that makes the version."""
        self.making.follow(events)

    def shows(self, job_id: str) -> bool:
        """The card shows how it ends."""
        return self.making.last_job == job_id

    def _act(self, act: str, place: int) -> None:
        if not 0 <= place < len(self.model.steps):
            return
        if act == "edit":
            self.model.edit(place)
        elif act == "remove":
            self.model.remove(place)
        else:
            self.model.move(place, -1 if act == "up" else 1)

    def _show(self) -> None:
        model = self.model
        self.steps.param.update(items=step_items(model.steps, model.refused), open=model.place if model.kind else -1)
        self.steps.visible, self.none.visible = bool(model.steps), not model.steps
        self.undo.disabled = not model.undoable

    def _show_rows(self) -> None:
        found = self.model.result
        self.rows.visible = found is not None
        if self.model.busy and found is None:
            self.preview.note = "Trying …"
        elif found is None:
            self.preview.note = "Nothing can be shown until the step is mended."
        else:
            wide = f", {MOST} of {fmt.count(len(found.columns), 'column')}" if len(found.columns) > MOST else ""
            some = "The first" if found.more else "All"
            self.preview.note = f"{some} {fmt.count(len(found), 'row')} of what the first 10,000 rows give{wide}."
            self.rows.param.update(
                columns=columns_of([(each.name, each.type) for each in found.columns]),
                rows=rows_of(found.rows(0, ROWS)),
                total=len(found),
            )


class _StepForm:
    """The kind of a step, and what it wants to know."""

    def __init__(self, model: Transform) -> None:
        self.model = model
        self.made_for: tuple[object, ...] | None = None
        kinds = {"Choose a step": "", **{title(entry.name): entry.name for entry in STEPS}}
        self.kind = lean(pmui.Select)(
            label="Add a step", options=kinds, value="", size="small", margin=0, max_width=320
        )
        self.kind.param.watch(lambda event: self._choose(event.new), "value")
        self.about = words("", visible=False)
        self.fields = stack()
        self.keep = button("Add the step", model.keep, variant="contained")
        drop = button("Give up", model.give_up, variant="text")
        self.buttons = row(self.keep, drop, visible=False)
        parts = (self.kind, self.about, self.fields, notice(model, "draft_problem"), self.buttons)
        self.card = Section(*parts, title="Add a step")
        model.param.watch(lambda *events: self._show(), ["kind", "place", "names"])

    def _choose(self, kind: str) -> None:
        if kind and kind != self.model.kind:
            self.model.begin(kind)
        elif not kind and self.model.kind:
            self.model.give_up()

    def _show(self) -> None:
        model = self.model
        made_for = (model.kind, model.place, model.names if model.kind else ())
        if made_for == self.made_for:
            return  # what is typed keeps the cursor
        self.made_for = made_for
        changing = bool(model.kind) and model.place < len(model.steps)
        heading = f"Change step {model.place + 1}" if changing else "Add a step"
        self.card.param.update(title=heading, appeal=self.card.appeal + changing)
        self.kind.param.update(value=model.kind, label="Kind of step")
        self.keep.label = "Keep the change" if changing else "Add the step"
        about = next((entry.summary for entry in STEPS if entry.name == model.kind), "")
        self.about.param.update(text=about, visible=bool(about))
        self.buttons.visible = bool(model.kind)
        widgets = [asked(model, each, model.offered(each)) for each in model.fields] if model.kind else []
        self.fields.objects = [grid(*widgets)] if widgets else []


class _Making:
    """The version of this dataset, or of another one."""

    def __init__(self, model: Transform, making: Transforming) -> None:
        self.model, self.making = model, making
        self.progress = Progress(visible=False, sizing_mode="stretch_width")
        self.progress.on_cancel(making.cancel)
        name = field(pmui.TextInput, model.param.into, "Name of another dataset", max_width=320)
        name.param.watch(lambda event: setattr(model, "into", event.new), "value_input")
        here = button("Make a version", lambda: making.start(model), variant="contained")
        there = button("Save as another dataset", lambda: making.start(model, model.into), variant="outlined")
        self.start = row(here, name, there)
        code = Code(code=model.param.code, label="The same in Python", sizing_mode="stretch_width")
        note = "All rows, by a job. The version keeps its steps, which can be replayed on newer rows."
        parts = (self.start, self.progress, notice(making), code)
        self.card = Section(*parts, title="Keep it", note=note, visible=False)
        making.param.watch(lambda *events: self._follow(), "job")
        model.param.watch(lambda *events: self._show(), "steps")

    def _show(self) -> None:
        self.card.visible = bool(self.model.steps)

    def _follow(self) -> None:
        job = self.making.job
        self.progress.param.update(job=progress(job) if job else None, visible=job is not None)
        self.start.visible = job is None


def title(kind: str) -> str:
    """Return what a kind of step is called.

    Examples
    --------
    >>> title("split_dates")
    'Split dates'
    """
    return kind.replace("_", " ").capitalize()


def step_items(steps: Sequence[Json], refused: dict[int, Json] | None = None) -> list[Json]:
    """Return steps as the component shows them."""
    wrong = refused or {}
    items: list[Json] = []
    for place, values in enumerate(steps):
        error = wrong.get(place)
        said = {"error": " ".join(filter(None, [error["what"], error.get("remedy")]))} if error else {}
        items.append({"text": read_step(values).sentence, "kind": title(str(values["kind"])), **said})
    return items
