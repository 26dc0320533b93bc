"""Tables of sources."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, ForeignKey, String, Table, Text

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
    Column("since", UtcDateTime),
    Column("check_every", Float),  # seconds; 0 for never, None for the usual
    Column("next_check_at", UtcDateTime),
)

source_checks = Table(
    "source_checks",
    metadata,
    Column("source_id", String(64), ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reachable", Boolean, nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("latency_s", Float, nullable=False),
    Column("message", Text, nullable=False),
    Column("version", Text, nullable=False),
)
