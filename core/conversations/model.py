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
