"""The card through which files come in."""

from __future__ import annotations

from collections.abc import Callable

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.ui.components import DropZone, Progress, Section
from modelyard.ui.importing import Importing
from modelyard.ui.progress import progress
from modelyard.ui.screen import notice
from modelyard.ui.widgets import field


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
        self.drop = DropZone(sizing_mode="stretch_width")
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
        self.card = Section(
            self.drop, self.name, self.progress, notice(model), title=title, tools=tools() if tools else []
        )
        model.param.watch(lambda *events: self._show(), "job")

    def _show(self) -> None:
        job = self.model.job
        self.progress.param.update(job=progress(job) if job else None, visible=job is not None)
        self.drop.visible = self.name.visible = job is None
