"""Tables of what was done by whom, and of secrets."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table, Text

from modelyard.core.storage.database import UtcDateTime, metadata

GROWING_ID = BigInteger().with_variant(Integer, "sqlite")
"""Type of an id that grows: SQLite counts only what is called INTEGER, and counts to 2**63 anyway."""

audit = Table(
    "audit",
    metadata,
    Column("id", GROWING_ID, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("verb", String(80), nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("request_id", String(80)),
    Index("ix_audit_actor_id", "actor", "id"),
    Index("ix_audit_subject_id", "subject", "id"),
    sqlite_autoincrement=True,
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("token", Text, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("set_by", String(100), nullable=False),
)
