"""Counts of forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("warnings", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "forgotten",
                sa.JSON(),
                nullable=True,
                comment="Counts by state of those who asked to be forgotten meanwhile.",
            )
        )
