"""A value that must not be seen: it shows itself to nobody, and is revealed only where it is used."""

from __future__ import annotations

import hmac
from typing import NoReturn

_SHOWN = "Secret('…')"


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
    return secret._Secret__value  # type: ignore[attr-defined, no-any-return]
