"""What a workspace is made of: its places, and the versions of what reads it."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.core.common.optional import install_line
from modelyard.core.storage.migrations import revision

if TYPE_CHECKING:
    from modelyard.core.workspace.workspace import Workspace

PACKAGE = "modelyard"
UNLISTED = ("all", "dev", "docs")
"""Extras that are not for users, or that only name others."""

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")


@dataclass(frozen=True, slots=True)
class Extra:
    """A part of the product that is installed by choice.

    Parameters
    ----------
    name : str
        Of the extra.
    packages : tuple of str
        What it brings.
    missing : tuple of str
        Those that are not installed.
    install : str
        The line that installs it.
    """

    name: str
    packages: tuple[str, ...]
    missing: tuple[str, ...]
    install: str


@dataclass(frozen=True, slots=True)
class About:
    """What a workspace is made of.

    Parameters
    ----------
    folder : Path
        Of the workspace.
    database : str
        Its URL, without a password.
    files : str
        Where stored files lie: a folder, or an fsspec URL.
    revision : str
        Of the tables.
    version, python, platform : str
        Of Modelyard, of Python, and of the system.
    libraries : dict
        What is installed of what the core stands on, and its version.
    extras : tuple of Extra
        What may be added.
    """

    folder: Path
    database: str
    files: str
    revision: str
    version: str
    python: str
    platform: str
    libraries: dict[str, str]
    extras: tuple[Extra, ...]


def about(yard: Workspace) -> About:
    """Return what a workspace is made of."""
    import modelyard

    settings = yard.settings
    return About(
        folder=yard.root,
        database=yard.database.shown,
        files=settings.remote or str(settings.artifacts),
        revision=revision(yard.database) or "none",
        version=modelyard.__version__,
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        libraries={name: found for name in _required(None) if (found := installed(name)) is not None},
        extras=tuple(_extras()),
    )


@cache  # here and below: what is installed later is not seen by a process that runs, and reading it takes a while
def installed(package: str) -> str | None:
    """Return the version of a package, None where it is not installed.

    Examples
    --------
    >>> installed("no-such-package") is None
    True
    """
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _extras() -> Iterator[Extra]:
    for name in metadata.metadata(PACKAGE).get_all("Provides-Extra") or ():
        if name not in UNLISTED:
            packages = _required(name)
            missing = tuple(package for package in packages if installed(package) is None)
            yield Extra(name, packages, missing, install_line(name))


@cache
def _required(extra: str | None) -> tuple[str, ...]:
    """Return the packages that an extra names, or those of the core."""
    found = []
    for requirement in metadata.requires(PACKAGE) or ():
        said = _EXTRA.search(requirement)
        if (said[1] if said else None) == extra and (name := _NAME.match(requirement)):
            found.append(name[0])
    return tuple(found)
