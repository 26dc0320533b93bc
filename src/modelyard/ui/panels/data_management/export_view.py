"""A version as a file: choose what, watch the job, fetch it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import panel_material_ui as pmui
import param

from modelyard.core.jobs.types import Event, Job
from modelyard.ui.components import Code, Folded, Progress
from modelyard.ui.components.stock import lean
from modelyard.ui.model import Model
from modelyard.ui.problems import told
from modelyard.ui.progress import download, progress
from modelyard.ui.python import text
from modelyard.ui.screen import notice
from modelyard.ui.widgets import button, row

if TYPE_CHECKING:
    from modelyard.core.workspace.dataset import Dataset
    from modelyard.core.workspace.workspace import Workspace

KINDS = {
    "CSV": ("csv", None),
    "CSV, packed by gzip": ("csv", "gzip"),
    "JSON lines": ("jsonl", None),
    "JSON lines, packed by gzip": ("jsonl", "gzip"),
    "Parquet": ("parquet", None),
    "Arrow": ("arrow", None),
    "Excel": ("xlsx", None),
}
"""What can be chosen: words, format and compression."""


class Export(Model):
    """The export of one version.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    job : Job or None
        The last one.
    """

    kind: Any = param.Selector(default="CSV", objects=[*KINDS])
    job = param.ClassSelector(class_=Job, default=None, allow_None=True)

    def __init__(self, yard: Workspace, dataset: Dataset, **params: Any) -> None:
        super().__init__(yard, **params)
        self._dataset = dataset

    @property
    def code(self) -> str:
        """The same in Python."""
        format, compression = KINDS[self.kind]
        name = text(self._dataset.name)
        packed = f', compression="{compression}"' if compression else ""
        number = self._dataset.version.number
        return f'yard.datasets.get({name}, {number}).export(format="{format}"{packed})'

    def start(self) -> None:
        """Begin it."""
        format, compression = KINDS[self.kind]
        with self.attempt():
            self.job = self._dataset.export(format=format, compression=compression, wait=False).job

    def cancel(self) -> None:
        """End it."""
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


class ExportCard:
    """What to write, its button, its progress, and the file."""

    def __init__(self, yard: Workspace, dataset: Dataset) -> None:
        self.model = Export(yard, dataset)
        kind = lean(pmui.Select).from_param(self.model.param.kind, label="Format", size="small", margin=0, width=260)
        self.button = button("Export", self.model.start, icon="file_download", variant="outlined")
        self.links = lean(pmui.Row)(visible=False, margin=0)
        self.progress = Progress(visible=False, sizing_mode="stretch_width")
        self.progress.on_cancel(self.model.cancel)
        code = Code(code=self.model.code, label="The same in Python", sizing_mode="stretch_width")
        self.model.param.watch(lambda event: code.param.update(code=self.model.code), "kind")
        self.model.param.watch(lambda *events: self._show(), "job")
        self.card = Folded(
            row(kind, self.button, self.links),
            self.progress,
            notice(self.model),
            code,
            title="Export",
            note="All rows of this version as a file",
        )

    def _show(self) -> None:
        job = self.model.job
        self.progress.param.update(job=progress(job) if job else None, visible=job is not None)
        self.button.disabled = job is not None and not job.state.ended
        file = download(job) if job is not None else None
        if file is not None:
            self.links.objects = [button("Download the file", icon="download", href=file, target="_self")]
        self.links.visible = file is not None
