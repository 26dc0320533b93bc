"""Exceptions as the browser shows them: the words of `ModelyardError`, whatever was raised."""

from __future__ import annotations

import logging
import traceback

from modelyard.core.common.errors import ModelyardError
from modelyard.core.common.types import Json

log = logging.getLogger("modelyard.ui")


def describe(error: BaseException) -> Json:
    """Return what a `Notice` shows for an exception; one that nobody raised on purpose is logged with its traceback.

    Examples
    --------
    >>> from modelyard.core.common.errors import NotFound
    >>> describe(NotFound("There is no dataset 'x'."))["what"]
    "There is no dataset 'x'."
    """
    if isinstance(error, ModelyardError):
        return {**error.to_dict(), "severity": "error"}
    log.error("A screen failed", exc_info=error)
    return {
        "code": "error",
        "severity": "error",
        "what": f"Something went wrong here: {type(error).__name__}.",
        "where": None,
        "possible": [],
        "remedy": "Your data and models are not affected. Try again; if it happens again, report it with the details.",
        "details": "".join(traceback.format_exception(error)),
    }


def warning(what: str, remedy: str | None = None) -> Json:
    """Return a note that is no error."""
    return {"severity": "warning", "what": what, "remedy": remedy}
