"""Modelyard: a workbench for machine learning on tables.

>>> import modelyard as my
>>> my.__version__
'0.1.0'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    from modelyard.core.common.actor import Actor
    from modelyard.core.common.errors import ModelyardError
    from modelyard.core.common.secret import Secret
    from modelyard.core.workspace.workspace import Workspace

__version__ = "0.1.0"
__all__ = ["Actor", "ModelyardError", "Secret", "Workspace", "__version__", "open", "secret"]

_LAZY = {
    "Actor": "modelyard.core.common.actor",
    "ModelyardError": "modelyard.core.common.errors",
    "Secret": "modelyard.core.common.secret",
    "Workspace": "modelyard.core.workspace.workspace",
}


def open(
    location: str | os.PathLike[str] | None = None,
    *,
    folder: str | os.PathLike[str] | None = None,
    actor: Actor | None = None,
    worker: str = "auto",
) -> Workspace:
    """Open a workspace; it is made on first use.

    Parameters
    ----------
    location : path or str, optional
        Its folder, ``./modelyard-workspace`` by default; or the URL of a PostgreSQL database, such as
        ``postgresql+psycopg://user@host/name``. A ``modelyard.toml`` in the folder may name the database too.
    folder : path, optional
        With a URL: the folder of its files, ``./modelyard-workspace`` by default.
    actor : Actor, optional
        On whose behalf to act; the user of the operating system by default.
    worker : str
        ``auto`` starts a worker private to this program where no shared one lives, ``shared`` relies on
        one that ``modelyard up`` runs.

    Raises
    ------
    Unavailable
        If the folder cannot be written to, or the database does not answer.
    InvalidInput
        If the settings in the folder cannot be used.
    Conflict
        If a newer Modelyard made it.

    Examples
    --------
    >>> import modelyard as my
    >>> with my.open(getfixture("tmp_path") / "yard") as yard:
    ...     yard.datasets.list().total
    0
    """
    from modelyard.core.workspace.settings import Settings
    from modelyard.core.workspace.workspace import Workspace

    return Workspace(Settings.at(location, folder), actor=actor, worker=worker)


def secret(value: str) -> Secret:
    """Hide a value: it is kept and used, and never shown.

    Parameters
    ----------
    value : str
        A password or key.

    Examples
    --------
    >>> import modelyard as my
    >>> my.secret("hunter2")
    Secret('…')
    """
    from modelyard.core.common.secret import Secret

    return Secret(value)


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'modelyard' has no attribute {name!r}")
