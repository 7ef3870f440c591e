"""Staff."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "login",
            sa.String(length=40),
            nullable=False,
            comment="The name they sign in with; small letters.",
        ),
        sa.Column(
            "password", sa.String(length=200), nullable=False, comment="Argon2id, with its salt and costs."
        ),
        sa.Column(
            "factor", sa.LargeBinary(), nullable=False, comment="TOTP secret, kept under the panel key."
        ),
        sa.Column(
            "factor_step", sa.BigInteger(), nullable=False, comment="The last code's time step: used once."
        ),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.Column("signed_in_at", sa.BigInteger(), nullable=True, comment="The last time."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_table(
        "staff_tries",
        sa.Column(
            "key", sa.LargeBinary(), nullable=False, comment="SHA-256 of what is slowed: a login, a device."
        ),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_staff_tries")),
        comment="Wrong tries to sign in, forgotten after a day.",
    )
    with op.batch_alter_table("staff_tries", schema=None) as batch_op:
        batch_op.create_index("ix_staff_tries_last_at", ["last_at"], unique=False)

    op.create_table(
        "staff_links",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the token in the address."),
        sa.Column("login", sa.String(length=40), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True, comment="Set: an account that begins anew."),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_links_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_links")),
        sa.UniqueConstraint("hash", name=op.f("uq_staff_links_hash")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_links_login")),
        comment="Invitations; each deleted when used.",
    )
    op.create_table(
        "staff_recovery",
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of a code of 80 random bits."),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_recovery_staff_id_staff")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_staff_recovery")),
        comment="Codes for a lost telephone, each deleted when used.",
    )
    with op.batch_alter_table("staff_recovery", schema=None) as batch_op:
        batch_op.create_index("ix_staff_recovery_staff_id", ["staff_id"], unique=False)

    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the id in the cookie."),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "stage", sa.String(length=8), nullable=False, comment="half (the password was right) or full"
        ),
        sa.Column(
            "role",
            sa.String(length=20),
            nullable=True,
            comment="When set, the session acts in this role alone.",
        ),
        sa.Column(
            "device",
            sa.String(length=40),
            nullable=False,
            comment="Browser and system, from a closed list of words.",
        ),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("idle_s", sa.Integer(), nullable=False, comment="Seconds of silence that end it."),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("hash", name=op.f("uq_staff_sessions_hash")),
    )
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_staff_sessions_ends_at", ["ends_at"], unique=False)
        batch_op.create_index("ix_staff_sessions_staff_id", ["staff_id"], unique=False)
