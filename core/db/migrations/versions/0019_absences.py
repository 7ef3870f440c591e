"""Absences."""
# ruff: noqa: E501

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("booking_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("citizen_id", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="When the missed hour was over."),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_absences_activity_id_activities")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_absences_booking_id_bookings")
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_absences_citizen_id_citizens")
        ),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_absences")),
        comment="Bookings to which nobody came, of activities with a rule about it. Forget me deletes it; it is deleted when the rule no longer looks back so far.",
    )
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.create_index("ix_absences_activity_id", ["activity_id", "at"], unique=False)
        batch_op.create_index("ix_absences_citizen_id", ["citizen_id"], unique=False)

    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments, and would copy the table
        op.alter_column(
            "slots",
            "reserved",
            existing_type=sa.JSON(),
            comment="Shares for channels: {'desk': 1}. The share less what it has taken; below 0 it has taken more.",
            existing_comment="Shares kept for a channel: {'desk': 1}. Units still kept, not yet used.",
            existing_nullable=False,
        )
