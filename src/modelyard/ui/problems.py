"""Exceptions as the browser shows them: the words of `ModelyardError`, whatever was raised."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping
from typing import Any

from modelyard.core.common.errors import ModelyardError
from modelyard.core.common.types import Json

_UPLOAD = re.compile(r"(?:[A-Za-z]:)?(?:[\\/][^\\/\n'\"]*)*?[\\/]uploads[\\/]upload_\w+[\\/]")

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
        return told(error.to_dict())
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


def told(error: Mapping[str, Any]) -> Json:
    """Return what a `Notice` shows for an error that a job or a request ended with.

    Where an upload lies on the server is nothing to whoever sent it: only its name is shown.

    Examples
    --------
    >>> told({"what": "No table.", "where": "/home/me/my yard/uploads/upload_1f/cat.csv"})["where"]
    'cat.csv'
    """
    return {**{key: _without_folder(value) for key, value in error.items()}, "severity": "error"}


def _without_folder(value: Any) -> Any:
    return _UPLOAD.sub("", value) if isinstance(value, str) else value


def warning(what: str, remedy: str | None = None) -> Json:
    """Return a note that is no error."""
    return {"severity": "warning", "what": what, "remedy": remedy}
