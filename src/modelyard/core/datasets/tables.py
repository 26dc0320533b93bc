"""Tables of the catalog."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from modelyard.core.storage.database import UtcDateTime, metadata

datasets = Table(
    "datasets",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("description", Text, nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Index(None, "created_at", "id"),
)

dataset_rules = Table(
    "dataset_rules",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("dataset_id", String(64), ForeignKey("datasets.id"), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("params", JSON, nullable=False),
    Column("action", String(10), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last", JSON(none_as_null=True), nullable=True),
    Index("ix_dataset_rules_dataset_id_id", "dataset_id", "id"),
)

dataset_versions = Table(
    "dataset_versions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("dataset_id", String(64), ForeignKey("datasets.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("manifest_key", String(80), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("columns", JSON, nullable=False),
    Column("parts", JSON, nullable=False),
    Column("origin", JSON, nullable=False),
    Column("notes", JSON, nullable=False),
    Column("parents", JSON, nullable=False),
    Column("profile_key", String(80), nullable=True),
    Column("tags", JSON, nullable=False, default=list, server_default="[]"),
    Column("quality_key", String(80), nullable=True),
    Column("relations_key", String(80), nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    UniqueConstraint("dataset_id", "number"),
)

dataset_tombstones = Table(
    "dataset_tombstones",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("dataset_id", String(64), nullable=False, index=True),
    Column("dataset_name", String(100), nullable=False),
    Column("number", Integer, nullable=False),
    Column("dataset_version_hash", String(64), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("origin", JSON, nullable=False),
    Column("parents", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("deleted_at", UtcDateTime, nullable=False),
    Column("deleted_by", Text, nullable=False),
)
"""What is still known of versions whose files are gone: their descendants can be traced through them."""

dataset_imports = Table(
    "dataset_imports",
    metadata,
    Column("dataset_id", String(64), ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("spec", JSON, nullable=False),
    Column("cursor", JSON(none_as_null=True)),
    Column("version_id", String(64), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
