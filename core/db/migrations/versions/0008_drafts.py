"""Drafts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "revises",
            sa.String(length=60),
            nullable=False,
            comment="Key of the activity it revises; empty: a new one.",
        ),
        sa.Column("document", sa.JSON(), nullable=False, comment="A definition, perhaps with faults still."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts the changes."),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False, comment="Of the staff."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        comment="Definitions that staff are writing; nothing of them is offered.",
    )
