"""What the first visitor of a screen would wait for, loaded before somebody comes there."""

from __future__ import annotations

import pkgutil
import time
from collections.abc import Iterator
from importlib import import_module

from modelyard.ui import panels

LIBRARIES = ("duckdb", "pyarrow.parquet", "modelyard.core.datasets.preview", "plotly.graph_objects")
"""What screens use beyond their own modules; nothing that only jobs need."""


def modules() -> Iterator[str]:
    """Return what is worth loading: the modules of all screens, then libraries."""
    yield from (each.name for each in pkgutil.walk_packages(panels.__path__, f"{panels.__name__}."))
    yield from LIBRARIES


def preload(pause: float = 0.05) -> None:
    """Load one after the other, and leave the interpreter to the visitors in between.

    Parameters
    ----------
    pause : float
        Seconds between two modules.
    """
    for name in modules():
        import_module(name)
        time.sleep(pause)
