"""Where a secret is, in place of the secret: what a source's parameters hold."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_serializer, model_validator

from modelyard.core.common.errors import InvalidInput, NotFound, Unavailable
from modelyard.core.common.registry import Registry
from modelyard.core.common.secret import Secret

SECRET_PLACES = Registry("place of secrets", group="modelyard.secret_places")
"""Further places, such as a cloud's secret manager: each is a function of a name that returns the value."""

_PLACE = re.compile(r"[a-z][a-z0-9_-]*")
_FORMS = ("secret:NAME (kept by the workspace)", "env:VARIABLE", "file:/path")

type Resolve = Callable[[SecretRef], Secret]
"""Gives the secret that a reference names."""


class SecretRef(BaseModel):
    """The place of a secret and its name there; safe to print, keep and send.

    Parameters
    ----------
    place : str
        ``secret`` (the workspace's own), ``env``, ``file``, or a member of `SECRET_PLACES`.
    name : str
        The secret's name, a variable, or a path.

    Examples
    --------
    >>> SecretRef.model_validate("env:PGPASSWORD").name
    'PGPASSWORD'
    >>> str(SecretRef(place="secret", name="warehouse.password"))
    'secret:warehouse.password'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    place: str
    name: str

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        place, colon, name = value.partition(":")
        if not (colon and name and place in _places()):  # never shown: it may be the secret itself
            raise ValueError("wants the place of a secret, never the secret itself: " + ", ".join(_FORMS))
        return {"place": place, "name": name}

    @model_serializer
    def _to_text(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"{self.place}:{self.name}"

    @classmethod
    def kept(cls, source: str, field: str) -> Self:
        """Return the place of a secret that was entered for a source."""
        return cls(place="secret", name=f"{source}.{field}")


def _places() -> tuple[str, ...]:
    return ("secret", "env", "file", *SECRET_PLACES.names())


def resolve_outside(ref: SecretRef) -> Secret:
    """Return a secret that is not kept by the workspace.

    Raises
    ------
    NotFound
        If the variable or the file is not there.
    Unavailable
        If the file cannot be read.
    InvalidInput
        If the place is the workspace, which this function does not know.
    """
    if ref.place == "env":
        value = os.environ.get(ref.name)
        if value is None:
            raise NotFound(
                f"The variable {ref.name!r}, which should hold a secret, is not set.",
                remedy="Set it where Modelyard runs, for the worker too.",
            )
        return Secret(value)
    if ref.place == "file":
        return Secret(_read(Path(ref.name)))
    if ref.place == "secret":
        raise InvalidInput("Secrets of the workspace are known to the workspace alone.", possible=_FORMS[1:])
    return Secret(SECRET_PLACES.get(ref.place).load()(ref.name))


def _read(path: Path) -> str:
    try:
        return path.read_text().rstrip("\r\n")
    except FileNotFoundError:
        raise NotFound("The file that should hold a secret is not there.", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable("The file that should hold a secret cannot be read.", where=str(path)) from error
