"""Types that every layer shares."""

from __future__ import annotations

from typing import Any

type Json = dict[str, Any]
"""A JSON object: what is kept in a JSON column or sent over a wire."""
