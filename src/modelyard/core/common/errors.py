"""The one tree of errors.

Every error says what went wrong, where, which values were possible and what to do next. The same
words reach a notebook, the command line and the browser, because all three show ``str(error)``.

::

    ModelyardError
    ├── InvalidInput        (also ValueError)    a value, a file or a column that cannot be used
    ├── NotFound            (also LookupError)   a name or id that nothing has
    ├── AlreadyExists       (also ValueError)    a name that is taken
    ├── NotAllowed          (also PermissionError)
    ├── Unavailable         (also OSError)       a port, a server, a disk that does not answer
    ├── MissingExtra        (also ImportError)   an optional dependency that is not installed
    ├── Conflict            (also RuntimeError)  the object is in a state that forbids this
    ├── Integrity           (also RuntimeError)  stored bytes are not the bytes that were written
    ├── JobFailed           (also RuntimeError)  long work ended with an error
    └── JobCancelled        (also RuntimeError)  long work was cancelled or lost
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar

from modelyard.core.common.secret import hide

_SHOWN = 12


class ModelyardError(Exception):
    """Base of all errors that are raised on purpose.

    Parameters
    ----------
    what : str
        What went wrong, as one sentence.
    where : str, optional
        The file, row, column, job or field that it concerns.
    possible : iterable of str, optional
        Values that would have been accepted.
    remedy : str, optional
        What to do next, as one sentence.
    details : str, optional
        Text to unfold, for instance a traceback; not part of the message.

    Notes
    -----
    Secrets that this process has revealed are taken out of all of it.

    Examples
    --------
    >>> print(InvalidInput("There is no column 'prise'.", where="houses.csv", possible=["price"]))
    There is no column 'prise'. (houses.csv) Possible: price.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        possible: Iterable[object] | None = None,
        remedy: str | None = None,
        details: str | None = None,
    ) -> None:
        self.what = hide(what)
        self.where = where and hide(where)
        self.possible = tuple(hide(str(value)) for value in possible) if possible is not None else ()
        self.remedy = remedy and hide(remedy)
        self.details = details and hide(details)
        super().__init__(self._message())

    def _message(self) -> str:
        parts = [self.what]
        if self.where:
            parts.append(f"({self.where})")
        if self.possible:
            shown = ", ".join(self.possible[:_SHOWN])
            more = len(self.possible) - _SHOWN
            parts.append(f"Possible: {shown}" + (f" and {more} more." if more > 0 else "."))
        if self.remedy:
            parts.append(self.remedy)
        return " ".join(parts)

    def __str__(self) -> str:
        return self._message()

    def __reduce__(self) -> tuple[Any, ...]:
        return (error_from_dict, (self.to_dict(),))

    def to_dict(self) -> dict[str, Any]:
        """Return the error as JSON-ready values, for a job's row or a REST answer."""
        return {
            "code": self.code,
            "what": self.what,
            "where": self.where,
            "possible": list(self.possible),
            "remedy": self.remedy,
            "details": self.details,
        }


class InvalidInput(ModelyardError, ValueError):
    """A value, a file or a column that cannot be used."""

    code = "invalid_input"
    exit_code = 2


class NotFound(ModelyardError, LookupError):
    """A name or id that nothing has."""

    code = "not_found"
    exit_code = 3

    @classmethod
    def named(cls, kind: str, name: object, existing: Iterable[object] = ()) -> NotFound:
        """Build the error for a missing name, with the closest existing names first.

        Examples
        --------
        >>> print(NotFound.named("dataset", "flihgts", ["bank", "flights"]))
        There is no dataset 'flihgts'. Possible: flights, bank.
        """
        names = [str(value) for value in existing]
        close = get_close_matches(str(name), names, n=3)
        ordered = close + [value for value in names if value not in close]
        remedy = None if ordered else f"There is no {kind} yet."
        return cls(f"There is no {kind} {str(name)!r}.", possible=ordered or None, remedy=remedy)


class AlreadyExists(ModelyardError, ValueError):
    """A name that is taken."""

    code = "already_exists"
    exit_code = 4


class NotAllowed(ModelyardError, PermissionError):
    """The actor, or the way it came in, may not do this."""

    code = "not_allowed"
    exit_code = 5


class Unavailable(ModelyardError, OSError):
    """A port, a server or a disk that does not answer as it should."""

    code = "unavailable"
    exit_code = 6


class MissingExtra(ModelyardError, ImportError):
    """An optional dependency that is not installed."""

    code = "missing_extra"
    exit_code = 7


class Conflict(ModelyardError, RuntimeError):
    """The object is in a state that forbids this."""

    code = "conflict"
    exit_code = 8


class Integrity(ModelyardError, RuntimeError):
    """Stored bytes are not the bytes that were written."""

    code = "integrity"
    exit_code = 9


class JobFailed(ModelyardError, RuntimeError):
    """Long work ended with an error that is nobody's bad input."""

    code = "job_failed"
    exit_code = 10


class JobCancelled(ModelyardError, RuntimeError):
    """Long work was cancelled, or lost with its worker."""

    code = "job_cancelled"
    exit_code = 11


_BY_CODE: dict[str, type[ModelyardError]] = {
    cls.code: cls
    for cls in (
        InvalidInput,
        NotFound,
        AlreadyExists,
        NotAllowed,
        Unavailable,
        MissingExtra,
        Conflict,
        Integrity,
        JobFailed,
        JobCancelled,
    )
}


def error_from_dict(values: Mapping[str, Any]) -> ModelyardError:
    """Rebuild an error from `ModelyardError.to_dict`; an unknown code gives the base class.

    Examples
    --------
    >>> error_from_dict(InvalidInput("Too small.").to_dict())
    InvalidInput('Too small.')
    """
    cls = _BY_CODE.get(str(values.get("code")), ModelyardError)
    return cls(
        str(values.get("what", "")),
        where=values.get("where"),
        possible=values.get("possible") or None,
        remedy=values.get("remedy"),
        details=values.get("details"),
    )
