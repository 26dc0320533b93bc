"""The card through which files come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, get_args, get_origin

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.ui.components import DropZone, Progress, Section
from modelyard.ui.components.stock import lean
from modelyard.ui.importing import CONTRACTS, Importing
from modelyard.ui.progress import progress
from modelyard.ui.screen import notice
from modelyard.ui.widgets import button, field, row, stack, words

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from modelyard.core.datasets.options import Readable

_TABLES = "CSV, JSON, Parquet, Arrow or Excel; any separator and encoding. Large files are fine."

_GUESS = "Found by itself"
_AS_HIGH = {"minHeight": "35px"}  # as the fields of text beside it


class ImportCard:
    """Drop zone, name, progress and errors of an import.

    Parameters
    ----------
    model : Importing
        Its state.
    tools : callable, optional
        Makes buttons beside the title.
    """

    def __init__(
        self, model: Importing, title: str = "Bring in a table", tools: Callable[[], list[Viewable]] | None = None
    ) -> None:
        self.model = model
        self.drop = DropZone(title="Drop a table here", note=_TABLES, sizing_mode="stretch_width")
        self.drop.on("started", lambda message: model.started(str(message["name"])))
        self.drop.on("uploaded", lambda message: model.received(str(message["upload"])))
        self.drop.on("failed", lambda message: model.failed(dict(message["error"])))
        self.name = field(
            pmui.TextInput,
            model.param.dataset_name,
            "Name of the dataset",
            placeholder="The name of the file",
            max_width=420,
        )
        # a file may be dropped while the cursor still is in the field: what was typed so far counts
        self.name.param.watch(lambda event: setattr(model, "dataset_name", event.new), "value_input")
        self.progress = Progress(visible=False, sizing_mode="stretch_width")
        self.progress.on_cancel(model.cancel)
        self.asks = lean(pmui.Checkbox).from_param(
            model.param.asks, label="Say how the file is read", margin=0, size="small"
        )
        self.contract = field(
            pmui.Select,
            model.param.contract,
            "There is such a dataset. If columns or types change",
            options={words: name for name, words in CONTRACTS.items()},
            max_width=420,
            visible=model.grows,
        )
        self.form = stack(visible=False)
        parts = (self.drop, self.name, self.contract, self.asks, self.form, self.progress, notice(model))
        self.card = Section(*parts, title=title, tools=tools() if tools else [])
        model.param.watch(lambda *events: self._show(), ["job", "found", "grows"])

    def _show(self) -> None:
        job, found = self.model.job, self.model.found
        self.progress.param.update(job=progress(job) if job else None, visible=job is not None)
        self.drop.visible = self.asks.visible = job is None and found is None
        self.name.visible = job is None
        self.contract.visible = job is None and self.model.grows
        self.form.param.update(objects=self._fields(found) if found else [], visible=found is not None)

    def _fields(self, found: Readable) -> list[Viewable]:
        """Return the form of a file's reader, made from the model of its options."""
        fields = {name: _field(name, facts, found.sheets) for name, facts in found.model.fields().items()}

        def read() -> None:
            self.model.read({name: said(widget.value) for name, (widget, said) in fields.items()})

        none = [] if fields else [words("Such a file says itself what it holds: there is nothing to choose.")]
        widgets = row(*(widget for widget, _ in fields.values()), align_items="flex-start")
        another = button("Another file", self.model.drop, variant="text")
        return [*none, widgets, row(button("Import", read, variant="contained"), another)]


def _field(name: str, facts: FieldInfo, sheets: Sequence[str]) -> tuple[Any, Callable[[Any], Any]]:
    """Return a widget for one option, and what turns its value into the option's; None leaves it to the reader."""
    usual = {"label": facts.title, "description": facts.description, "size": "small", "margin": 0, "width": 250}
    if facts.annotation is bool:
        return lean(pmui.Checkbox)(value=False, **usual), lambda value: value or None
    extra = facts.json_schema_extra
    choices: Any = extra.get("choices", ()) if isinstance(extra, dict) else ()
    known = {str(each): each for each in (sheets if name == "sheet" else choices)}
    if bool in get_args(facts.annotation):
        known = {"Yes": True, "No": False}
    if known:
        return lean(pmui.Select)(options=[_GUESS, *known], value=_GUESS, sx=_AS_HIGH, **usual), known.get
    if get_origin(facts.annotation) is tuple:
        several = lean(pmui.TextInput)(placeholder="Separated by commas", **usual)
        return several, lambda value: tuple(each.strip() for each in value.split(",") if each.strip())
    return lean(pmui.TextInput)(placeholder=_GUESS, **usual), lambda value: value or None
