"""Open data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opendata_items",
        sa.Column("kind", sa.String(length=40), nullable=False, comment="Of the feed: FacilityUse or Slot."),
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False, comment="Rises with every change of the feed."),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False, comment="updated or deleted"),
        sa.Column("data", sa.JSON(), nullable=True, comment="As published; empty when deleted."),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_opendata_items")),
        comment="What the feeds of open data say (Realtime Paged Data Exchange 1.0). Public; may be emptied at any time.",
    )
    with op.batch_alter_table("opendata_items", schema=None) as batch_op:
        batch_op.create_index("uq_opendata_items_kind", ["kind", "change"], unique=True)
