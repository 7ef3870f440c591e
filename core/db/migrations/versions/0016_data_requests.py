"""Data requests."""
# ruff: noqa: E501

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_requests",
        sa.Column(
            "id", sa.BigInteger(), autoincrement=False, nullable=False, comment="The order's, in the outbox."
        ),
        sa.Column("citizen_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "speaker", sa.LargeBinary(), nullable=False, comment="Look-up of the chat or session that asked."
        ),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("boxes", sa.Integer(), nullable=True, comment="How many were opened for the answer."),
        sa.Column(
            "file",
            sa.LargeBinary(),
            nullable=True,
            comment="Under the browser's one-time key. Erased once fetched, or when over.",
        ),
        sa.Column("mac", sa.LargeBinary(), nullable=True, comment="Of the file, under the origin key."),
        sa.Column(
            "expires_at", sa.BigInteger(), nullable=False, comment="When the file is erased at the latest."
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_data_requests_citizen_id_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_requests")),
        comment="Who asked for what we hold of them. Forget me deletes it; otherwise the nightly retention, after 7 days.",
    )
    with op.batch_alter_table("data_requests", schema=None) as batch_op:
        batch_op.create_index("ix_data_requests_asked_at", ["asked_at"], unique=False)
        batch_op.create_index("ix_data_requests_citizen_id", ["citizen_id", "asked_at"], unique=False)
