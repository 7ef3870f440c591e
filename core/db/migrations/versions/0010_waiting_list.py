"""Waiting list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting",
        sa.Column(
            "id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="The offer, once made, is the booking of the same id.",
        ),
        sa.Column("slot_id", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="The activity's definition under which they joined.",
        ),
        sa.Column("citizen_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "channel",
            sa.String(length=12),
            nullable=False,
            comment="Where they joined: whose share they may have.",
        ),
        sa.Column("units", sa.Integer(), nullable=False, comment="What they need of the slot's capacity."),
        sa.Column("persons", sa.Integer(), nullable=False, comment="Those who will walk in."),
        sa.Column("booker_takes_part", sa.Boolean(), nullable=False),
        sa.Column(
            "rank", sa.Integer(), nullable=False, comment="Order on the slot's list; it never changes."
        ),
        sa.Column(
            "state",
            sa.String(length=12),
            nullable=False,
            comment="waiting, offered, taken, declined, lapsed, left, closed or over",
        ),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.Column("offered_until", sa.BigInteger(), nullable=True, comment="Of the offer."),
        sa.Column(
            "told_at", sa.BigInteger(), nullable=True, comment="When a message about its state was ordered."
        ),
        sa.Column(
            "ended_at", sa.BigInteger(), nullable=True, comment="When it left the list, for whatever reason."
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_waiting_activity_id_activities")
        ),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name=op.f("fk_waiting_citizen_id_citizens")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_waiting_slot_id_slots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
        comment="Who waits for a place of a slot. Forget me deletes it; 14 days after it has ended it is deleted.",
    )
    with op.batch_alter_table("waiting", schema=None) as batch_op:
        batch_op.create_index("ix_waiting_citizen_id", ["citizen_id", "state"], unique=False)
        batch_op.create_index("ix_waiting_slot_id", ["slot_id", "state"], unique=False)
        batch_op.create_index("ix_waiting_state", ["state", "told_at"], unique=False)
