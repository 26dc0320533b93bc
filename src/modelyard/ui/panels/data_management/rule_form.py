"""A form for a rule, made from the model of its kind."""

from __future__ import annotations

import panel_material_ui as pmui

from modelyard.core.datasets.quality.rules import RULES
from modelyard.ui.components import Section
from modelyard.ui.components.stock import lean
from modelyard.ui.panels.data_management.quality_model import Quality
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, field, row

ACTIONS = {"Warn: make a note": "warn", "Fail: make no version": "fail"}
KINDS = {
    "Has a value": "not_null",
    "Is different in each row": "unique",
    "Lies in a range": "between",
    "Is one of": "one_of",
    "Has a form": "matches",
    "Number of rows": "row_count",
    "Is fresh": "fresh",
    "Column is there": "has_column",
}
LABELS = {
    "column": "Column",
    "columns": "Columns, separated by commas",
    "at_most": "Share that may be missing",
    "least": "At least",
    "most": "At most",
    "values": "Values, separated by commas",
    "pattern": "Regular expression",
    "days": "Days",
    "type": "Type, for instance int64",
}


class RuleForm:
    """The kind, what it wants to know, and what happens to an import that breaks it."""

    def __init__(self, model: Quality, session: Session) -> None:
        self.model, self.session = model, session
        self.inputs: dict[str, pmui.TextInput | pmui.Select] = {}
        self.made_for: tuple[str, list[str]] | None = None
        kind = field(pmui.Select, model.param.kind, "Rule", options=KINDS, max_width=260)
        action = field(pmui.Select, model.param.action, "If it is broken", options=ACTIONS, max_width=260)
        self.fields = row()
        add = button("Add the rule", self._add, icon="add")
        self.card = Section(row(kind, action), self.fields, row(add), title="Add a rule")
        model.param.watch(lambda *events: self._show(), ["kind", "dataset"])
        self._show()

    def _show(self) -> None:
        names = [column.name for column in self.model.dataset.columns] if self.model.dataset is not None else []
        if (self.model.kind, names) == self.made_for:
            return  # what was typed stays when the dataset is read again
        self.made_for, self.inputs = (self.model.kind, names), {}
        for name in RULES[self.model.kind].model_fields:
            usual = {"label": LABELS[name], "size": "small", "margin": 0, "max_width": 300}
            if name == "column" and names:
                self.inputs[name] = lean(pmui.Select)(options=names, value=names[0], **usual)
            else:
                self.inputs[name] = lean(pmui.TextInput)(**usual)
        self.fields.param.update(objects=list(self.inputs.values()))

    def _add(self) -> None:
        self.model.add({name: str(widget.value or "") for name, widget in self.inputs.items()})
        if self.model.problem is None:
            self.session.notify("Imports are tested by this rule from now on.")
