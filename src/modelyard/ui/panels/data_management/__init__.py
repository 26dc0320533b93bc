"""Datasets and where they come from: bring them in, look at them, say what their columns are for."""

from __future__ import annotations

from collections.abc import Mapping

from modelyard.ui.screen import Screen
from modelyard.ui.session import Session


def open_screen(session: Session, args: Mapping[str, str]) -> Screen:
    """Open the dataset or the sources that the address names, else the list of datasets."""
    if "sql" in args:
        from modelyard.ui.panels.data_management.sql_view import SqlScreen

        return SqlScreen(session, args.get("dataset", ""))
    if "dataset" in args and args.get("part") == "versions":
        from modelyard.ui.panels.data_management.versions_view import VersionsScreen

        return VersionsScreen(session, args["dataset"])
    if "dataset" in args and args.get("part") == "quality":
        from modelyard.ui.panels.data_management.quality_view import QualityScreen

        return QualityScreen(session, args["dataset"])
    if "dataset" in args and args.get("part") == "transform":
        from modelyard.ui.panels.data_management.transform_view import TransformScreen

        return TransformScreen(session, args["dataset"], args.get("like", ""))
    number = int(args["version"]) if args.get("version", "").isdecimal() else None
    if "dataset" in args and args.get("part") == "lineage":
        from modelyard.ui.panels.data_management.lineage_view import LineageScreen

        return LineageScreen(session, args["dataset"], number)
    if "dataset" in args:
        from modelyard.ui.panels.data_management.dataset_view import DatasetScreen

        return DatasetScreen(session, args["dataset"], number)
    if "source" in args or "sources" in args:
        from modelyard.ui.panels import sources

        return sources.open_screen(session, args)
    from modelyard.ui.panels.data_management.view import DatasetsScreen

    return DatasetsScreen(session)
