"""Optional dependencies: listing never imports, using imports or says what to install."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from modelyard.core.common.errors import MissingExtra


def available(module: str) -> bool:
    """Tell whether `module` could be imported, without importing it.

    Examples
    --------
    >>> available("json"), available("no_such_module")
    (True, False)
    """
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def install_line(extra: str) -> str:
    """Return the command that brings `extra`.

    Examples
    --------
    >>> install_line("deep")
    "pip install 'modelyard[deep]'"
    """
    return f"pip install 'modelyard[{extra}]'"


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import `module`, or raise `MissingExtra` with the line that installs it.

    Parameters
    ----------
    module : str
        Dotted name.
    extra : str
        The extra of this package that brings it.
    purpose : str
        What needs it, as a noun: "the workbench".
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise _missing(module, extra, purpose) from error


def check_installed(module: str, *, extra: str, purpose: str) -> None:
    """Raise what `require` would raise, without the time that an import takes."""
    if not available(module):
        raise _missing(module, extra, purpose)


def _missing(module: str, extra: str, purpose: str) -> MissingExtra:
    return MissingExtra(
        f"{purpose[:1].upper()}{purpose[1:]} needs the package {module.split('.')[0]!r}, which is not installed.",
        remedy=f"Install it with: {install_line(extra)}",
    )
