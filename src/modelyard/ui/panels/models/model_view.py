"""The screen of one registered model."""

from __future__ import annotations

from collections.abc import Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.common.types import Json
from modelyard.core.jobs.types import Event
from modelyard.core.tracking.types import AliasInfo, ModelVersionInfo
from modelyard.ui import format as fmt
from modelyard.ui.components import Code, DataTable, Facts, Heading, Section, column, link
from modelyard.ui.panels.experiments.choices import TASKS, metric_title
from modelyard.ui.panels.models.importance_view import ImportanceCard
from modelyard.ui.panels.models.model_model import ModelDetail
from modelyard.ui.panels.models.predict_model import FilePrediction, RowPrediction
from modelyard.ui.panels.models.predict_view import FileCard, RowCard
from modelyard.ui.python import text
from modelyard.ui.routing import to
from modelyard.ui.screen import HOME, Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, field, row

VERSIONS = [
    column("version", "Version", "link"),
    column("aliases", "Aliases", "chips"),
    column("kind", "Model"),
    column("score", "Score", "number"),
    column("data", "Learned from", "muted"),
    column("when", "Registered", "muted"),
    column("who", "By", "muted"),
]
ALIASES = [
    column("alias", "Alias", "title"),
    column("version", "Points to", "select"),
    column("when", "Since", "muted"),
    column("who", "By", "muted"),
    column("act", "", "action"),
]


class ModelScreen(Screen):
    """A model: the version that is shown, where it comes from, its aliases, and its predictions."""

    def __init__(self, session: Session, name: str, number: int | None) -> None:
        super().__init__(session)
        self.model = ModelDetail(session.yard, name, number)
        self.heading = Heading(title=name, crumbs=[{"text": "Models", "to": to("models")}], sizing_mode="stretch_width")
        self.facts = Facts(sizing_mode="stretch_width")
        self.versions = DataTable(label="Versions", columns=VERSIONS, limit=self.model.limit)
        self.versions.on_page(self.model.turn)
        self.aliases = DataTable(
            label="Aliases",
            columns=ALIASES,
            nothing="No alias yet. An alias such as champion lets others ask for the best version.",
        )
        self.aliases.on_cell(self._change_alias)
        self.model.param.watch(lambda *events: self._show(), ["info", "version", "items"])
        self.model.open()
        self.row: RowPrediction | None = None
        self.file: FilePrediction | None = None
        self.importance: ImportanceCard | None = None
        if self.model.version is not None:
            self.importance = ImportanceCard(self.model.version, dark=session.dark)
            self.row = RowPrediction(session.yard, self.model.version)
            self.file = FilePrediction(session.yard, self.model.version)

    @property
    def content(self) -> Sequence[Viewable]:
        """Facts first, then use, then history."""
        version = self.model.version
        if version is None or self.row is None or self.file is None or self.importance is None:
            self.heading.crumbs = [HOME, *self.heading.crumbs]
            return [self.heading, notice(self.model)]
        return [
            self.heading,
            notice(self.model),
            Section(
                self.facts,
                Code(code=python(version), label="The same model in Python", sizing_mode="stretch_width"),
                title=f"Version {version.number}: {version.title}",
            ),
            RowCard(self.row, version.target).card,
            FileCard(self.file).card,
            self.importance.card,
            Section(
                self.aliases,
                row(*self._new_alias(), notice(self.model, "alias_problem"), styles={"padding": "12px 20px 16px"}),
                title="Aliases",
                flush=True,
            ),
            Section(self.versions, title="Versions", flush=True),
        ]

    def shows(self, job_id: str) -> bool:
        """The card shows how its prediction ends."""
        return self.file is not None and self.file.job is not None and self.file.job.id == job_id

    def hear(self, events: Sequence[Event]) -> None:
        """Follow the predictions."""
        if self.row is not None and self.file is not None:
            self.row.follow(events)
            self.file.follow(events)

    def redraw(self) -> None:
        """The page shows the other mode."""
        if self.importance is not None:
            self.importance.draw(dark=self.session.dark)

    def _new_alias(self) -> list[Viewable]:
        name = field(pmui.TextInput, self.model.param.new_alias, "New alias", sizing_mode=None, width=240)
        return [name, button("Give it to this version", self.model.give_alias, variant="outlined")]

    def _change_alias(self, alias: str, key: str, value: str) -> None:
        if key == "version":
            self.model.set_alias(alias, int(value))
        else:
            self.model.remove_alias(alias)

    def _show(self) -> None:
        info, version = self.model.info, self.model.version
        if info is None or version is None:
            return
        self.heading.note = info.description or version.description
        self.facts.items = facts(version)
        self.aliases.rows = [alias_row(each, info.n_versions) for each in info.aliases]
        self.versions.param.update(
            rows=[version_row(each, shown=each.number == version.number) for each in self.model.items],
            total=self.model.total,
            offset=self.model.offset,
        )


def facts(version: ModelVersionInfo) -> list[Json]:
    """Return what is known of a version."""
    spread = "" if version.score_std is None else f" ± {fmt.real(version.score_std, 2)}"
    others = [(name, value) for name, value in version.metrics.items() if name != version.metric]
    return [
        {"label": metric_title(version.metric), "text": f"{fmt.score(version.score)}{spread}"},
        *({"label": metric_title(name), "text": fmt.score(value)} for name, value in others),
        {"label": "Predicts", "text": version.target},
        {"label": "Kind", "text": TASKS.get(version.task or "", "–")},
        {
            "label": "Learned from",
            "text": f"{version.dataset.name}, version {version.dataset.version_number}",
            "to": to("data", dataset=version.dataset.id, version=version.dataset.version_number),
        },
        {
            "label": "Comes from",
            "text": f"{version.experiment_name}, run {version.run_number}",
            "to": to("experiments", run=version.run_id),
        },
        {"label": "Registered", **fmt.ago(version.created_at)},
        {"label": "By", "text": version.created_by},
    ]


def alias_row(alias: AliasInfo, n_versions: int) -> Json:
    """Return an alias as a row of a table, in which it can be moved."""
    numbers = range(n_versions, 0, -1)
    return {
        "key": alias.alias,
        "cells": {
            "alias": {"text": alias.alias, "strong": True},
            "version": {
                "value": str(alias.version_number),
                "label": f"Version of {alias.alias}",
                "options": [{"value": str(number), "label": f"Version {number}"} for number in numbers],
            },
            "when": fmt.ago(alias.set_at),
            "who": alias.set_by,
            "act": [{"name": "remove", "label": "Remove", "hint": f"Remove the alias {alias.alias}"}],
        },
    }


def version_row(version: ModelVersionInfo, *, shown: bool) -> Json:
    """Return a version as a row of a table."""
    place = to("models", model=version.name, version=version.number)
    return {
        "key": version.id,
        "to": place,
        "cells": {
            "version": link(
                f"Version {version.number}", place, "shown above" if shown else version.description or None
            ),
            "aliases": list(version.aliases) or None,
            "kind": version.title,
            "score": fmt.score(version.score),
            "data": f"{version.dataset.name}, version {version.dataset.version_number}",
            "when": fmt.ago(version.created_at),
            "who": version.created_by,
        },
    }


def python(version: ModelVersionInfo) -> str:
    """Return how a script gets and uses this version.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> print(python(SimpleNamespace(name="bank", aliases=("champion",), ref="bank/2")))
    model = yard.models.get("bank@champion")
    model.predict(rows)
    """
    ref = f"{version.name}@{version.aliases[0]}" if version.aliases else version.ref
    return f"model = yard.models.get({text(ref)})\nmodel.predict(rows)"
