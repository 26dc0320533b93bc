"""From any reasonable table to a matrix of numbers, remembered so that it can be done again."""

from modelyard.core.ml_engine.preprocessing.encoder import Encoded, TableEncoder
from modelyard.core.ml_engine.preprocessing.kinds import Kind
from modelyard.core.ml_engine.preprocessing.linear_view import LinearView
from modelyard.core.ml_engine.preprocessing.tables import to_frame

__all__ = ["Encoded", "Kind", "LinearView", "TableEncoder", "to_frame"]
