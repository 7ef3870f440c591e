"""Figures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "figures_applications",
        sa.Column(
            "event_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="That told of it."
        ),
        sa.Column(
            "booking_id",
            sa.BigInteger(),
            nullable=True,
            comment="As it stands after moves; empty when refused.",
        ),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=False, comment="The town's date."),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column(
            "reason",
            sa.String(length=20),
            nullable=False,
            comment="Why refused: full or too_few; else empty.",
        ),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("age", sa.String(length=8), nullable=True, comment="Band, where it was told."),
        sa.Column("resident", sa.String(length=3), nullable=True, comment="yes or no, where it was told."),
        sa.Column("slot_id", sa.BigInteger(), nullable=False),
        sa.Column("activity", sa.String(length=60), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("facility", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("occasion", sa.String(length=40), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="The town's date on which the slot starts."),
        sa.Column("weekday", sa.Integer(), nullable=False, comment="0 is Monday."),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column(
            "first_facility",
            sa.String(length=60),
            nullable=True,
            comment="These four where another slot had been wanted.",
        ),
        sa.Column("first_starts_at", sa.BigInteger(), nullable=True),
        sa.Column("first_ends_at", sa.BigInteger(), nullable=True),
        sa.Column("first_why", sa.String(length=12), nullable=True, comment="suggested or full"),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("attended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_figures_applications")),
    )
    with op.batch_alter_table("figures_applications", schema=None) as batch_op:
        batch_op.create_index("ix_figures_applications_booking_id", ["booking_id"], unique=False)
        batch_op.create_index(
            "ix_figures_applications_confirmed_on", ["confirmed_on", "category", "attended"], unique=False
        )
        batch_op.create_index("ix_figures_applications_day", ["day"], unique=False)
        batch_op.create_index("ix_figures_applications_first_starts_at", ["first_starts_at"], unique=False)

    op.create_table(
        "figures_days",
        sa.Column("facility", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="The town's date."),
        sa.Column("opening", sa.Integer(), nullable=False, comment="Inside when it began."),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column(
            "peak_at", sa.BigInteger(), nullable=True, comment="Empty when it was reached as the day began."
        ),
        sa.Column("entered", sa.Integer(), nullable=False),
        sa.Column(
            "first_choices", sa.Integer(), nullable=False, comment="The peak at the hours wanted first."
        ),
        sa.PrimaryKeyConstraint("facility", "day", name=op.f("pk_figures_days")),
    )
    op.create_table(
        "figures_minutes",
        sa.Column("facility", sa.String(length=60), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="The minute."),
        sa.Column("entered", sa.Integer(), nullable=False),
        sa.Column("net", sa.Integer(), nullable=False, comment="Entries minus exits."),
        sa.PrimaryKeyConstraint("facility", "at", name=op.f("pk_figures_minutes")),
    )
    op.create_table(
        "figures_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="Always 1."),
        sa.Column(
            "last_event", sa.BigInteger(), nullable=False, comment="What the log amounts to up to here."
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figures_state")),
    )
    op.create_table(
        "kpi_targets",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "kpi",
            sa.String(length=40),
            nullable=False,
            comment="What stays the same while its target changes.",
        ),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="1, 2, ...: the highest holds; none is changed."
        ),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column(
            "category", sa.String(length=16), nullable=False, comment="sport, culture, or empty for both."
        ),
        sa.Column("target", sa.Integer(), nullable=True, comment="Empty: no target."),
        sa.Column("target_first", sa.Date(), nullable=False),
        sa.Column("target_last", sa.Date(), nullable=False),
        sa.Column("counting_first", sa.Date(), nullable=False),
        sa.Column("counting_last", sa.Date(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "set_by", sa.BigInteger(), nullable=True, comment="Who of the staff; empty for the command line."
        ),
        sa.CheckConstraint("target is null or target > 0", name=op.f("ck_kpi_targets_above_zero")),
        sa.CheckConstraint(
            "target_first <= target_last and counting_first <= counting_last",
            name=op.f("ck_kpi_targets_in_order"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_targets")),
    )
    with op.batch_alter_table("kpi_targets", schema=None) as batch_op:
        batch_op.create_index("uq_kpi_targets_kpi", ["kpi", "revision"], unique=True)
