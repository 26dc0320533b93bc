"""The form for a new run."""

from __future__ import annotations

from collections.abc import Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.ml_engine.registry import ESTIMATORS
from modelyard.ui.components import Code, Empty, Folded, Heading, Section
from modelyard.ui.components.stock import lean
from modelyard.ui.panels.experiments.new_model import CUSTOM, NewRun, offered_budgets
from modelyard.ui.routing import to
from modelyard.ui.screen import HOME, Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, choice, field, pair, row, stack, words

STRUCTURES = {"Rows are independent": "none", "Keep groups together": "group", "Judge by the future": "time"}


class NewRunScreen(Screen):
    """Asks what to predict and for how long; suggests everything."""

    def __init__(self, session: Session, dataset: str, target: str) -> None:
        super().__init__(session)
        self.model = NewRun(session.yard)
        self.model.load(dataset, target)
        self.start = button("Start training", self._start, icon="play_arrow", size="medium")

    @property
    def content(self) -> Sequence[Viewable]:
        """The form."""
        heading = Heading(
            title="New experiment",
            note="Models are trained and compared until the time is over. You can watch, and stop whenever you like.",
            crumbs=[{"text": "Experiments", "to": to("experiments")}],
            sizing_mode="stretch_width",
        )
        if not self.model.datasets:
            return [heading, Section(self._no_data())]
        if not self.model.dataset_name:  # the one that the address names is not there
            heading.crumbs = [HOME, *heading.crumbs]
            return [heading, notice(self.model)]
        return [heading, notice(self.model), self._what(), self._how_long(), self._more(), self._go()]

    def _what(self) -> Viewable:
        model = self.model
        return Section(
            pair(
                choice(model, "dataset_name", "datasets", "Dataset", searchable=True),
                choice(model, "target", "targets", "Column to predict", searchable=True),
            ),
            words(model.param.guess, visible=model.param.guess.rx.bool()),
            words(model.param.words),
            title="What to predict",
        )

    def _how_long(self) -> Viewable:
        model = self.model
        budgets = lean(pmui.RadioButtonGroup).from_param(
            model.param.budget,
            label="Time budget",
            options=offered_budgets(),
            size="small",
            button_style="outlined",
            sx={"& button": {"whiteSpace": "nowrap", "px": 2}},
            margin=0,
        )
        own = field(
            pmui.TextInput,
            model.param.own_budget,
            "Time, for instance 90s or 10min",
            visible=model.param.budget.rx() == CUSTOM,
            sizing_mode=None,
            width=240,
        )
        note = "A longer search tries more models. The time starts when the training starts."
        return Section(row(budgets, own), title="How long to search", note=note)

    def _more(self) -> Viewable:
        model = self.model
        kinds = [entry.name for entry in ESTIMATORS if entry.name != "dummy"]
        usual = "Dataset and target, unless you choose another"
        return Folded(
            stack(
                field(
                    pmui.MultiChoice,
                    model.param.exclude,
                    "Columns to leave out",
                    options=model.param.columns,
                    searchable=True,
                ),
                words(model.param.left_out, visible=model.param.left_out.rx.bool()),
                pair(
                    choice(model, "metric", "metrics", "Judged by"),
                    field(
                        pmui.MultiChoice,
                        model.param.estimators,
                        "Kinds of models, all unless you choose",
                        options=kinds,
                    ),
                ),
                pair(
                    field(pmui.Select, model.param.structure, "How rows hang together", options=STRUCTURES),
                    choice(
                        model,
                        "structure_column",
                        "along",
                        "By this column",
                        visible=model.param.structure.rx() != "none",
                    ),
                ),
                pair(
                    field(pmui.TextInput, model.param.experiment, "Name of the experiment", placeholder=usual),
                    field(pmui.IntInput, model.param.seed, "Seed"),
                ),
            ),
            title="More choices",
            note="Columns to leave out, metric, kinds of models, splits, seed",
        )

    def _go(self) -> Viewable:
        return Section(
            Code(code=self.model.param.code, label="The same in Python", sizing_mode="stretch_width"), self.start
        )

    def _no_data(self) -> Viewable:
        return Empty(
            icon="table_chart",
            title="There is no dataset yet",
            text="A model learns from a table. Bring one in first, or try the flights sample.",
            objects=[button("Bring in a table", lambda: self.session.go(to("data")))],
            sizing_mode="stretch_width",
        )

    def _start(self) -> None:
        self.start.loading = True
        try:
            run_id = self.model.start()
        finally:
            self.start.loading = False
        if run_id is not None:
            self.session.go(to("experiments", run=run_id))
