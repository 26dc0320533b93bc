"""What databases and disks say when they fail, in words that help."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, StatementError

from modelyard.core.common.errors import Integrity, ModelyardError, Unavailable

_FULL = "Free some space (`modelyard clean` removes what nothing needs). What was saved before is not lost."
_RIGHTS = "Give this user the right to write there, or choose another place."
_BUSY = "Try again; `modelyard jobs` shows what runs."
_LOCKED = "Another process keeps the database locked."
_DAMAGED = "Run `modelyard doctor`; restore a backup with `modelyard restore`."
_DISK = {
    errno.ENOSPC: ("The disk is full.", _FULL),
    errno.EDQUOT: ("The disk quota is used up.", _FULL),
    errno.EROFS: ("The disk is read-only.", _RIGHTS),
    errno.EACCES: ("The place may not be written to.", _RIGHTS),
    errno.EPERM: ("The place may not be written to.", _RIGHTS),
}
_SQLITE = (
    ("database or disk is full", Unavailable, "The disk that holds the database is full.", _FULL),
    ("readonly database", Unavailable, "The database is read-only.", _RIGHTS),
    ("unable to open database file", Unavailable, "The database file cannot be opened.", _RIGHTS),
    ("malformed", Integrity, "The database file is damaged.", _DAMAGED),
    ("file is not a database", Integrity, "The database file is damaged.", _DAMAGED),
    ("disk i/o error", Unavailable, "The disk that holds the database fails.", "Look at the machine's disk."),
    ("database is locked", Unavailable, _LOCKED, _BUSY),
)
_POSTGRESQL = {
    "53100": ("The disk of the database server is full.", _FULL),
    "53300": ("The database server has no connection left.", "Raise its max_connections, or close other programs."),
    "25006": ("The database is read-only.", "Connect to the primary server."),
    "42501": ("The database user may not do this.", "Grant it the right to create tables in this database."),
    "28000": ("The database server refused this user.", "Look at the user's name and password in the URL."),
    "28P01": ("The database server refused this user's password.", "Look at the user and the password in the URL."),
    "3D000": ("There is no such database on the server.", "Create it first, with: createdb NAME"),
    "55P03": (_LOCKED, _BUSY),
}
# A connection that is refused has no code; the server's words are English unless somebody has chosen otherwise.
_REFUSALS = {
    "password authentication failed": "28P01",
    "no pg_hba.conf entry": "28000",
    "role": "28000",
    "does not exist": "3D000",
    "too many": "53300",
}
_NO_ANSWER = ("The database server does not answer.", "See that it runs, and that the address in the URL is right.")


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turn a failure of the database into an error of ours; other errors pass.

    Parameters
    ----------
    where : str
        The database's URL without its password.

    Raises
    ------
    Unavailable
        If it does not answer, is full, or cannot be written to.
    Integrity
        If it is damaged.
    """
    try:
        yield
    except DBAPIError as error:
        if (found := _explain(error, where)) is None:
            raise
        raise found from error
    except StatementError as error:
        if isinstance(error.orig, ModelyardError):  # a value was refused on its way to the database
            raise error.orig from None
        raise


@contextmanager
def explained_disk(where: str) -> Iterator[None]:
    """Turn a full or read-only disk into `Unavailable`; other errors pass.

    Parameters
    ----------
    where : str
        The file or folder.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, ModelyardError) or error.errno not in _DISK:
            raise
        what, remedy = _DISK[error.errno]
        raise Unavailable(what, where=where, remedy=remedy, details=str(error)) from error


def locked(where: str) -> Unavailable:
    """Return the error of a writer that has waited too long for the one before it."""
    return Unavailable(_LOCKED, where=where, remedy=_BUSY)


def _explain(error: DBAPIError, where: str) -> ModelyardError | None:
    details = str(error.orig)
    if type(error.orig).__module__.startswith("sqlite3"):
        for sign, kind, what, remedy in _SQLITE:
            if sign in details.lower():
                return kind(what, where=where, remedy=remedy, details=details)
        return None
    state = getattr(error.orig, "sqlstate", None)
    if state is None and "FATAL" in details:
        state = next((code for words, code in _REFUSALS.items() if words in details), None)
    if state in _POSTGRESQL:
        what, remedy = _POSTGRESQL[state]
    elif error.connection_invalidated or (state is None and "connection" in details) or str(state)[:3] == "57P":
        what, remedy = _NO_ANSWER
    else:
        return None
    return Unavailable(what, where=where, remedy=remedy, details=details)
