"""Who is where in which dialog."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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

conversations = Table(
    "conversations",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", String(12), nullable=False, comment="telegram, web, phone or desk"),
    Column("speaker", LargeBinary, nullable=False, comment="Look-up of the chat or of the session's id."),
    Column("citizen_id", BigInteger, ForeignKey("citizens.id"), comment="Once verified here."),
    Column("language", String(8), nullable=False),
    Column(
        "turn", Integer, nullable=False, comment="Counts what was heard; guards against two answers at once."
    ),
    Column("kept", LargeBinary, nullable=False, comment="Dialog under way, under the conversation key."),
    Column("heard_at", Instant, nullable=False),
    UniqueConstraint("channel", "speaker"),
    Index("ix_conversations_heard_at", "heard_at"),
    Index("ix_conversations_citizen_id", "citizen_id"),
)

data_requests = Table(
    "data_requests",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="The order's, in the outbox."),
    Column("citizen_id", BigInteger, ForeignKey("citizens.id"), nullable=False),
    Column("speaker", LargeBinary, nullable=False, comment="Look-up of the chat or session that asked."),
    Column("asked_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("boxes", Integer, comment="How many were opened for the answer."),
    Column(
        "file", LargeBinary, comment="Under the browser's one-time key. Erased once fetched, or when over."
    ),
    Column("mac", LargeBinary, comment="Of the file, under the origin key."),
    Column("expires_at", Instant, nullable=False, comment="When the file is erased at the latest."),
    Index("ix_data_requests_citizen_id", "citizen_id", "asked_at"),
    Index("ix_data_requests_asked_at", "asked_at"),
    comment="Who asked for what we hold of them. Forget me deletes it; otherwise the nightly retention, after 7 days.",
)
