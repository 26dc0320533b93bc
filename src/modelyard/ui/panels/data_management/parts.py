"""The parts of the Data tab."""

from __future__ import annotations

from modelyard.ui.routing import to

PARTS = [
    {"text": "Datasets", "to": to("data")},
    {"text": "SQL", "to": to("data", sql=1)},
    {"text": "Sources", "to": to("data", sources=1)},
]
"""As a line of parts shows them."""
