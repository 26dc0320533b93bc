"""Streams: where each stands, what has landed and is in no version yet, and what was missed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from modelyard.core.storage.database import UtcDateTime
from modelyard.core.storage.tables import GROWING_ID

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "streams",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=True),
        sa.Column("dataset_id", sa.String(length=64), nullable=True),
        sa.Column("schema", sa.Text(), nullable=True),
        sa.Column("position", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("landed", sa.Integer(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=True),
        sa.Column("lag", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("landed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("sealed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_streams")),
        sa.UniqueConstraint("name", name=op.f("uq_streams_name")),
    )
    op.create_table(
        "stream_parts",
        sa.Column("id", GROWING_ID, nullable=False),
        sa.Column("stream_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_stream_parts_stream_id_streams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stream_parts")),
    )
    op.create_index(op.f("ix_stream_parts_stream_id"), "stream_parts", ["stream_id"])
    op.create_table(
        "stream_gaps",
        sa.Column("id", GROWING_ID, nullable=False),
        sa.Column("stream_id", sa.String(length=64), nullable=False),
        sa.Column("began", sa.Text(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_stream_gaps_stream_id_streams")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stream_gaps")),
    )
    op.create_index(op.f("ix_stream_gaps_stream_id"), "stream_gaps", ["stream_id"])
