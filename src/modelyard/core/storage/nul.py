"""The character NUL in texts: PostgreSQL refuses it, so no database gets it.

What people type with it is refused, with words that help. What a job says with it, found in data or said by a library,
is cleaned, since nobody is there who could type it again.
"""

from __future__ import annotations

from typing import Any

from modelyard.core.common.errors import InvalidInput

NUL = "\0"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_AROUND = 40


def refused(value: Any) -> Any:
    r"""Return a value as it is, or raise `InvalidInput` if a text in it, at any depth, holds the character NUL.

    Examples
    --------
    >>> refused({"name": "bank", "rows": [1, 2]})
    {'name': 'bank', 'rows': [1, 2]}
    >>> refused(["a\0b"])
    Traceback (most recent call last):
    modelyard.core.common.errors.InvalidInput: A text with the character NUL cannot be kept: 'a\x00b'. Take it out.
    """
    if isinstance(value, str):
        if (at := value.find(NUL)) >= 0:
            shown = value[max(0, at - _AROUND) : at + _AROUND]
            raise InvalidInput(f"A text with the character NUL cannot be kept: {shown!r}.", remedy="Take it out.")
    elif isinstance(value, dict):
        for key, each in value.items():
            refused(key)
            refused(each)
    elif isinstance(value, list | tuple):
        for each in value:
            refused(each)
    return value


def cleaned(value: Any) -> Any:
    r"""Return a value with another character in the place of each NUL, in texts at any depth.

    Examples
    --------
    >>> cleaned({"what": ["a\0b", 1]})
    {'what': ['a�b', 1]}
    """
    if isinstance(value, str):
        return value.replace(NUL, REPLACEMENT)
    if isinstance(value, dict):
        return {cleaned(key): cleaned(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return (list if isinstance(value, list) else tuple)(map(cleaned, value))
    return value
