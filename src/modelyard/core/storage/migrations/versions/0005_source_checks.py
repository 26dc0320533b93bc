"""Checks of sources: when each is due, since when it is as it is, and the last ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from modelyard.core.storage.database import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table and the columns; sources that are there are due at once."""
    with op.batch_alter_table("sources") as batch:
        batch.add_column(sa.Column("since", UtcDateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("check_every", sa.Float(), nullable=True))
        batch.add_column(sa.Column("next_check_at", UtcDateTime(timezone=True), nullable=True))
    op.execute("UPDATE sources SET since = checked_at, next_check_at = created_at")
    op.create_table(
        "source_checks",
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("latency_s", sa.Float(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_source_checks_source_id_sources"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "number", name=op.f("pk_source_checks")),
    )
