"""Our own components, each a class here and a function of the same name in ``ui/static``."""

from modelyard.ui.components.editor import Editor
from modelyard.ui.components.graph import Graph
from modelyard.ui.components.layout import (
    Ask,
    Chances,
    Code,
    Empty,
    Facts,
    Folded,
    Heading,
    Log,
    Notice,
    Parts,
    Progress,
    Section,
    Sentences,
    Tiles,
    Trail,
    Words,
    link,
)
from modelyard.ui.components.steps import Steps
from modelyard.ui.components.table import DataTable, column
from modelyard.ui.components.upload import DropZone

__all__ = [
    "Ask",
    "Chances",
    "Code",
    "DataTable",
    "DropZone",
    "Editor",
    "Empty",
    "Facts",
    "Folded",
    "Graph",
    "Heading",
    "Log",
    "Notice",
    "Parts",
    "Progress",
    "Section",
    "Sentences",
    "Steps",
    "Tiles",
    "Trail",
    "Words",
    "column",
    "link",
]
