"""What the checks of a dataset version found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add where it is kept."""
    op.add_column("dataset_versions", sa.Column("quality_key", sa.String(length=80), nullable=True))
