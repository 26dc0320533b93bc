"""The form that begins to follow a topic; on sources of streams it takes the place of an import."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.ui.components import Code, Folded, Section
from modelyard.ui.panels.sources.import_view import LookCards
from modelyard.ui.panels.sources.source_model import Chosen
from modelyard.ui.panels.sources.stream_model import Follow
from modelyard.ui.screen import notice
from modelyard.ui.widgets import button, field, pair, row, stack

BEGINS = {"With the next record that comes": "latest", "With the oldest that is still there": "earliest"}
"""Where a stream may begin."""


class FollowCards(LookCards):
    """What was chosen, its first records, and the form.

    Parameters
    ----------
    done : callable
        Called with the name of the stream that has begun.
    """

    def __init__(self, model: Chosen, follow: Follow, done: Callable[[str], None]) -> None:
        super().__init__(model)
        self.follow, self._done = follow, done
        model.param.watch(lambda *events: self._choose(), "item")

    @property
    def cards(self) -> Sequence[Viewable]:
        """What went wrong, first records, columns, the form."""
        return [*super().cards, self._form()]

    def _form(self) -> Viewable:
        follow = self.follow
        topic = field(pmui.TextInput, follow.param.topic, "Topic", placeholder="Choose one above, or type its name")
        name = field(
            pmui.TextInput, follow.param.dataset_name, "Name of the dataset", placeholder="The name of the topic"
        )
        begin = field(pmui.Select, follow.param.begin, "Begin", options=BEGINS, max_width=420)
        code = Code(code=follow.param.code, label="The same in Python", sizing_mode="stretch_width")
        code.visible = follow.param.code.rx.bool()
        return Section(
            stack(pair(topic, name), begin),
            self._batches(),
            notice(follow),
            row(button("Follow", self._start, variant="contained", size="medium")),
            code,
            title="Follow a topic",
            note="Its records land in a new dataset, which grows until you stop the stream. "
            "The types of its columns are learned from the first batch.",
        )

    def _batches(self) -> Viewable:
        follow = self.follow
        rows = field(pmui.IntInput, follow.param.batch_rows, "A batch is written after so many records", start=1)
        age = field(pmui.TextInput, follow.param.batch_age, "or when its first one is so old")
        version = field(pmui.TextInput, follow.param.seal_age, "A version is made after", max_width=420)
        note = "On disk every 5 seconds, a version every 15 minutes, unless you say otherwise."
        return Folded(stack(pair(rows, age), version), title="Batches and versions", note=note)

    def _choose(self) -> None:
        self.follow.topic = self.model.item

    def _start(self) -> None:
        info = self.follow.start()
        if info is not None:
            self._done(info.name)
