"""Values as people write them in Python: whatever is in a name, the line can be run."""

from __future__ import annotations

import json
from typing import Any

from modelyard.core.common.secret import Secret


def text(value: str) -> str:
    r"""Return a string in double quotes.

    Examples
    --------
    >>> print(text('a "b" \\ c'))
    "a \"b\" \\ c"
    """
    return json.dumps(value, ensure_ascii=False)


def statement(value: str) -> str:
    r"""Return a string whose lines and quotes stay readable: in three quotes, if there are any.

    Examples
    --------
    >>> statement("FROM trips\nLIMIT 3").count('"')
    6
    """
    plain = value.replace("\n", "").replace("\t", "").isprintable()
    if not plain or ("\n" not in value and '"' not in value):
        return text(value)
    inner = value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    inner = inner[:-1] + '\\"' if inner.endswith('"') else inner
    return f'"""{inner}"""'


def literal(value: Any) -> str:
    """Return a value; a secret is asked for.

    Examples
    --------
    >>> literal(["a", 1, None]), literal(Secret("x"))
    ('["a", 1, None]', 'my.secret(getpass.getpass())')
    """
    if isinstance(value, Secret):
        return "my.secret(getpass.getpass())"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(name)}: {literal(each)}" for name, each in value.items()) + "}"
    return repr(value)
