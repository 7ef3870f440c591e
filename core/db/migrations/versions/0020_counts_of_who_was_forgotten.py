"""Counts of who was forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "warned_before",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("warning_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False, comment="As core.tracing.panel counts it."),
        sa.ForeignKeyConstraint(
            ["warning_id"], ["warnings.id"], name=op.f("fk_warned_before_warning_id_warnings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warned_before")),
        comment="What had become of the warning to somebody who was forgotten since: counts, of nobody.",
    )
    with op.batch_alter_table("warned_before", schema=None) as batch_op:
        batch_op.create_index("ix_warned_before_warning_id", ["warning_id"], unique=False)

    op.drop_column("warnings", "forgotten")
