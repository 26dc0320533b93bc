"""The versions of a dataset: compared, tagged, deleted."""

from __future__ import annotations

from collections.abc import Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.ui.components import Ask, Code, DataTable, Facts, Section
from modelyard.ui.figure_pane import FigurePane
from modelyard.ui.panels.data_management import versions_rows as rows
from modelyard.ui.panels.data_management.dataset_parts import head
from modelyard.ui.panels.data_management.versions_model import Versions
from modelyard.ui.python import text
from modelyard.ui.screen import Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, choice, field, row, words

EFFECT = (
    "How far the values of a column have moved, from 0 (the same shares) to 1 (nothing in common); it does not grow "
    "with the number of rows. Choose a column to see it."
)
KEEP = "The newest version always stays, and so does what a run has learned from or what is tagged."
PAGE = 25


class VersionsScreen(Screen):
    """A table of versions, the one that is chosen, and what changed between two."""

    def __init__(self, session: Session, name: str) -> None:
        super().__init__(session)
        self.name = name
        self.model = Versions(session.yard, name, session.aside)
        self.table = DataTable(
            columns=rows.VERSIONS, label="Versions", selectable=True, limit=PAGE, nothing="No version."
        )
        self.table.on_select(lambda key: self.model.choose(int(key)))
        self.table.on_page(self._turn)
        self.one = _OneVersion(self.model)
        self.comparing = _Comparing(self.model, session)
        self.retention = _Retention(self.model)
        self.model.param.watch(lambda *events: self._show(), ["versions", "chosen"])
        self.model.load()

    @property
    def content(self) -> Sequence[Viewable]:
        """What there is, then what can be done with it."""
        if self.model.dataset is None:
            return [*head("Dataset", "versions"), notice(self.model)]
        gone = [rows.tombstone_row(each) for each in self.session.yard.datasets.tombstones(self.name)]
        deleted = DataTable(
            columns=rows.GONE, rows=gone, total=len(gone), limit=len(gone) or 1, label="Deleted versions"
        )
        about = field(pmui.TextInput, self.model.param.description, "What this dataset is about", max_width=720)
        save = button("Save", self._describe, variant="outlined")
        return [
            *head(self.name, "versions", "Each import under this name adds a version. Versions never change."),
            notice(self.model),
            Section(self.table, title="Versions", note="Choose one to tag or delete it.", flush=True),
            self.one.card,
            *self.comparing.cards,
            Section(row(about, save), title="Description"),
            self.retention.card,
            *([Section(deleted, title="Deleted", note="Only what they were is known.", flush=True)] if gone else []),
        ]

    def redraw(self) -> None:
        """The page shows the other mode."""
        self.comparing.picture()

    def _describe(self) -> None:
        self.model.save_description()
        if self.model.problem is None:
            self.session.notify("The description is saved.")

    def _turn(self, offset: int) -> None:
        self.table.offset = offset
        self._show()

    def _show(self) -> None:
        shown = self.model.versions[self.table.offset : self.table.offset + PAGE]
        self.table.param.update(
            rows=[rows.version_row(version) for version in shown],
            total=len(self.model.versions),
            selected=str(self.model.chosen or ""),
        )


class _OneVersion:
    """The version that is chosen: its tags, and its end."""

    def __init__(self, model: Versions) -> None:
        self.model = model
        tags = field(pmui.TextInput, model.param.tags, "Tags, separated by commas", max_width=420)
        self.delete = Ask(label="Delete this version")
        self.delete.on_yes(model.delete)
        save = button("Save tags", model.save_tags, variant="outlined")
        self.card = Section(row(tags, save, self.delete), visible=False)
        model.param.watch(lambda *events: self._show(), ["chosen", "versions"])

    def _show(self) -> None:
        number = self.model.chosen
        self.card.param.update(visible=bool(number), title=f"Version {number}")
        self.delete.param.update(
            disabled=len(self.model.versions) < 2,
            question={
                "title": f"Delete version {number}?",
                "text": "Its files go for good, unless other versions share them. Models that learned from it stay.",
                "yes": "Delete the version",
                "no": "Keep it",
            },
        )


class _Comparing:
    """Two versions side by side."""

    def __init__(self, model: Versions, session: Session) -> None:
        self.model, self.session = model, session
        self.facts = Facts(sizing_mode="stretch_width", visible=False)
        self.table = DataTable(
            columns=rows.CHANGES, label="Changes", selectable=True, limit=PAGE, searchable="Search columns", tall=520
        )
        self.table.on_select(lambda name: setattr(model, "column", "" if model.column == name else name))
        self.table.on_page(self._turn)
        self.table.on_search(self._find)
        self.code = Code(label="The same in Python", sizing_mode="stretch_width", visible=False)
        self.closely = Section(visible=False)
        self.found = Section(self.table, title="What changed", note=EFFECT, flush=True, visible=False)
        model.param.watch(lambda *events: self._show(), "comparison")
        model.param.watch(lambda *events: self.picture(), "column")

    @property
    def cards(self) -> Sequence[Viewable]:
        """The choice, the changes, and one column."""
        model = self.model
        if len(model.versions) < 2:
            return []
        go = button("Compare", model.compare, disabled=model.param.busy, loading=model.param.busy)
        before = choice(model, "before", "numbers", "Before", max_width=200)
        after = choice(model, "after", "numbers", "After", max_width=200)
        two = Section(row(before, after, go), self.facts, self.code, title="Compare two versions")
        return [two, self.found, self.closely]

    def picture(self) -> None:
        """Show the column that is chosen, in the colors of the page."""
        from modelyard.figures.column_change import column_change_figure, column_change_info

        model, change = self.model, self.model.change()
        self.table.selected = model.column
        self.closely.visible = change is not None
        if change is None:
            return
        series = (f"version {model.comparison.before.number}", f"version {model.comparison.after.number}")
        info = column_change_info(change, series)
        tall = 280 if info.binned or not info.names else max(240, 40 + 36 * len(info.names))
        pane = FigurePane()
        figure = column_change_figure(info, dark=self.session.dark)
        pane.show(figure.update_layout(showlegend=False), tall)  # the card says which is which
        note = f"Share of the rows: {series[0]} in gray, {series[1]} in color."
        self.closely.param.update(title=change.name, note=note, objects=[pane.box])
        self.closely.appeal += 1

    def _turn(self, offset: int) -> None:
        self.table.offset = offset
        self._show()

    def _find(self, text: str) -> None:
        self.table.param.update(search=text, offset=0)
        self._show()

    def _show(self) -> None:
        found = self.model.comparison
        for part in (self.found, self.facts, self.code):
            part.visible = found is not None
        if found is None:
            return
        ordered = sorted(found.columns, key=lambda one: (one.change == "same", -(one.effect or 0)))
        wanted = [one for one in ordered if self.table.search.lower() in one.name.lower()]
        shown = wanted[self.table.offset : self.table.offset + PAGE]
        self.facts.items = rows.summary(found)
        self.table.param.update(rows=[rows.change_row(one) for one in shown], total=len(wanted))
        self.code.code = (
            f"changes = yard.datasets.get({text(found.after.dataset_name)})"
            f".compare({found.before.number}, {found.after.number})"
        )


class _Retention:
    """Old versions that go."""

    def __init__(self, model: Versions) -> None:
        self.model = model
        self.said = words("", visible=False)
        self.go = Ask(label="Delete them", visible=False)
        self.go.on_yes(model.retain)
        keep = field(pmui.IntInput, model.param.keep, "Of the newest, keep", max_width=200)
        days = field(pmui.IntInput, model.param.days, "Keep what is younger than, in days", max_width=260)
        look = button("See what would go", model.look, variant="outlined", disabled=model.param.busy)
        self.card = Section(row(keep, days, look, self.go), self.said, title="Old versions", note=KEEP)
        model.param.watch(lambda *events: self._show(), "retained")

    def _show(self) -> None:
        found = self.model.retained
        self.said.param.update(text=rows.would_go(found) if found else "", visible=found is not None)
        self.go.param.update(
            visible=bool(found and found.deleted),
            question={
                "title": "Delete old versions?",
                "text": f"{rows.would_go(found) if found else ''} They cannot be brought back.",
                "yes": "Delete them",
                "no": "Keep them",
            },
        )
