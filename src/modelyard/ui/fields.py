"""A form's fields, made from a model of parameters: of a kind of source, of a kind of step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from modelyard.core.common.errors import InvalidInput
from modelyard.core.data_sources.params import SourceParams


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter as a form asks for it.

    Parameters
    ----------
    name, title, help : str
        Of the parameter, for people, and what it is.
    kind : str
        ``text``, ``whole``, ``number``, ``yes``, ``choice``, ``several``, ``pairs`` or ``secret``.
    required : bool
        Whether it must be filled in.
    default : JSON value
        What counts where nothing is said.
    choices : tuple
        Of a ``choice``, or of ``several``.
    of : str
        ``columns`` or ``datasets`` where it names such.
    """

    name: str
    title: str
    help: str
    kind: str
    required: bool
    default: Any = None
    choices: tuple[Any, ...] = ()
    of: str = ""

    @property
    def listed(self) -> bool:
        """Whether several are picked from a list, not typed."""
        return self.kind == "several" and bool(self.of or self.choices)

    def typed(self, value: Any) -> Any:
        """Return a value as the form shows it: text, but for ``yes``, ``choice`` and lists.

        Examples
        --------
        >>> Field("port", "Port", "", "whole", True).typed(5432)
        '5432'
        """
        if self.kind in ("yes", "choice"):
            return value
        if self.listed:
            return list(value or ())
        if value is None:
            return ""
        if self.kind == "pairs":
            return "\n".join(f"{name} = {said}" for name, said in value.items())
        if self.kind == "several":
            return ", ".join(map(str, value))
        return f"{value:g}" if isinstance(value, float) else str(value)

    def said(self, typed: Any) -> Any:
        """Return what was typed as the parameter's value; the default where nothing was.

        Raises
        ------
        InvalidInput
            If it is no number and has to be one.

        Examples
        --------
        >>> Field("port", "Port", "", "whole", False, 5432).said(" 5433 ")
        5433
        """
        if self.kind in ("yes", "choice") or self.listed:
            return typed
        text = typed.strip()
        if not text:
            return self.default
        if self.kind == "pairs":
            return dict(self._pair(line) for line in text.splitlines() if line.strip())
        if self.kind == "several":
            return [each.strip() for each in text.split(",") if each.strip()]
        if self.kind in ("whole", "number"):
            return self._number(text)
        return text

    def _pair(self, line: str) -> tuple[str, str]:
        name, sign, said = line.partition(" = " if " = " in line else "=")
        if not sign or not name.strip() or not said.strip():
            raise InvalidInput(f"{self.title}: write a line for each, such as: name = what.", where=line[:100])
        return name.strip(), said.strip()

    def _number(self, text: str) -> int | float:
        try:
            return int(text) if self.kind == "whole" else float(text)
        except ValueError:
            wanted = "a whole number" if self.kind == "whole" else "a number"
            raise InvalidInput(f"{self.title} must be {wanted}, not {text!r}.") from None


def fields_of(model: type[BaseModel]) -> tuple[Field, ...]:
    """Return the fields of a parameter model; of a source its own first, then what all may be told.

    Examples
    --------
    >>> from modelyard.core.data_sources.sqlite import SqliteParams
    >>> [(field.title, field.kind, field.required) for field in fields_of(SqliteParams)]
    [('File', 'text', True), ('Timeout, s', 'number', False)]
    """
    of_source = issubclass(model, SourceParams)
    secrets = model.secret_fields() if issubclass(model, SourceParams) else ()
    names = sorted(model.model_fields, key=lambda name: of_source and name in SourceParams.model_fields)
    return tuple(_field(name, model.model_fields[name], secret=name in secrets) for name in names)


def missing(fields: Iterable[Field], values: dict[str, Any]) -> None:
    """Raise `InvalidInput` with the titles of required fields that are empty."""
    empty = [field.title for field in fields if field.required and values.get(field.name) in (None, "", [])]
    if empty:
        raise InvalidInput(f"Fill in {' and '.join(empty)}.")


def _field(name: str, facts: FieldInfo, *, secret: bool) -> Field:
    annotation = _plain(facts.annotation)
    choices = _choices(annotation)
    extra = facts.json_schema_extra
    of = str(extra.get("of", "")) if isinstance(extra, dict) else ""
    kind = "secret" if secret else _kind(annotation, of, choices)
    default = None if facts.is_required() else facts.get_default(call_default_factory=True)
    title = facts.title or name.replace("_", " ").capitalize()
    return Field(name, title, facts.description or "", kind, facts.is_required(), default, choices, of)


def _plain(annotation: Any) -> Any:
    """Return an annotation without its None."""
    rest = [each for each in get_args(annotation) if each is not NoneType]
    return rest[0] if NoneType in get_args(annotation) and len(rest) == 1 else annotation


def _choices(annotation: Any) -> tuple[Any, ...]:
    inner = get_args(annotation)
    if get_origin(annotation) is Literal:
        return inner
    return get_args(inner[0]) if inner and get_origin(inner[0]) is Literal else ()


def _kind(annotation: Any, of: str, choices: tuple[Any, ...]) -> str:
    if get_origin(annotation) in (list, tuple):
        return "several"
    if get_origin(annotation) is dict:
        return "pairs"
    if of or choices:
        return "choice"
    return {bool: "yes", int: "whole", float: "number"}.get(annotation, "text")
