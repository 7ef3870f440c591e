"""Erasures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column(
            "citizen_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Leads to nobody any more.",
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("citizen_id", name=op.f("pk_erasures")),
        comment="Who was forgotten, by a random id only: restoring a backup forgets them again. Kept for that alone.",
    )
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.create_index("ix_erasures_at", ["at"], unique=False)
