"""How the columns of a dataset version hang together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add where it is kept."""
    op.add_column("dataset_versions", sa.Column("relations_key", sa.String(length=80), nullable=True))
