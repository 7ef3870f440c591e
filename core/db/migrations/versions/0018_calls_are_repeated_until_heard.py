"""Calls are repeated until heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("closure_notices", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("called_at")
        batch_op.drop_column("heard_at")

    with op.batch_alter_table("spoken", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "notice",
                sa.BigInteger(),
                nullable=True,
                comment="The first order of the same words, where they are said again.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "heard_at",
                sa.BigInteger(),
                nullable=True,
                comment="When somebody pressed the key: they are not said again.",
            )
        )
        batch_op.create_index("ix_spoken_notice", ["notice"], unique=False)
