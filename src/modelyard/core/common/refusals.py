"""What pydantic refuses, in our words: the same for Python, the command line and the forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KINDS = {
    "bool": "must be true or false",
    "date": "must be a date",
    "datetime": "must be a date with a time",
    "dict": "must be pairs of names and values",
    "float": "must be a number",
    "int": "must be a whole number",
    "list": "must be a list",
    "string": "must be a text",
    "tuple": "must be a list",
}
_BOUNDS = {
    "greater_than": ("must be more than", "gt"),
    "greater_than_equal": ("must be at least", "ge"),
    "less_than": ("must be less than", "lt"),
    "less_than_equal": ("must be at most", "le"),
}
_LENGTHS = {
    "string_too_short": ("must have at least {n} characters", "min_length"),
    "string_too_long": ("must have at most {n} characters", "max_length"),
    "too_short": ("must have at least {n} entries", "min_length"),
    "too_long": ("must have at most {n} entries", "max_length"),
}


def refusal(error: Mapping[str, Any]) -> str:
    """Return why a value cannot be, as the end of a sentence that begins with its name; the value is not repeated.

    Parameters
    ----------
    error : mapping
        One of ``ValidationError.errors()``.

    Examples
    --------
    >>> from pydantic import TypeAdapter, ValidationError
    >>> try:
    ...     TypeAdapter(tuple[str, ...]).validate_python("price")
    ... except ValidationError as error:
    ...     refusal(error.errors()[0])
    'must be a list'
    """
    kind, known = str(error["type"]), error.get("ctx") or {}
    if kind == "missing":
        return "must be said"
    if kind == "literal_error":
        return f"must be one of {str(known['expected']).replace(' or ', ', ')}"
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return f"{words} {known[bound]:g}" if isinstance(known[bound], int | float) else f"{words} {known[bound]}"
    if kind in _LENGTHS:
        words, bound = _LENGTHS[kind]
        if kind.endswith("too_short") and known[bound] == 1:
            return "must not be empty"
        return words.format(n=known[bound])
    plain = _KINDS.get(kind.rpartition("_")[0])
    return plain or str(error["msg"]).removeprefix("Value error, ").replace("Input should", "must")
