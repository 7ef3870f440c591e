"""Citizens, the numbers and chats that lead to them, and codes under way."""

from __future__ import annotations

from sqlalchemy import (
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

citizens = Table(
    "citizens",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("box", LargeBinary, nullable=False, comment="Sealed for the worker: the name."),
    Column("language", String(8), nullable=False),
    Column("birth_year", Integer),
    Column("resident", Boolean),
    Column("notice_version", Integer, nullable=False, comment="The privacy notice that was shown."),
    Column("reminders", Boolean, nullable=False, comment="Consent; may be refused again."),
    Column("registered_at", Instant, nullable=False),
    Column(
        "last_verified_at", Instant, nullable=False, comment="12 months later the number is a stranger's."
    ),
)

addresses = Table(
    "addresses",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("citizen_id", BigInteger, ForeignKey("citizens.id"), nullable=False),
    Column("kind", String(16), nullable=False, comment="mobile, landline or telegram"),
    Column("lookup", LargeBinary, nullable=False, comment="HMAC of number or chat id."),
    Column("box", LargeBinary, nullable=False, comment="Sealed: number or chat id, and whose it is."),
    Column("verified_at", Instant, nullable=False),
    UniqueConstraint("lookup"),
    Index("ix_addresses_citizen_id", "citizen_id"),
)

verifications = Table(
    "verifications",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("lookup", LargeBinary, nullable=False, comment="HMAC of the number."),
    Column("prefix", String(12), nullable=False, comment="Country and operator: for the pumping guard."),
    Column("number_class", String(16), nullable=False, comment="mobile or landline"),
    Column("speaker", LargeBinary, nullable=False, comment="Look-up of chat or session: only it may answer."),
    Column("language", String(8), nullable=False),
    Column("known", Boolean, nullable=False, comment="A citizen's already: the daily cap keeps a share."),
    Column("code_mac", LargeBinary, comment="Erased when used, voided or expired."),
    Column("ordered", Boolean, nullable=False, comment="Whether it was sent at all: what the cap counts."),
    Column("spoken_code", LargeBinary, comment="Calls only: kept under the conversation key."),
    Column("call_token", LargeBinary, comment="Calls only: hash of the id in the address."),
    Column("state", String(12), nullable=False, comment="pending, used, voided, locked or expired"),
    Column("tries_left", Integer, nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("ix_verifications_lookup_sent_at", "lookup", "sent_at"),
    Index("ix_verifications_prefix_sent_at", "prefix", "sent_at"),
    Index("ix_verifications_sent_at", "sent_at"),
    Index("ix_verifications_call_token", "call_token"),
    Index("ix_verifications_state_expires_at", "state", "expires_at"),
)

erasures = Table(
    "erasures",
    metadata,
    Column(
        "citizen_id", BigInteger, primary_key=True, autoincrement=False, comment="Leads to nobody any more."
    ),
    Column("at", Instant, nullable=False),
    Index("ix_erasures_at", "at"),
    comment="Who was forgotten, by a random id only: restoring a backup forgets them again. Kept for that alone.",
)
