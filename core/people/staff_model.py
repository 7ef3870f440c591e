"""Staff: their accounts, sessions, one-time links and wrong tries."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from core.db.schema import metadata
from core.db.types import Instant

staff = Table(
    "staff",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("login", String(40), nullable=False, comment="The name they sign in with; small letters."),
    Column("password", String(200), nullable=False, comment="Argon2id, with its salt and costs."),
    Column("factor", LargeBinary, nullable=False, comment="TOTP secret, kept under the panel key."),
    Column("factor_step", BigInteger, nullable=False, comment="The last code's time step: used once."),
    Column("roles", JSON, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("joined_at", Instant, nullable=False),
    Column("signed_in_at", Instant, comment="The last time."),
    UniqueConstraint("login"),
)

staff_recovery = Table(
    "staff_recovery",
    metadata,
    Column("hash", LargeBinary, primary_key=True, comment="SHA-256 of a code of 80 random bits."),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Index("ix_staff_recovery_staff_id", "staff_id"),
    comment="Codes for a lost telephone, each deleted when used.",
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of the id in the cookie."),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("stage", String(8), nullable=False, comment="half (the password was right) or full"),
    Column("role", String(20), comment="When set, the session acts in this role alone."),
    Column("device", String(40), nullable=False, comment="Browser and system, from a closed list of words."),
    Column("started_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("idle_s", Integer, nullable=False, comment="Seconds of silence that end it."),
    Column("ends_at", Instant, nullable=False),
    UniqueConstraint("hash"),
    Index("ix_staff_sessions_staff_id", "staff_id"),
    Index("ix_staff_sessions_ends_at", "ends_at"),
)

staff_links = Table(
    "staff_links",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of the token in the address."),
    Column("login", String(40), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), comment="Set: an account that begins anew."),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    UniqueConstraint("hash"),
    UniqueConstraint("login"),
    comment="Invitations; each deleted when used.",
)

staff_tries = Table(
    "staff_tries",
    metadata,
    Column("key", LargeBinary, primary_key=True, comment="SHA-256 of what is slowed: a login, a device."),
    Column("failures", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
    Index("ix_staff_tries_last_at", "last_at"),
    comment="Wrong tries to sign in, forgotten after a day.",
)

desk_tickets = Table(
    "desk_tickets",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of the ticket: 32 random bytes."),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, comment="Of the ticket, while it is not used."),
    Column("used_at", Instant, comment="Once: the session begins."),
    Column("session", LargeBinary, comment="SHA-256 of the id in the cookie."),
    Column("ended_at", Instant, comment="Of the session."),
    UniqueConstraint("hash"),
    UniqueConstraint("session"),
    Index("ix_desk_tickets_staff_id", "staff_id", "made_at"),
    Index("ix_desk_tickets_made_at", "made_at"),
    comment="Tickets to the citizens' side, one for each person at the counter; nothing of whom. Deleted after a day.",
)
