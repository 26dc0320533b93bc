"""Datasets: import, catalog, profile, preview. Names load on first use, since the libraries behind them are heavy."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelyard.core.datasets.catalog import Catalog as Catalog
    from modelyard.core.datasets.frame import read_frame as read_frame
    from modelyard.core.datasets.ingest import ingest_file as ingest_file
    from modelyard.core.datasets.options import CsvOptions as CsvOptions
    from modelyard.core.datasets.options import ExcelOptions as ExcelOptions
    from modelyard.core.datasets.preview import Page as Page
    from modelyard.core.datasets.profile import compute_profile as compute_profile
    from modelyard.core.datasets.profile_types import Profile as Profile
    from modelyard.core.datasets.quality.assess import assess as assess
    from modelyard.core.datasets.quality.types import Finding as Finding
    from modelyard.core.datasets.quality.types import Quality as Quality
    from modelyard.core.datasets.types import ColumnInfo as ColumnInfo
    from modelyard.core.datasets.types import DatasetInfo as DatasetInfo
    from modelyard.core.datasets.types import Ingested as Ingested
    from modelyard.core.datasets.types import VersionInfo as VersionInfo

_HOMES = {
    "Catalog": "catalog",
    "ColumnInfo": "types",
    "CsvOptions": "options",
    "DatasetInfo": "types",
    "ExcelOptions": "options",
    "Finding": "quality.types",
    "Ingested": "types",
    "Page": "preview",
    "Profile": "profile_types",
    "Quality": "quality.types",
    "VersionInfo": "types",
    "assess": "quality.assess",
    "compute_profile": "profile",
    "ingest_file": "ingest",
    "read_frame": "frame",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
