"""Alerts on key figures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kpi_alerts",
        sa.Column("kpi", sa.String(length=40), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False, comment="Far in the future while it lasts."),
        sa.Column("value", sa.Integer(), nullable=False, comment="When it was raised; so are these two."),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kpi", "raised_at", name=op.f("pk_kpi_alerts")),
        comment="A key figure that was off its path, and that staff were told so, once. Nothing about a person.",
    )
    with op.batch_alter_table("kpi_alerts", schema=None) as batch_op:
        batch_op.create_index("uq_kpi_alerts_kpi", ["kpi", "ended_at"], unique=True)
