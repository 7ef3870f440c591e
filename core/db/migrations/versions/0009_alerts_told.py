"""Alerts told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts_told",
        sa.Column("alert_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False, comment="reached or fallen"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alerts_told_alert_id_alerts")),
        sa.PrimaryKeyConstraint("alert_id", "what", name=op.f("pk_alerts_told")),
        comment="What staff were told of, or need not be any more. About facilities, never about a person.",
    )
    with op.batch_alter_table("alerts_told", schema=None) as batch_op:
        batch_op.create_index("ix_alerts_told_at", ["at"], unique=False)
