"""A value that must not be seen: it shows itself to nobody, and is revealed only where it is used.

What was revealed is remembered by this process: `hide` takes it out of errors, logs and whatever a job says, since
drivers like to repeat what they were given.
"""

from __future__ import annotations

import hmac
import json
import re
from typing import NoReturn
from urllib.parse import quote, quote_plus, unquote

_SHOWN = "Secret('…')"
_HIDDEN = "…"
_SHORTEST = 6
"""Shorter values are not taken out of texts: they would be found everywhere."""

_known: set[str] = set()
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_USERINFO = re.compile(r"(?<=://)([^/?#\s:@]*):([^/?#\s]*)@")
_TELLING = re.compile(r"([?&;][^=&;\s]*(?:pass|pwd|secret|token|key|signature|credential)[^=&;\s]*=)([^&;#\s]+)", re.I)


class Secret:
    """A password or key on its way to where it is needed.

    It has no text: printed, formatted, logged or put into an error it shows an ellipsis, and it cannot be pickled.

    Parameters
    ----------
    value : str
        What it hides.

    Examples
    --------
    >>> password = Secret("hunter2")
    >>> print(password, f"{password:>12}", [password])
    Secret('…')  Secret('…') [Secret('…')]
    >>> password == Secret("hunter2")
    True
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def __repr__(self) -> str:
        return _SHOWN

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.__value.encode())

    __hash__ = None  # type: ignore[assignment]  # a set of secrets would keep them

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled or copied: name it, and let whoever needs it ask the store")

    def __format__(self, spec: str) -> str:
        return format(_SHOWN, spec)


def reveal(secret: Secret) -> str:
    """Return what a secret hides. Only the core does this, at the last moment: a test sees to it."""
    value: str = secret._Secret__value  # type: ignore[attr-defined]
    remember(value)
    return value


def remember(value: str) -> None:
    """Have `hide` take a value out of every text, in the forms in which it may be written there."""
    if len(value) >= _SHORTEST:
        _known.update((value, json.dumps(value)[1:-1], repr(value)[1:-1], quote(value, safe=""), quote_plus(value)))


def hide(text: str) -> str:
    """Return a text without what this process has revealed.

    Examples
    --------
    >>> password = reveal(Secret("hunter2!"))
    >>> hide(f"refused: password={password}")
    'refused: password=…'
    """
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, _HIDDEN)
    return text


def shown_url(url: str) -> str:
    """Return a URL without its password and keys.

    Examples
    --------
    >>> shown_url("ftp://ada:hunter2@files.example/yard?token=abc&depth=2")
    'ftp://ada:***@files.example/yard?token=***&depth=2'
    """
    return _TELLING.sub(r"\1***", _USERINFO.sub(r"\1:***@", url))


def is_address(path: str) -> bool:
    """Tell whether what should be a path is a URL, also one that was squeezed into a `pathlib.Path`.

    Examples
    --------
    >>> is_address("s3://key:secret@bucket/a.csv"), is_address("s3:/bucket/a.csv"), is_address("C:/data/a.csv")
    (True, True, False)
    """
    return _ADDRESS.match(path) is not None


def remember_url(url: str) -> None:
    """Remember the password and the keys of a URL."""
    for found in (_USERINFO.search(url), *_TELLING.finditer(url)):
        if found is not None:
            remember(found[2])
            remember(unquote(found[2]))
