"""Paths of items: parts in a tuple, or one text with slashes."""

from __future__ import annotations

from collections.abc import Sequence

from modelyard.core.common.errors import InvalidInput

type Path = str | Sequence[str]
"""``"public/orders"`` or ``("public", "orders")``; in a text a slash within a name is ``%2F``, a percent ``%25``."""


def parse_path(path: Path) -> tuple[str, ...]:
    """Return the parts of a path.

    Raises
    ------
    InvalidInput
        If it leads out of the source.

    Examples
    --------
    >>> parse_path("public/a%2Fb"), parse_path(("public", "a/b")), parse_path("")
    (('public', 'a/b'), ('public', 'a/b'), ())
    """
    if not isinstance(path, str):
        return tuple(path)
    parts = tuple(part.replace("%2F", "/").replace("%25", "%") for part in path.strip("/").split("/") if part)
    if any(part in (".", "..") for part in parts):
        raise InvalidInput("A path has no '.' or '..' in it.", where=path)
    return parts


def format_path(parts: Sequence[str]) -> str:
    """Return a path as one text.

    Examples
    --------
    >>> format_path(("public", "100%", "a/b"))
    'public/100%25/a%2Fb'
    """
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)
