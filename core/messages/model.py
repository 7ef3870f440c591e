"""The outbox: orders to the worker, written in the transaction of the request that wants them sent."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, LargeBinary, String, Table, text

from core.db.schema import metadata
from core.db.types import Instant

_SEALED = text("box is not null")

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("template", String(40), nullable=False),
    Column("params", JSON, nullable=False, comment="From closed lists: ids and codes, never free text."),
    Column("medium", String(12), nullable=False, comment="sms, call or telegram"),
    Column("citizen_id", BigInteger, comment="Whom to reach; or empty where the box holds the address."),
    Column("box", LargeBinary, comment="Sealed: address and code. Erased once final or expired."),
    Column("language", String(8), nullable=False),
    Column("mac", LargeBinary, nullable=False, comment="Under the origin key, over everything ordered."),
    Column("state", String(12), nullable=False, comment="queued, sending, sent, delivered or failed"),
    Column("fault", String(24), comment="Kind and the provider's code; voided, forged or broken."),
    Column("attempts", Integer, nullable=False),
    Column(
        "due_at", Instant, nullable=False, comment="When to try (again); while sending, the end of the lease."
    ),
    Column("expires_at", Instant, nullable=False, comment="Never sent after this."),
    Column("provider_id", String(64), comment="The provider's own id."),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index("ix_outbox_state_due_at", "state", "due_at"),
    Index("ix_outbox_provider_id", "provider_id"),
    Index("ix_outbox_sealed", "expires_at", sqlite_where=_SEALED, postgresql_where=_SEALED),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("process", String(40), primary_key=True),
    Column("at", Instant, nullable=False),
    comment="When each process without a network address of its own was last seen at work.",
)
