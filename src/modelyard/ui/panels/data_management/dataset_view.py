"""The screen of one dataset."""

from __future__ import annotations

from collections.abc import Sequence

from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.datasets.quality.types import Finding
from modelyard.core.datasets.types import VersionInfo
from modelyard.core.jobs.types import Event
from modelyard.ui import format as fmt
from modelyard.ui.components import Code, DataTable, Facts, Folded, Heading, Section, Sentences
from modelyard.ui.panels.data_management.column_view import TONES, ColumnCard
from modelyard.ui.panels.data_management.dataset_model import DatasetDetail
from modelyard.ui.panels.data_management.dataset_parts import crumbs, parts_of
from modelyard.ui.panels.data_management.examining import ExaminingCard
from modelyard.ui.panels.data_management.export_view import ExportCard
from modelyard.ui.panels.data_management.made_view import MadeCard
from modelyard.ui.panels.data_management.preview_view import PreviewCard
from modelyard.ui.panels.data_management.profile_rows import COLUMNS, profile_row
from modelyard.ui.panels.data_management.refresh_view import RefreshCard
from modelyard.ui.panels.data_management.relations_view import RelationsCard
from modelyard.ui.panels.data_management.report_view import ReportCard
from modelyard.ui.python import text
from modelyard.ui.routing import to
from modelyard.ui.screen import HOME, Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button

PAGE = 50
"""Columns of the data on a page of the profile."""


class DatasetScreen(Screen):
    """What a version holds, what is wrong with it, what its columns are for, and its rows."""

    def __init__(self, session: Session, name: str, number: int | None) -> None:
        super().__init__(session)
        self.model = DatasetDetail(session.yard, name, number)
        self.waiting = ExaminingCard(self.model)
        self.findings = Section(note="What a careful person would look at before training.", visible=False)
        self.report: ReportCard | None = None
        self.relations: RelationsCard | None = None
        self.heading = Heading(crumbs=crumbs(), sizing_mode="stretch_width")
        self.table = DataTable(
            label="Columns",
            columns=COLUMNS,
            limit=PAGE,
            selectable=True,
            searchable="Search columns",
            nothing="No column has that in its name.",
        )
        self.table.on_select(self._choose)
        self.table.on_cell(lambda column, key, role: self.model.set_role(column, role))
        self.table.on_page(self._turn)
        self.table.on_search(self._find)
        self.closely = ColumnCard(self.model, session)
        self.model.param.watch(lambda *events: self._show(), ["dataset", "profile"])
        note = "Choose a column to look at it closely. Roles say what a column is for."
        self.columns = Section(self.table, title="Columns", note=note, flush=True, visible=False)
        self.model.load()
        self.refresh = self._refresh()
        self.made = self._made()
        dataset = self.model.dataset
        self.export = None if dataset is None else ExportCard(session.yard, dataset)
        self.report = None if dataset is None else ReportCard(session.yard, dataset)
        self.relations = None if dataset is None else RelationsCard(session, dataset)
        self._show()

    @property
    def content(self) -> Sequence[Viewable]:
        """From the whole to the single row."""
        dataset = self.model.dataset
        if dataset is None:
            return [
                Heading(title="Dataset", crumbs=[HOME, *self.heading.crumbs], sizing_mode="stretch_width"),
                notice(self.model),
            ]
        version = dataset.version
        return [
            self.heading,
            parts_of(dataset.name, ""),
            notice(self.model),
            Section(Facts(items=facts(version), sizing_mode="stretch_width")),
            *([self.report.card] if self.report else ()),
            self.waiting.card,
            *(self.refresh.cards if self.refresh else ()),
            *([self.made.card] if self.made else ()),
            self.findings,
            self.columns,
            self.closely.card,
            *([self.relations.card] if self.relations else ()),
            PreviewCard(self.session, dataset).card,
            *([self.export.card] if self.export else ()),
            _about(version),
        ]

    def redraw(self) -> None:
        """The page shows the other mode."""
        self.closely.show()
        if self.relations is not None:
            self.relations.show()

    def shows(self, job_id: str) -> bool:
        """The cards show how a refresh, an export and a report end."""
        jobs = [card.model.job for card in (self.export, self.report) if card is not None]
        if any(job is not None and job.id == job_id for job in jobs):
            return True
        return any(card is not None and card.model.last_job == job_id for card in (self.refresh, self.made))

    def hear(self, events: Sequence[Event]) -> None:
        """Follow the jobs of the cards."""
        self.model.follow(events)
        for card in (self.export, self.report):
            if card is not None:
                card.model.follow(events)
        if self.refresh is not None:
            self.refresh.hear(events)
        if self.made is not None:
            self.made.model.follow(events)

    def _refresh(self) -> RefreshCard | None:
        """Return the card of the newest version, if it came from a source."""
        dataset = self.model.dataset
        if dataset is None or dataset.version.number != self.model.versions[0].number:
            return None
        recipe = self.session.yard.datasets.recipe(dataset.name)
        if recipe is None or recipe.version_id != dataset.version.id:
            return None
        return RefreshCard(self.session, dataset.name, dataset.version.number, recipe)

    def _made(self) -> MadeCard | None:
        """Return the card of a version that was made by steps."""
        dataset = self.model.dataset
        made = dataset is not None and dataset.version.origin.get("kind") == "steps"
        return MadeCard(self.session, dataset) if made else None

    def _choose(self, column: str) -> None:
        self.model.column = "" if self.model.column == column else column
        self.table.selected = self.model.column

    def _turn(self, offset: int) -> None:
        self.table.offset = offset
        self._show()

    def _find(self, text: str) -> None:
        self.table.param.update(search=text, offset=0)
        self._show()

    def _show(self) -> None:
        dataset, profile = self.model.dataset, self.model.profile
        if dataset is None:
            return
        tools = [*([self.report.button] if self.report else ()), self._train(dataset.name)]
        self.heading.param.update(title=dataset.name, note=dataset.info.description, tools=tools)
        self.columns.visible = profile is not None
        if self.relations is not None:
            self.relations.card.visible = profile is not None
        if profile is None:
            return
        self._show_findings(self.model.findings)
        found = [each for each in dataset.columns if self.table.search.lower() in each.name.lower()]
        shown = found[self.table.offset : self.table.offset + PAGE]
        self.table.param.update(rows=[profile_row(each, profile.column(each.name)) for each in shown], total=len(found))

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        if not findings or self.findings.visible:
            return
        items = [{"text": f"{each.sentence} {each.advice}", "tone": TONES[each.severity]} for each in findings]
        said = Sentences(items=items, sizing_mode="stretch_width")
        self.findings.param.update(title=fmt.count(len(items), "finding"), objects=[said], visible=True)

    def _train(self, name: str) -> Viewable:
        return button("Train a model", lambda: self.session.go(to("experiments", new=name)), icon="science")


def facts(version: VersionInfo) -> list[Json]:
    """Return what is known of a version."""
    return [
        {"label": "Rows", "text": fmt.count(version.rows)},
        {"label": "Columns", "text": fmt.count(len(version.columns))},
        {"label": "Size", "text": fmt.size(version.bytes)},
        {"label": "Version", "text": str(version.number)},
        {"label": "Read from", "text": str(version.origin.get("file", "–"))},
        {"label": "Imported", **fmt.ago(version.created_at)},
        {"label": "By", "text": version.created_by},
        {"label": "Hash", "text": version.hash[:12], "title": version.hash},
    ]


def _about(version: VersionInfo) -> Viewable:
    code = f"dataset = yard.datasets.get({text(version.dataset_name)})\ndataset.profile()"
    notes = [{"text": note} for note in version.notes] or [{"text": "The rows are as they were in the file."}]
    return Folded(
        Sentences(items=notes, sizing_mode="stretch_width"),
        Code(code=code, label="The same dataset in Python", sizing_mode="stretch_width"),
        title="How it was read",
        note=fmt.count(len(version.notes), "note") if version.notes else "Nothing had to be changed",
    )
