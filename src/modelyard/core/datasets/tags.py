"""Tags of versions: short words that people find them by."""

from __future__ import annotations

import re
from collections.abc import Iterable

from modelyard.core.common.errors import InvalidInput

_TAG = re.compile(r"[\w][\w .:+-]{0,38}[\w.+]|\w")


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags in the order of the alphabet, each once.

    Raises
    ------
    InvalidInput
        If one of them is no tag.

    Examples
    --------
    >>> clean_tags([" reviewed", "gold", "gold"])
    ('gold', 'reviewed')
    """
    found = {tag.strip() for tag in tags}
    for tag in found:
        if not _TAG.fullmatch(tag):
            raise InvalidInput(
                f"{tag[:60]!r} cannot be a tag.",
                remedy="Use up to 40 letters, digits, spaces, dots, colons, hyphens and underscores.",
            )
    return tuple(sorted(found))
