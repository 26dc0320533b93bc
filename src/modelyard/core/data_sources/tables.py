"""Table of sources."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table, Text

from modelyard.core.storage.database import UtcDateTime, metadata

sources = Table(
    "sources",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("kind", String(60), nullable=False),
    Column("params", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("checked_at", UtcDateTime),
    Column("health", JSON),
)
