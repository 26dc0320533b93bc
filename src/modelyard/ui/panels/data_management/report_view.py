"""The page about a version as a file: asked for by a button, made by a job, and fetched."""

from __future__ import annotations

from modelyard.core.workspace.dataset import Dataset
from modelyard.core.workspace.workspace import Workspace
from modelyard.ui.components import Code, Progress, Section
from modelyard.ui.panels.data_management.export_view import Export
from modelyard.ui.progress import download, progress
from modelyard.ui.python import text
from modelyard.ui.screen import notice
from modelyard.ui.widgets import button


class ReportJob(Export):
    """The report on one version."""

    @property
    def code(self) -> str:
        """The same in Python."""
        return f"yard.datasets.get({text(self._dataset.name)}, {self._dataset.version.number}).report()"

    def start(self) -> None:
        """Have it written."""
        with self.attempt():
            self.job = self._dataset.report(wait=False).job


class ReportCard:
    """Its progress, and the file; nothing until the button was clicked."""

    def __init__(self, yard: Workspace, dataset: Dataset) -> None:
        self.model = ReportJob(yard, dataset)
        self.button = button("Report", self.model.start, icon="summarize", variant="outlined")
        self.progress = Progress(sizing_mode="stretch_width")
        self.progress.on_cancel(self.model.cancel)
        code = Code(code=self.model.code, label="The same in Python", sizing_mode="stretch_width")
        note = "Facts, findings and relations as one page that needs nothing else, to read or to send."
        self.card = Section(self.progress, notice(self.model), code, title="Report", note=note, visible=False)
        self.model.param.watch(lambda *events: self._show(), ["job", "problem"])

    def _show(self) -> None:
        job = self.model.job
        file = download(job) if job is not None else None
        link = button("Download the report", icon="download", href=file, target="_self") if file else None
        self.progress.param.update(job=progress(job) if job else None, visible=job is not None)
        self.button.disabled = job is not None and not job.state.ended
        self.card.param.update(visible=job is not None or self.model.problem is not None, tools=[link] if link else [])
