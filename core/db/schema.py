"""The one catalogue of tables, and the tables that belong to no single part of the house."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

from core.db.types import Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

handled = Table(
    "handled",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("at", Instant, nullable=False),
    comment="Idempotency keys of updates, callbacks and forms that were committed. Random or numbers; no personal data.",
)

events = Table(
    "events",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("name", String(60), nullable=False),
    Column("facts", JSON, nullable=False),
    Index("ix_events_name_at", "name", "at"),
    comment="Append-only: what happened, without personal data. The source of every figure.",
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(60), nullable=False),
    Column("action", String(60), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    comment="Append-only and hash-chained: who did what, why, and to how many; never to whom.",
)
