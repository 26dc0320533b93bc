"""A version that was made by steps: what they are, and the way to do them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelyard.core.common.errors import NotFound
from modelyard.ui.components import Code, Progress, Section, Steps
from modelyard.ui.panels.data_management.transform_model import Transforming
from modelyard.ui.panels.data_management.transform_view import step_items
from modelyard.ui.progress import progress
from modelyard.ui.python import text
from modelyard.ui.routing import to
from modelyard.ui.screen import notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, row

if TYPE_CHECKING:
    from modelyard.core.workspace.dataset import Dataset


class MadeCard:
    """The steps of a version, its buttons, the progress of a replay."""

    def __init__(self, session: Session, dataset: Dataset) -> None:
        version = dataset.version
        self.model = Transforming(session.yard, session.imported)
        self.progress = Progress(visible=False, sizing_mode="stretch_width")
        self.progress.on_cancel(self.model.cancel)
        replay = button("Replay on the newest version", lambda: self.model.replay(lambda: dataset), icon="replay")
        name, number = dataset.name, version.number
        change = button("Change these steps", variant="outlined", icon="edit")
        self.buttons = row(replay, change)
        try:
            base = session.yard.datasets.get(str(version.origin["dataset_id"])).version
            note = f"The newest version of {base.dataset_name} is {base.number}."
            place = to("data", dataset=base.dataset_name, part="transform", like=f"{name}/{number}")
            change.on_click(lambda event: session.go(place))
        except NotFound:
            note, replay.disabled, change.disabled = "What it was made from is gone.", True, True
        code = f"dataset = yard.datasets.get({text(name)}, {number}).replay()"
        self.card = Section(
            Steps(items=step_items(version.origin["steps"]), fixed=True, sizing_mode="stretch_width"),
            self.buttons,
            self.progress,
            notice(self.model),
            Code(code=code, label="The same in Python", sizing_mode="stretch_width"),
            title=f"Made by steps from {version.origin.get('file', 'another version')}",
            note=note,
        )
        self.model.param.watch(lambda *events: self._follow(), "job")

    def _follow(self) -> None:
        job = self.model.job
        self.progress.param.update(job=progress(job) if job else None, visible=job is not None)
        self.buttons.visible = job is None
