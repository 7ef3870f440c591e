"""Closings, and who was told of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closings",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "place", sa.String(length=40), nullable=False, comment="Only this place; empty: everywhere."
        ),
        sa.Column(
            "begins_at", sa.BigInteger(), nullable=False, comment="Closed are the slots that start from here"
        ),
        sa.Column("ends_at", sa.BigInteger(), nullable=False, comment="and before this."),
        sa.Column(
            "reason", sa.String(length=40), nullable=False, comment="From the closed list of closures."
        ),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_by", sa.BigInteger(), nullable=True, comment="Of the staff."),
        sa.Column("reopened_at", sa.BigInteger(), nullable=True, comment="When it was taken back."),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_closings_activity_id_activities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closings")),
        comment="What staff closed at short notice, beside the closures of the definition.",
    )
    with op.batch_alter_table("closings", schema=None) as batch_op:
        batch_op.create_index("ix_closings_activity_id", ["activity_id", "ends_at"], unique=False)

    op.create_table(
        "closure_notices",
        sa.Column("booking_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "offered_slot_id", sa.BigInteger(), nullable=True, comment="The new slot that was offered."
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_closure_notices_booking_id_bookings")
        ),
        sa.ForeignKeyConstraint(
            ["offered_slot_id"], ["slots.id"], name=op.f("fk_closure_notices_offered_slot_id_slots")
        ),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_closure_notices")),
        comment="Bookings of closed slots whose citizen was told, by the worker: once each.",
    )
