"""Staff changes and closed sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closed_sessions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "begins_at",
            sa.BigInteger(),
            nullable=False,
            comment="Closed are the sessions that start from here",
        ),
        sa.Column("ends_at", sa.BigInteger(), nullable=False, comment="and before this."),
        sa.Column(
            "reason", sa.String(length=40), nullable=False, comment="From the closed list of closures."
        ),
        sa.Column(
            "removed",
            sa.JSON(),
            nullable=False,
            comment="What was taken out: slot -> sessions, as slots keep them.",
        ),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_by", sa.BigInteger(), nullable=True, comment="Of the staff."),
        sa.Column("reopened_at", sa.BigInteger(), nullable=True, comment="When it was taken back."),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_closed_sessions_activity_id_activities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_sessions")),
        comment="Single sessions of terms that staff closed; the terms and what is booked stand.",
    )
    with op.batch_alter_table("closed_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_closed_sessions_activity_id", ["activity_id", "ends_at"], unique=False)
        batch_op.create_index("ix_closed_sessions_ends_at", ["ends_at"], unique=False)

    op.create_table(
        "session_notices",
        sa.Column("closing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("booking_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_session_notices_booking_id_bookings")
        ),
        sa.ForeignKeyConstraint(
            ["closing_id"], ["closed_sessions.id"], name=op.f("fk_session_notices_closing_id_closed_sessions")
        ),
        sa.PrimaryKeyConstraint("closing_id", "booking_id", name=op.f("pk_session_notices")),
        comment="Bookings of terms whose citizen was told that a session falls out: once each. Ids only.",
    )
    op.create_table(
        "staff_changes",
        sa.Column("booking_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False, comment="moved or cancelled"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column(
            "told_at",
            sa.BigInteger(),
            nullable=True,
            comment="When a message to the citizen was ordered, by the worker.",
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_staff_changes_booking_id_bookings")
        ),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_staff_changes")),
        comment="Bookings that staff changed on their citizen's behalf. Ids only.",
    )
    with op.batch_alter_table("staff_changes", schema=None) as batch_op:
        batch_op.create_index("ix_staff_changes_told_at", ["told_at", "at"], unique=False)

    with op.batch_alter_table("closure_notices", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "hold_id",
                sa.BigInteger(),
                nullable=True,
                comment="The hold (in bookings) that keeps what was offered; it lapses.",
            )
        )
