"""The cards that predict: one row through a form, or a file."""

from __future__ import annotations

from typing import Any

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.tracking.types import ModelVersionInfo
from modelyard.ui import format as fmt
from modelyard.ui.components import Chances, DropZone, Facts, Folded, Progress, Section
from modelyard.ui.components.stock import lean
from modelyard.ui.panels.models.predict_model import FIRST, NUMBERS, FieldSpec, FilePrediction, RowPrediction
from modelyard.ui.progress import download, progress
from modelyard.ui.screen import notice
from modelyard.ui.widgets import button, row

SHOWN_CLASSES = 10
MISSING = ""


class RowCard:
    """A form made from the signature, and the answer beside it."""

    def __init__(self, model: RowPrediction, target: str) -> None:
        self.model = model
        self.target = target
        self.ask = button("Predict", model.predict, loading=model.param.busy, disabled=model.param.busy)
        self.answer = Facts(visible=False, sizing_mode="stretch_width")
        self.chances = Chances(visible=False, sizing_mode="stretch_width")
        first, rest = model.fields[:FIRST], model.fields[FIRST:]
        more = [Folded(self._form(rest), title="More columns", note=_counted(len(rest)))] if rest else []
        self.card = Section(
            self._form(first),
            *more,
            row(self.ask),
            notice(model),
            self.answer,
            self.chances,
            title="Predict one row",
            note="Each field begins with a typical value of the training data. An empty field counts as missing.",
        )
        model.param.watch(lambda *events: self._show(), "prediction")

    def _form(self, fields: tuple[FieldSpec, ...]) -> Viewable:
        return row(*map(self._field, fields), margin=(8, 0, 0, 0), align_items="flex-start")

    def _field(self, spec: FieldSpec) -> Viewable:
        widget: Viewable = field_widget(spec)
        widget.param.watch(lambda event: self.model.change(spec.name, event.new), "value")
        if spec.kind in NUMBERS:
            self.model.param.watch(lambda event: _mark(widget, event.new.get(spec.name, ""), spec.hint), "wrong")
        return widget

    def _show(self) -> None:
        prediction = self.model.prediction
        if prediction is None:
            self.answer.visible = self.chances.visible = False
            return
        value = prediction.value
        text = fmt.real(value, 6) if isinstance(value, float) else str(value)
        self.answer.param.update(
            items=[{"label": f"Prediction of {self.target}", "text": text, "big": True}], visible=True
        )
        shares = list((prediction.probabilities or {}).items())[:SHOWN_CLASSES]
        self.chances.param.update(
            items=[
                {"label": name, "share": share, "text": fmt.share(share), "best": place == 0}
                for place, (name, share) in enumerate(shares)
            ],
            visible=bool(shares),
        )


def _mark(widget: Any, wrong: str, hint: str) -> None:
    widget.param.update(error_state=bool(wrong), helper_text=wrong or hint)


def _typed(number: float | None) -> str:
    return MISSING if number is None else str(number).removesuffix(".0")


def field_widget(spec: FieldSpec) -> Any:
    """Return a widget that fits a column."""
    common: dict[str, Any] = {"label": spec.name, "size": "small", "margin": 0, "width": 240}
    if spec.kind == "boolean":
        return lean(pmui.Select)(options={"Yes": True, "No": False, "(missing)": None}, value=spec.example, **common)
    if spec.kind in NUMBERS:  # Material's number fields turn an empty field into 0
        return lean(pmui.TextInput)(value=_typed(spec.example), placeholder="missing", helper_text=spec.hint, **common)
    example = MISSING if spec.example is None else str(spec.example)
    if spec.kind == "category":
        options = list(dict.fromkeys([*spec.categories, example, MISSING]))
        return lean(pmui.Select)(
            options={option or "(missing)": option for option in options},
            value=example,
            searchable=len(options) > 12,
            **common,
        )
    return lean(pmui.TextInput)(value=example, helper_text=spec.hint, **common)


class FileCard:
    """Drop a file, get it back with predictions."""

    def __init__(self, model: FilePrediction) -> None:
        self.model = model
        self.drop = DropZone(
            title="Drop a file with the same columns",
            note="CSV or Parquet. It comes back as CSV, with predictions beside its rows.",
            sizing_mode="stretch_width",
        )
        self.drop.on("started", lambda message: model.started())
        self.drop.on("uploaded", lambda message: model.received(str(message["upload"])))
        self.drop.on("failed", lambda message: model.failed(dict(message["error"])))
        self.progress = Progress(visible=False, sizing_mode="stretch_width")
        self.progress.on_cancel(model.cancel)
        self.links = lean(pmui.Row)(visible=False, margin=0)
        self.card = Section(self.drop, self.progress, notice(model), self.links, title="Predict a file")
        model.param.watch(lambda *events: self._show(), "job")

    def _show(self) -> None:
        job = self.model.job
        self.progress.param.update(job=progress(job) if job else None, visible=job is not None)
        self.drop.visible = job is None or job.state.ended
        file = download(job) if job is not None else None
        if file is not None:
            self.links.objects = [button("Download the predictions", icon="download", href=file, target="_self")]
        self.links.visible = file is not None


def cards(row_model: RowPrediction, file_model: FilePrediction, version: ModelVersionInfo) -> tuple[RowCard, FileCard]:
    """Return both cards of a version."""
    return RowCard(row_model, version.target), FileCard(file_model)


def _counted(number: int) -> str:
    return f"{fmt.count(number, 'column')} that matter less, with typical values"
