"""The quality of a dataset: what is wrong with it, which rows show it, and what is expected of imports."""

from __future__ import annotations

from collections.abc import Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.jobs.types import Event
from modelyard.ui import format as fmt
from modelyard.ui.components import Code, DataTable, Facts, Section, Sentences
from modelyard.ui.panels.data_management import quality_rows as rows
from modelyard.ui.panels.data_management.column_view import TONES
from modelyard.ui.panels.data_management.dataset_parts import head
from modelyard.ui.panels.data_management.examining import ExaminingCard
from modelyard.ui.panels.data_management.preview_view import columns_of, rows_of
from modelyard.ui.panels.data_management.quality_model import PAGE, BadRows, Quality
from modelyard.ui.panels.data_management.rule_form import ACTIONS, RuleForm
from modelyard.ui.python import text
from modelyard.ui.screen import Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, choice, field, row


class QualityScreen(Screen):
    """Findings, the one that is chosen, and rules."""

    def __init__(self, session: Session, name: str) -> None:
        super().__init__(session)
        self.name = name
        self.model = Quality(session.yard, name, session.aside)
        self.facts = Facts(sizing_mode="stretch_width")
        self.table = DataTable(
            label="Findings", columns=rows.FINDINGS, selectable=True, limit=PAGE, nothing="Nothing is wrong."
        )
        self.table.on_select(self.model.choose)
        self.table.on_page(self._turn)
        self.waiting = ExaminingCard(self.model)
        self.closely = _Closely(self.model, session)
        self.rules = _Rules(self.model, session)
        self.model.param.watch(lambda *events: self._show(), ["quality", "chosen"])
        self.model.load()

    @property
    def content(self) -> Sequence[Viewable]:
        """What is wrong, then what is expected."""
        model = self.model
        if model.dataset is None:
            return [*head("Dataset", "quality"), notice(model)]
        again = button("Check again", model.check, disabled=model.param.busy, loading=model.param.busy)
        target = choice(model, "target", "targets", "Target", max_width=260)
        against = choice(model, "against", "others", "Compare with", max_width=260)
        version = model.dataset.version.number
        return [
            *head(
                self.name, "quality", f"What the checks found in version {version}, and what is expected of imports."
            ),
            notice(model),
            self.waiting.card,
            Section(self.facts, row(target, against, again)),
            Section(
                self.table,
                title="Findings",
                note="Choose one to see what to do, and the rows that show it.",
                flush=True,
            ),
            self.closely.card,
            *self.rules.cards,
        ]

    def hear(self, events: Sequence[Event]) -> None:
        """Follow the job that examines the version."""
        self.model.follow(events)

    def _turn(self, offset: int) -> None:
        self.table.offset = offset
        self._show()

    def _show(self) -> None:
        quality = self.model.quality
        self.table.nothing = "It is not known yet." if quality is None else "Nothing is wrong."
        if quality is None:
            return
        self.facts.items = rows.summary(quality)
        found = quality.findings[self.table.offset : self.table.offset + PAGE]
        self.table.param.update(
            rows=[rows.finding_row(finding) for finding in found],
            total=len(quality.findings),
            selected=self.model.chosen,
        )


class _RowsTable:
    """Rows of the data, of which the server sends a page."""

    def __init__(self, session: Session, label: str) -> None:
        self.model = BadRows(session.yard, session.aside)
        self.table = DataTable(label=label, limit=self.model.limit, tall=420)
        self.table.on_page(self.model.turn)
        self.model.param.watch(lambda *events: self._show(), ["items", "total", "offset", "columns", "busy"])

    def _show(self) -> None:
        model = self.model
        self.table.param.update(
            columns=columns_of(model.columns),
            rows=rows_of(model.items, model.offset),
            total=model.total,
            offset=model.offset,
            nothing="The rows are being read." if model.busy else "No row shows this any more.",
        )


class _Closely:
    """The finding that is chosen: what to do, its rows, and a rule made of it."""

    def __init__(self, model: Quality, session: Session) -> None:
        self.model, self.session = model, session
        self.said = Sentences(sizing_mode="stretch_width")
        self.rows = _RowsTable(session, "Rows that show it")
        self.rows_card = notice(self.rows.model)
        action = field(pmui.Select, model.param.action, "If it is found again", options=ACTIONS, max_width=260)
        freeze = button("Make this a rule", self._freeze, icon="rule")
        self.code = Code(label="The same rows in Python", sizing_mode="stretch_width")
        self.card = Section(self.said, row(action, freeze), self.rows_card, self.rows.table, self.code, visible=False)
        model.param.watch(lambda *events: self._show(), ["chosen", "quality"])

    def _freeze(self) -> None:
        self.model.freeze()
        if self.model.problem is None:
            self.session.notify("Imports are tested by this rule from now on.")

    def _show(self) -> None:
        finding = self.model.finding()
        self.card.visible = finding is not None
        if finding is None or self.model.dataset is None:
            return
        shows = finding.rows is not None
        for part in (self.rows.table, self.code):
            part.visible = shows
        self.said.items = [
            {"text": finding.sentence, "tone": TONES[finding.severity]},
            {"text": finding.advice, "tone": "success"},
        ]
        self.code.code = f"yard.datasets.get({text(self.model.dataset.name)}).finding_rows({text(finding.key)})"
        if shows:
            self.rows.model.show(self.model.dataset, finding.key)
        count = "" if finding.count is None else fmt.count(finding.count, "row")
        note = " · ".join(part for part in (finding.code, ", ".join(finding.columns[:5]), count) if part)
        self.card.param.update(title=finding.title, note=note)
        self.card.appeal += 1


class _Rules:
    """What is expected of each import."""

    def __init__(self, model: Quality, session: Session) -> None:
        self.model = model
        self.table = DataTable(
            label="Rules", columns=rows.RULES, nothing="No rule yet. Make one of a finding, or add one below."
        )
        self.table.on_cell(self._act)
        self.bad = _RowsTable(session, "Rows that broke the rule")
        self.bad_card = Section(
            notice(self.bad.model), self.bad.table, title="Rows that broke the rule", flush=True, visible=False
        )
        self.form = RuleForm(model, session)
        model.param.watch(lambda *events: self._show(), ["rules", "shown_rule"])

    @property
    def cards(self) -> Sequence[Viewable]:
        """The list, bad rows, and the form."""
        note = "Each import is tested by them before it becomes a version; the rows that break one are kept aside."
        self._show()
        return [Section(self.table, title="Rules", note=note, flush=True), self.bad_card, self.form.card]

    def _act(self, key: str, _column: str, act: str) -> None:
        if act == "remove":
            self.model.remove(key)
        else:
            self.model.shown_rule = "" if self.model.shown_rule == key else key
            if self.model.shown_rule and self.model.dataset is not None:
                self.bad.model.show(self.model.dataset, key)
                self.bad_card.appeal += 1

    def _show(self) -> None:
        shown_rules = [rows.rule_row(rule) for rule in self.model.rules]
        self.table.param.update(rows=shown_rules, total=len(shown_rules), limit=max(1, len(shown_rules)))
        self.bad_card.visible = bool(self.model.shown_rule)
