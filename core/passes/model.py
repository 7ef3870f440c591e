"""Passes: a row that any process may create; its signature is computed when it is shown."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from core.db.schema import metadata
from core.db.types import Instant

passes = Table(
    "passes",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("booking_id", BigInteger, ForeignKey("bookings.id"), nullable=False),
    Column("number", LargeBinary, nullable=False, unique=True, comment="8 random bytes."),
    Column("code", String(10), nullable=False, unique=True, comment="9 digits and a check digit."),
    Column("facility_number", Integer, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("state", String(8), nullable=False, comment="valid or void"),
    Column("issued_at", Instant, nullable=False),
    Index("ix_passes_booking_id", "booking_id"),
)
