"""State of the form of a source: what is typed, what a test of it says, save."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import param

from modelyard.core.common.errors import InvalidInput, ModelyardError, NotFound
from modelyard.core.common.secret import Secret
from modelyard.core.data_sources.types import Health
from modelyard.core.workspace.sources import SourceKind
from modelyard.ui.fields import Field, fields_of, missing
from modelyard.ui.model import Aside, Patient, at_once
from modelyard.ui.panels.sources.python import source_line

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace


class SourceForm(Patient):
    """A source that is about to be added or changed.

    What is typed as a secret is kept here until it is saved, in no parameter, and shown to nobody.

    Parameters
    ----------
    kind : str
        Of the source.
    source : str, optional
        The one that is changed.
    source_name : str
        What a new one shall be called, or a new name.
    typed : dict
        What the fields show; of secrets the place.
    health : Health or None
        What the last test said; forgotten as soon as something is typed.
    code : str
        The same in Python.
    name_problem : dict or None
        Why it cannot have that other name.
    """

    source_name = param.String(default="")
    typed = param.Dict(default={})
    health = param.ClassSelector(class_=Health, default=None, allow_None=True)
    code = param.String(default="")
    name_problem = param.Dict(default=None, allow_None=True)

    def __init__(self, yard: Workspace, kind: str, source: str = "", aside: Aside = at_once, **params: Any) -> None:
        super().__init__(yard, aside, **params)
        self.source = source
        self.stored: Mapping[str, Any] = {}
        if source:
            info = yard.sources.get(source).info
            self.source, kind, self.stored = info.name, info.kind, info.params
        self.kind = _kind(yard, kind)
        self.fields: tuple[Field, ...] = fields_of(self.kind.params)
        self._secrets: dict[str, str] = {}
        baseline = {field.name: self.stored.get(field.name, field.default) for field in self.fields}
        self.param.update(
            source_name=self.source, typed={field.name: field.typed(baseline[field.name]) for field in self.fields}
        )

    def say(self, name: str, value: Any) -> None:
        """Take what was typed into a field."""
        self.param.update(typed={**self.typed, name: value}, health=None)

    def say_secret(self, name: str, value: str) -> None:
        """Take a secret that was typed."""
        self._secrets[name] = value
        self.health = None
        self._write_code()

    def test(self) -> None:
        """Tell how it would be."""

        def take(health: Health) -> None:
            if asked == (self.typed, self._secrets):
                self.health = health

        with self.attempt():
            params = self.given()
        if self.problem is None:
            self.health = None
            asked = (dict(self.typed), dict(self._secrets))
            self.slowly(lambda: self.yard.sources.probe(self.kind.name, self.source or None, **params), take)

    def save(self) -> str | None:
        """Add or change it; returns its name, None if that was refused."""
        name = None
        with self.attempt():
            params = self.given()
            if self.source:
                name = self.yard.sources.update(self.source, **params).name
            else:
                name = self.yard.sources.add(self._new_name(), self.kind.name, **params).name
            self._secrets.clear()
        return name

    def rename(self) -> str | None:
        """Give it another name; returns that, None if it was refused."""
        name = None
        with self.attempt("name_problem"):
            name = self.yard.sources.rename(self.source, self._new_name()).name
        return name

    def given(self) -> dict[str, Any]:
        """Return the parameters that differ from what is stored, or from the defaults of a new source.

        Raises
        ------
        InvalidInput
            If a field is empty that must not be, or is no number where it has to be one.
        """
        values = {field.name: field.said(self.typed[field.name]) for field in self.fields}
        values |= {name: Secret(value) for name, value in self._secrets.items() if value}
        missing(self.fields, values)
        for field in self.fields:
            place = self.typed[field.name]
            if self._secrets.get(field.name) and place and place != self.stored.get(field.name):
                raise InvalidInput(f"{field.title}: type it, or say where it is, not both.")
        base = {field.name: self.stored.get(field.name, field.default) for field in self.fields}
        return {name: value for name, value in values.items() if isinstance(value, Secret) or value != base[name]}

    @param.depends("typed", "source_name", watch=True)
    def _write_code(self) -> None:
        try:
            params = self.given()
        except ModelyardError:
            self.code = ""
            return
        self.code = source_line(self.source, self.source_name.strip(), self.kind.name, params)

    def _new_name(self) -> str:
        name = self.source_name.strip()
        if not name:
            raise InvalidInput(
                "Give the source a name.", remedy="For instance warehouse: you will look for it by that."
            )
        return name


def _kind(yard: Workspace, name: str) -> SourceKind:
    kinds = {kind.name: kind for kind in yard.sources.kinds()}
    if name not in kinds:
        raise NotFound.named("kind of source", name, list(kinds))
    return kinds[name]
