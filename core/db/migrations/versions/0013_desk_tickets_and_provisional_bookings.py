"""Desk tickets and provisional bookings."""
# ruff: noqa: E501

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_tickets",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the ticket: 32 random bytes."
        ),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "expires_at", sa.BigInteger(), nullable=False, comment="Of the ticket, while it is not used."
        ),
        sa.Column("used_at", sa.BigInteger(), nullable=True, comment="Once: the session begins."),
        sa.Column("session", sa.LargeBinary(), nullable=True, comment="SHA-256 of the id in the cookie."),
        sa.Column("ended_at", sa.BigInteger(), nullable=True, comment="Of the session."),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_desk_tickets_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_tickets")),
        sa.UniqueConstraint("hash", name=op.f("uq_desk_tickets_hash")),
        sa.UniqueConstraint("session", name=op.f("uq_desk_tickets_session")),
        comment="Tickets to the citizens' side, one for each person at the counter; nothing of whom. Deleted after a day.",
    )
    with op.batch_alter_table("desk_tickets", schema=None) as batch_op:
        batch_op.create_index("ix_desk_tickets_made_at", ["made_at"], unique=False)
        batch_op.create_index("ix_desk_tickets_staff_id", ["staff_id", "made_at"], unique=False)

    op.create_table(
        "provisional",
        sa.Column("booking_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "number",
            sa.LargeBinary(),
            nullable=False,
            comment="Look-up of the number to call; empty once it ended.",
        ),
        sa.Column(
            "kept",
            sa.LargeBinary(),
            nullable=True,
            comment="Who booked and what, under the conversation key; erased once it ended.",
        ),
        sa.Column(
            "token",
            sa.LargeBinary(),
            nullable=True,
            comment="Hash of the random id in the address of the call that rings.",
        ),
        sa.Column(
            "state", sa.String(length=12), nullable=False, comment="waiting, confirmed, refused or lapsed"
        ),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="When the place is free again."),
        sa.Column(
            "calls_ordered", sa.Boolean(), nullable=False, comment="After the first call: the later ones too."
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_provisional_booking_id_bookings")
        ),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_provisional")),
        comment="Held places that a telephone at home has yet to confirm. Deleted a day after they ended.",
    )
    with op.batch_alter_table("provisional", schema=None) as batch_op:
        batch_op.create_index("ix_provisional_number", ["number", "state"], unique=False)
        batch_op.create_index("ix_provisional_state", ["state", "until"], unique=False)
        batch_op.create_index("ix_provisional_token", ["token"], unique=False)

    with op.batch_alter_table("closure_notices", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "called_at",
                sa.BigInteger(),
                nullable=True,
                comment="When a first call was made: the later ones are ordered.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "heard_at",
                sa.BigInteger(),
                nullable=True,
                comment="When somebody pressed the key: no further call is made.",
            )
        )
