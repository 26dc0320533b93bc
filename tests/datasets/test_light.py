"""The catalog and its types are read by the web process: importing them loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import modelyard.core.datasets as package


def test_catalog_loads_no_heavy_library() -> None:
    code = (
        "import sys; import modelyard.core.datasets; from modelyard.core.datasets import Catalog, ColumnInfo, Profile;"
        "print([m for m in ('duckdb', 'pyarrow', 'pandas', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_exported_name_loads() -> None:
    assert all(getattr(package, name) is not None for name in package.__all__)
