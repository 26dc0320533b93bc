"""The manifest: what a version is made of, as canonical JSON whose hash is the version's hash."""

from __future__ import annotations

import json
from dataclasses import asdict

from modelyard.core.common.types import Json
from modelyard.core.datasets.types import Ingested

FORMAT = 1


def manifest(ingested: Ingested) -> Json:
    """Return the manifest of what was imported; roles and notes are opinions and stay out of it."""
    return {
        "format": FORMAT,
        "schema": [{"name": column.name, "type": column.type, "nullable": True} for column in ingested.columns],
        "parts": [asdict(part) for part in ingested.parts],
        "rows": ingested.rows,
    }


def canonical(values: Json) -> bytes:
    """Return the one way to write `values`: sorted keys, no spaces, UTF-8.

    Examples
    --------
    >>> canonical({"b": 1, "a": ["é"]}).decode()
    '{"a":["é"],"b":1}'
    """
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
