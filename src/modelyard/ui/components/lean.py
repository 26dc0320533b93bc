"""Components that cost the server less: what is the same for all of a class is found out once.

For each component that is shown Panel looks for its bundle on the disk, copies parameters, sends sixty properties of
which five were said, and inspects the signatures of its own callbacks: two to seven milliseconds, and a screen has
thirty components, made anew at each click of anybody. Here Panel makes one component of each class; what that came to
becomes the class's `Plan`, and each further one adds what was said to it. The browser is told the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from bokeh.models.css import ImportedStyleSheet
from panel.custom import ReactiveESM
from panel.io.state import state
from panel.layout.base import SizingModeMixin
from panel.reactive import Reactive
from panel.viewable import Child, Children, Viewable
from panel_material_ui.base import MaterialComponent
from param.parameterized import no_instance_params

_EACH = frozenset({"design", "name", "stylesheets", "tags"})
"""Parameters that no component shows, or that are looked at in another way."""

_TOGETHER = frozenset({"css_classes", "scroll", "variant"})
"""Parameters that end in one property: where one was said, Panel must hear all of them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What all components of a class have in common.

    Parameters
    ----------
    defaults : tuple of (str, object)
        The parameters that become properties, with their defaults.
    model, data : mapping of str to object
        Properties where nothing was said: of the model, and of the model in it that holds what the class adds.
    held : frozenset of str
        All properties of the latter.
    children, linked : tuple of str
        Parameters that hold other components, and those that the browser may change.
    sheets : tuple of str
        Addresses of styles.
    """

    defaults: tuple[tuple[str, Any], ...]
    model: Mapping[str, Any]
    data: Mapping[str, Any]
    held: frozenset[str]
    children: tuple[str, ...]
    linked: tuple[str, ...]
    sheets: tuple[str, ...]


_PLANS: dict[tuple[type, str | None], Plan] = {}


class Lean(MaterialComponent):
    """A component that is made by the plan of its class; mixed into those of panel-material-ui."""

    __abstract = True

    def __init__(self, *objects: Any, **params: Any) -> None:
        no_instance_params(type(self))  # no instance changes its parameters' bounds, so they need no copies
        super().__init__(*objects, **params)

    def _get_model(self, doc: Any, root: Any = None, parent: Any = None, comm: Any = None) -> Any:
        if not (doc.session_context and doc.session_context.server_context):  # no page of a server: other addresses
            return super()._get_model(doc, root, parent, comm)
        key = (type(self), state.rel_path)
        plan = _PLANS.get(key) or _PLANS.setdefault(key, _plan(type(self), doc))
        model = self._planned(plan, doc)
        root = root or model
        ref = root.ref["id"]
        self._models[ref] = (model, parent)
        for name in plan.children:
            setattr(model.data, name, self._get_child_model(getattr(self, name), doc, root, model, comm)[0])
        for name in plan.linked:  # as `on_change` and `on_event` do, without looking at the callback's signature
            model.data._callbacks[name] = [partial(self._server_change, doc, ref, None)]
        for event in model.subscribed_events:
            model._event_callbacks[event].append(partial(self._server_event, doc))
        if isinstance(self, SizingModeMixin):
            usual = {"margin": self.margin, "sizing_mode": self.sizing_mode}
            model.update(**self._compute_sizing_mode(model.data.objects, usual))
        return model

    def _planned(self, plan: Plan, doc: Any) -> Any:
        """Return the model as the plan has it, with what was said to this component."""
        said = {name: value for name, usual in plan.defaults if _differs(value := getattr(self, name), usual)}
        if not _TOGETHER.isdisjoint(said):
            said.update({name: getattr(self, name) for name, _ in plan.defaults if name in _TOGETHER})
        model, data = dict(plan.model), dict(plan.data)
        for name, value in self._process_param_change(said).items():
            (data if name in plan.held else model)[name] = value
        if plan.sheets or self.stylesheets:
            model["stylesheets"] = [*map(_sheet, plan.sheets), *map(_sheet, self.stylesheets)]
            self._resolve_stylesheets(model, doc)
        kind: Any = type(self)
        return kind._bokeh_model(**model, data=kind._data_model(**data))

    @classmethod
    def _patch_datamodel_ref(cls, props: Any, ref: str) -> None:
        """Leave the way from a model to its page unwritten: we never ask for it, and it is sought in all below."""


def _plan(kind: type[Lean], doc: Any) -> Plan:
    """Let Panel make a component to which nothing was said, and keep what it came to."""
    plain = kind()
    model: Any = super(Lean, plain)._get_model(doc)
    parameters = {
        name: parameter
        for name, parameter in kind.param.objects(instance=False).items()
        if kind._property_mapping.get(name, name) is not None and name not in _EACH
    }
    children = tuple(name for name, parameter in parameters.items() if isinstance(parameter, Child | Children))
    own = {name for name in model.data.properties() if not _of_every_view(kind, name)}
    sheets = [each.url for each in model.stylesheets if isinstance(each, ImportedStyleSheet)]
    return Plan(
        defaults=tuple((name, each.default) for name, each in parameters.items() if name not in children),
        model=_said(model, "data", "stylesheets"),
        data=_said(model.data, "name", "tags", *children),
        held=frozenset(own | {"loading"}),
        children=children,
        linked=tuple(name for name in plain._linked_properties if name not in _EACH),
        sheets=tuple(url for url in sheets if "/loading.css" not in url),  # Material UI says it in another way
    )


def _differs(value: Any, usual: Any) -> bool:
    """Tell whether a parameter was said: lists and dictionaries are each component's own."""
    return value is not usual and not (isinstance(usual, list | dict) and value == usual)


def _of_every_view(kind: type[Lean], name: str) -> bool:
    """Tell whether a property belongs to all that Panel shows, not to what the class adds."""
    if name not in Reactive.param:
        return False
    ours, theirs = kind.param[name], Reactive.param[name]
    redone = issubclass(cast(type, ours.owner), ReactiveESM)
    same = name in Viewable.param and name not in ("name", "use_shadow_dom") and type(ours) is type(theirs)
    return not redone or same


def _said(model: Any, *without: str) -> dict[str, Any]:
    """Return the properties of a model that are not as usual; lists of its own become plain ones again."""
    found = model.properties_with_values(include_defaults=False)
    plain = (list, dict, set)
    return {
        name: next((kind(value) for kind in plain if isinstance(value, kind)), value)
        for name, value in found.items()
        if name not in without
    }


def _sheet(style: Any) -> Any:
    """Return a style as a model takes it."""
    far = isinstance(style, str) and (style.split("?")[0].endswith(".css") or style.startswith("http"))
    return ImportedStyleSheet(url=style) if far else style
