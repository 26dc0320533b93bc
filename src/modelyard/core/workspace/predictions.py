"""What a model says of one row."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from modelyard.core.common.types import Json


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one row.

    Parameters
    ----------
    value : str, float, int or bool
        The likeliest class, or the number.
    probabilities : dict or None
        Class to probability, the likeliest first; None for numbers.
    """

    value: Any
    probabilities: dict[str, float] | None = None

    def to_json(self) -> Json:
        """Return JSON-ready values."""
        return asdict(self)
