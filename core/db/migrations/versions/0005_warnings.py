"""Warnings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "previews",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_previews")),
        comment="To count them; what was looked at stands in the audit log.",
    )
    with op.batch_alter_table("previews", schema=None) as batch_op:
        batch_op.create_index("ix_previews_staff_id", ["staff_id", "at"], unique=False)

    op.create_table(
        "spoken",
        sa.Column(
            "hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the token in the call's address."
        ),
        sa.Column(
            "box",
            sa.LargeBinary(),
            nullable=False,
            comment="What the call says, under a key that the token makes.",
        ),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_spoken")),
    )
    with op.batch_alter_table("spoken", schema=None) as batch_op:
        batch_op.create_index("ix_spoken_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "warnings",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("drafter_id", sa.BigInteger(), nullable=False, comment="Staff."),
        sa.Column(
            "group", sa.JSON(), nullable=False, comment="Who is meant, as core.tracing.groups writes it."
        ),
        sa.Column(
            "wording",
            sa.JSON(),
            nullable=False,
            comment="A template and its parameters, or free text by language.",
        ),
        sa.Column(
            "state",
            sa.String(length=12),
            nullable=False,
            comment="drafted, asked, waiting, sent, refused, void or cancelled",
        ),
        sa.Column(
            "reason",
            sa.String(length=40),
            nullable=True,
            comment="Why refused or void: the code of a sentence.",
        ),
        sa.Column(
            "hash", sa.LargeBinary(), nullable=True, comment="SHA-256 of all that the officers were shown."
        ),
        sa.Column(
            "texts",
            sa.JSON(),
            nullable=True,
            comment="The exact text in each language, as the officers were shown it.",
        ),
        sa.Column("counts", sa.JSON(), nullable=True, comment="How many people, SMS, calls, segments."),
        sa.Column(
            "result", sa.JSON(), nullable=True, comment="Counts by state, once whom it went to is forgotten."
        ),
        sa.Column("drafted_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warnings")),
    )
    with op.batch_alter_table("warnings", schema=None) as batch_op:
        batch_op.create_index("ix_warnings_drafted_at", ["drafted_at"], unique=False)
        batch_op.create_index("ix_warnings_state", ["state"], unique=False)

    op.create_table(
        "officers",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "place", sa.Integer(), nullable=False, comment="On the duty list: the lowest is asked first."
        ),
        sa.Column("on_duty", sa.Boolean(), nullable=False),
        sa.Column(
            "box",
            sa.LargeBinary(),
            nullable=False,
            comment="Sealed: number or chat, whose, and in which role.",
        ),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_officers_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officers")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_officers_staff_id")),
        comment="Enrolled on the worker's machine alone, never by the panel.",
    )
    op.create_table(
        "releases",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("warning_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False, comment="drafter or approver"),
        sa.Column(
            "mac",
            sa.LargeBinary(),
            nullable=False,
            comment="Of code, hash, person and part; the worker's own key.",
        ),
        sa.Column("medium", sa.String(length=12), nullable=False),
        sa.Column(
            "state",
            sa.String(length=8),
            nullable=False,
            comment="asked, given or void; to be shown, believed by nobody.",
        ),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["warning_id"], ["warnings.id"], name=op.f("fk_releases_warning_id_warnings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        comment="One row a message to an officer, each with its own code.",
    )
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.create_index("ix_releases_warning_id", ["warning_id", "asked_at"], unique=False)

    op.create_table(
        "typed_codes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("warning_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False, comment="Whose session it was typed in."),
        sa.Column(
            "code", sa.String(length=16), nullable=False, comment="Erased when the worker has read it."
        ),
        sa.Column(
            "outcome", sa.String(length=40), nullable=True, comment="right, or the code of a sentence."
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["warning_id"], ["warnings.id"], name=op.f("fk_typed_codes_warning_id_warnings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_typed_codes")),
    )
    with op.batch_alter_table("typed_codes", schema=None) as batch_op:
        batch_op.create_index("ix_typed_codes_outcome", ["outcome"], unique=False)

    op.create_table(
        "warned",
        sa.Column("warning_id", sa.BigInteger(), nullable=False),
        sa.Column("citizen_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column(
            "order_id",
            sa.BigInteger(),
            nullable=True,
            comment="In the outbox, the newest; empty: nothing leads to them.",
        ),
        sa.Column(
            "calls_ordered", sa.Boolean(), nullable=False, comment="The later calls are in the outbox too."
        ),
        sa.Column("chat_ordered", sa.Boolean(), nullable=False, comment="No number worked."),
        sa.Column("heard_at", sa.BigInteger(), nullable=True, comment="They pressed 1."),
        sa.ForeignKeyConstraint(["warning_id"], ["warnings.id"], name=op.f("fk_warned_warning_id_warnings")),
        sa.PrimaryKeyConstraint("warning_id", "citizen_id", name=op.f("pk_warned")),
        sa.UniqueConstraint("order_id", name=op.f("uq_warned_order_id")),
        comment="Whom a warning went to: once each. Forgotten after some days; a citizen may ask for it.",
    )
    with op.batch_alter_table("warned", schema=None) as batch_op:
        batch_op.create_index("ix_warned_citizen_id", ["citizen_id"], unique=False)
