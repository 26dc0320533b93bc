"""Choose a kind of source, say what it wants to be told, test it, save it."""

from __future__ import annotations

from collections.abc import Sequence

import panel_material_ui as pmui
from panel.viewable import Viewable

from modelyard.core.common.optional import install_line
from modelyard.core.common.types import Json
from modelyard.core.data_sources.types import Health
from modelyard.ui.components import Ask, Code, Heading, Notice, Section, Tiles
from modelyard.ui.components.stock import lean
from modelyard.ui.field_widgets import asked, grid
from modelyard.ui.fields import Field
from modelyard.ui.panels.sources.form_model import SourceForm
from modelyard.ui.panels.sources.rows import kind_tile, latency, remove_question
from modelyard.ui.problems import warning
from modelyard.ui.routing import to
from modelyard.ui.screen import Screen, notice
from modelyard.ui.session import Session
from modelyard.ui.widgets import button, field, row, words

CRUMBS = [{"text": "Data", "to": to("data")}, {"text": "Sources", "to": to("data", sources=1)}]
SECRETS = (
    "What is typed as a secret is encrypted before it reaches the database, and nobody sees it again. "
    "Or say where it already is: env:VARIABLE, file:/path, or secret:NAME for one that the workspace keeps."
)


class KindsScreen(Screen):
    """The kinds of sources, to choose one."""

    @property
    def content(self) -> Sequence[Viewable]:
        """A tile for each kind."""
        tiles = [kind_tile(kind) for kind in self.session.yard.sources.kinds()]
        return [
            Heading(title="Add a source", note="Where is the data?", crumbs=CRUMBS, sizing_mode="stretch_width"),
            Section(Tiles(items=tiles, label="Kinds of sources", sizing_mode="stretch_width")),
        ]


class FormScreen(Screen):
    """What a new source and one that is changed have in common."""

    def __init__(self, session: Session, model: SourceForm) -> None:
        super().__init__(session)
        self.model = model
        self.found = Notice(sizing_mode="stretch_width", visible=False)
        model.param.watch(lambda *events: self._show(), ["health", "busy"])
        self._show()

    def form(self) -> Viewable:
        """The fields of the kind, and what can be done with them."""
        model, busy = self.model, self.model.param.busy
        fields = [widget for each in model.fields for widget in field_widgets(model, each)]
        secrets = any(each.kind == "secret" for each in model.fields)
        code = Code(code=model.param.code, label="The same in Python", sizing_mode="stretch_width")
        code.visible = model.param.code.rx.bool()
        return Section(
            grid(*self._first(), *fields),
            *([words(SECRETS)] if secrets else []),
            notice(model),
            self.found,
            row(
                button("Save", self._save, variant="contained"),
                button("Test", model.test, variant="outlined", disabled=busy, loading=busy),
            ),
            code,
            title=self.model.kind.title,
            note=self.model.kind.summary,
        )

    def _first(self) -> list[Viewable]:
        return []

    def _save(self) -> None:
        name = self.model.save()
        if name is not None:
            self.session.go(to("data", source=name))

    def _show(self) -> None:
        health, busy = self.model.health, self.model.busy
        said = {"severity": "info", "what": "Testing …"} if busy else tested(health) if health is not None else None
        self.found.param.update(problem=said, visible=said is not None)


class NewScreen(FormScreen):
    """A source that is about to be added."""

    def __init__(self, session: Session, kind: str) -> None:
        super().__init__(session, SourceForm(session.yard, kind, aside=session.aside))

    @property
    def content(self) -> Sequence[Viewable]:
        """The form; or how to get the driver."""
        kind = self.model.kind
        crumbs = [*CRUMBS, {"text": "Add a source", "to": to("data", sources="new")}]
        lacks = warning(
            f"The driver of {kind.title} is not installed.",
            f"Install it with: {install_line(kind.extra)}" if kind.extra else None,
        )
        return [
            Heading(title=f"New source: {kind.title}", crumbs=crumbs, sizing_mode="stretch_width"),
            *([] if kind.installed else [Notice(problem=lacks, sizing_mode="stretch_width")]),
            self.form(),
        ]

    def _first(self) -> list[Viewable]:
        name = field(pmui.TextInput, self.model.param.source_name, "Name *", placeholder="For instance warehouse")
        name.helper_text = "Letters, digits, '.', '_' and '-'."
        return [name]


class EditScreen(FormScreen):
    """A source that is changed, renamed or removed."""

    def __init__(self, session: Session, source: str) -> None:
        super().__init__(session, SourceForm(session.yard, "", source, session.aside))

    @property
    def content(self) -> Sequence[Viewable]:
        """The form, another name, and the way out."""
        model, name = self.model, self.model.source
        remove = Ask(label="Remove the source", question=remove_question(name))
        remove.on_yes(self._remove)
        new_name = field(pmui.TextInput, model.param.source_name, "New name", max_width=420)
        return [
            Heading(
                title=f"Edit {name}",
                crumbs=[*CRUMBS, {"text": name, "to": to("data", source=name)}],
                sizing_mode="stretch_width",
            ),
            self.form(),
            Section(
                new_name,
                row(button("Rename", self._rename, variant="outlined")),
                notice(model, "name_problem"),
                title="Rename",
                note="What was imported from it keeps the old name as its origin.",
            ),
            Section(remove, title="Remove", note="What was imported from it stays."),
        ]

    def _rename(self) -> None:
        name = self.model.rename()
        if name is not None:
            self.session.notify(f"It is called {name} now.")
            self.session.go(to("data", source=name))

    def _remove(self) -> None:
        with self.model.attempt():
            self.session.yard.sources.remove(self.model.source)
        if self.model.problem is None:
            self.session.notify(f"{self.model.source} is removed.")
            self.session.go(to("data", sources=1))


def tested(health: Health) -> Json:
    """Return what a test found as a notice."""
    if health.healthy:
        return {
            "severity": "success",
            "what": f"It answers and lets us in, after {latency(health.latency_s)}.",
            "remedy": health.version,
        }
    what = "It answers, but does not let us in." if health.reachable else "It cannot be reached."
    return {"severity": "error", "what": what, "remedy": health.message}


def field_widgets(model: SourceForm, each: Field) -> tuple[Viewable, ...]:
    """Return what a field is asked by: two widgets for a secret, one for all others."""
    return _secret(model, each) if each.kind == "secret" else (asked(model, each),)


def _secret(model: SourceForm, each: Field) -> tuple[Viewable, Viewable]:
    """Return a widget for the value, which only goes one way, and one for its place."""
    place = model.typed[each.name]
    usual: Json = {"margin": 0, "size": "small", "sizing_mode": "stretch_width"}
    kept = "Kept: leave this empty to keep it" if place else ""
    value = lean(pmui.PasswordInput)(label=each.title, placeholder=kept, helper_text=each.help, **usual)
    value.param.watch(lambda event: model.say_secret(each.name, event.new), "value")
    where = lean(pmui.TextInput)(
        label=f"{each.title}: or where it is", value=place, placeholder="env:VARIABLE, file:/path, secret:NAME", **usual
    )
    where.param.watch(lambda event: model.say(each.name, event.new), "value")
    return value, where
