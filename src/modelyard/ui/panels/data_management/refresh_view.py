"""A dataset that came from a source is read again: what is new, or all of it."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.core.common.errors import NotFound
from modelyard.core.common.types import Json
from modelyard.core.datasets.recipes import Recipe
from modelyard.core.jobs.types import Event
from modelyard.ui import format as fmt
from modelyard.ui.components import Code, Facts, Progress, Section
from modelyard.ui.importing import CONTRACTS, Importing
from modelyard.ui.progress import progress
from modelyard.ui.python import text
from modelyard.ui.screen import notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, row


class Refresh(Importing):
    """The import of what is new."""

    def start(self, name: str) -> None:
        """Begin it."""
        with self.attempt():
            self._watch(self.yard.datasets.refresh(name, wait=False).job)


class RefreshCard:
    """What a refresh would bring, its button, its progress."""

    def __init__(self, session: Session, name: str, number: int, recipe: Recipe) -> None:
        self.session, self.number = session, number
        self.model = Refresh(session.yard, self._done)
        self.progress = Progress(visible=False, sizing_mode="stretch_width")
        self.progress.on_cancel(self.model.cancel)
        self.button = button("Refresh", lambda: self.model.start(name), variant="outlined", icon="refresh")
        try:
            source = session.yard.sources.get(recipe.source).name
        except NotFound:
            source, self.button.disabled = "a source that is gone", True
        self.model.param.watch(lambda *events: self._follow(), "job")
        self.card = Section(
            Facts(items=_facts(recipe), sizing_mode="stretch_width"),
            Code(
                code=f"dataset = yard.datasets.refresh({text(name)})",
                label="The same in Python",
                sizing_mode="stretch_width",
            ),
            row(self.button),
            self.progress,
            notice(self.model),
            title=f"From {source}",
            note=brings(recipe),
        )

    @property
    def cards(self) -> Sequence[Viewable]:
        """The one card."""
        return [self.card]

    def hear(self, events: Sequence[Event]) -> None:
        """Follow the import."""
        self.model.follow(events)

    def _done(self, dataset: str, number: int) -> None:
        if number == self.number:
            self.session.notify("Nothing is new.")
        else:
            self.session.imported(dataset, number)

    def _follow(self) -> None:
        job = self.model.job
        self.progress.param.update(job=progress(job) if job else None, visible=job is not None)
        self.button.visible = job is None


def brings(recipe: Recipe) -> str:
    """Return what a refresh would bring, in a sentence.

    Examples
    --------
    >>> from datetime import datetime
    >>> brings(Recipe("s", {"incremental": "id", "key": ["id"]}, {"value": 7, "ties": ""}, "v", datetime.now()))
    'Brings the rows whose id is 7 or more; they take the place of rows with the same id.'
    """
    column, key = recipe.spec.get("incremental"), recipe.spec.get("key")
    instead = f"; they take the place of rows with the same {', '.join(key)}" if key else ""
    if not column:
        return "Reads all of it again; the same rows make no new version."
    if column == "@modified":
        return f"Brings the rows of files that were written since{instead}."
    value = (recipe.cursor or {}).get("value")
    return f"Brings the rows whose {column} is {value} or more{instead}." if value is not None else "Brings all rows."


def _facts(recipe: Recipe) -> list[Json]:
    spec = recipe.spec
    read = spec.get("item") or "A query"
    return [
        {"label": "What is read", "text": str(read)},
        {"label": "Other columns or types", "text": CONTRACTS.get(spec.get("contract", "evolve"), "–")},
        {"label": "Read last", **fmt.ago(recipe.updated_at)},
    ]
