"""Enrolments and reported passes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrolments",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the token in the link."),
        sa.Column(
            "box",
            sa.LargeBinary(),
            nullable=True,
            comment="Sealed once a number or chat was verified: it, whose, and the code to be read out.",
        ),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_enrolments_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("hash", name=op.f("uq_enrolments_hash")),
        comment="Telephones that somebody asks to have enrolled. Enrols nobody: `paso duty confirm` does.",
    )
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.create_index("ix_enrolments_expires_at", ["expires_at"], unique=False)
        batch_op.create_index("ix_enrolments_staff_id", ["staff_id"], unique=False)

    op.create_table(
        "reported",
        sa.Column("pass_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "report_id", sa.BigInteger(), nullable=False, comment="Those that one person reported together."
        ),
        sa.Column("reported_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pass_id"], ["passes.id"], name=op.f("fk_reported_pass_id_passes")),
        sa.PrimaryKeyConstraint("pass_id", name=op.f("pk_reported")),
        comment="Passes of a case, told by the citizen. Erased with the presence, and by forget-me.",
    )
    with op.batch_alter_table("reported", schema=None) as batch_op:
        batch_op.create_index("ix_reported_reported_at", ["reported_at"], unique=False)
