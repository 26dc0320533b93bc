"""Requests of jobs and events, memory of jobs, what was pruned, and which notices were seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from modelyard.core.storage.database import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("jobs", sa.Column("request_id", sa.String(length=80), nullable=True))
    op.add_column("jobs", sa.Column("memory_limit", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("peak_memory", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("pruned_at", UtcDateTime(timezone=True), nullable=True))
    op.create_index("ix_jobs_ended_at", "jobs", ["ended_at"], unique=False)
    op.add_column("events", sa.Column("request_id", sa.String(length=80), nullable=True))
    op.create_table(
        "notices_seen",
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor", name=op.f("pk_notices_seen")),
    )
