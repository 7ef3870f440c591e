"""What can be booked, its published revisions, and the slots planned from its calendar."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from core.db.schema import metadata
from core.db.types import Instant

activities = Table(
    "activities",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(60), nullable=False, unique=True),
    Column("category", String(16), nullable=False, comment="sport or culture"),
    Column("facility", String(60), nullable=False),
    Column("state", String(16), nullable=False, comment="published or archived"),
    Column("revision", Integer, nullable=False, comment="The current one."),
    Column("planned_until", Instant, nullable=False, comment="Slots exist up to here."),
)

revisions = Table(
    "revisions",
    metadata,
    Column("activity_id", BigInteger, ForeignKey("activities.id"), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("definition", JSON, nullable=False),
    Column("published_at", Instant, nullable=False),
)

slots = Table(
    "slots",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("activity_id", BigInteger, ForeignKey("activities.id"), nullable=False),
    Column(
        "place",
        String(40),
        nullable=False,
        comment="Key of the lane, court or kind of place; empty where there is none.",
    ),
    Column(
        "occasion",
        String(40),
        nullable=False,
        default="",
        comment="Key of the film, concert or group of a class; or empty.",
    ),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("capacity", Integer, nullable=False, comment="In the activity's unit: persons, or bookings."),
    Column("taken", Integer, nullable=False, comment="Units of confirmed bookings and living holds."),
    Column(
        "reserved",
        JSON,
        nullable=False,
        comment="Shares for channels: {'desk': 1}. The share less what it has taken; below 0 it has taken more.",
    ),
    Column("state", String(12), nullable=False, comment="open or closed"),
    Column("reason", String(40), comment="Why it is closed, from a closed list."),
    Column(
        "sessions",
        JSON,
        nullable=False,
        comment="A term's sessions as [start, end] in milliseconds; empty for one.",
    ),
    UniqueConstraint("activity_id", "starts_at", "place", "occasion"),
    CheckConstraint("taken >= 0 and taken <= capacity", name="never_oversold"),
    Index("ix_slots_starts_at", "starts_at"),
)

closings = Table(
    "closings",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("activity_id", BigInteger, ForeignKey("activities.id"), nullable=False),
    Column("place", String(40), nullable=False, comment="Only this place; empty: everywhere."),
    Column("begins_at", Instant, nullable=False, comment="Closed are the slots that start from here"),
    Column("ends_at", Instant, nullable=False, comment="and before this."),
    Column("reason", String(40), nullable=False, comment="From the closed list of closures."),
    Column("closed_at", Instant, nullable=False),
    Column("closed_by", BigInteger, comment="Of the staff."),
    Column("reopened_at", Instant, comment="When it was taken back."),
    Index("ix_closings_activity_id", "activity_id", "ends_at"),
    comment="What staff closed at short notice, beside the closures of the definition.",
)

closed_sessions = Table(
    "closed_sessions",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("activity_id", BigInteger, ForeignKey("activities.id"), nullable=False),
    Column("begins_at", Instant, nullable=False, comment="Closed are the sessions that start from here"),
    Column("ends_at", Instant, nullable=False, comment="and before this."),
    Column("reason", String(40), nullable=False, comment="From the closed list of closures."),
    Column(
        "removed", JSON, nullable=False, comment="What was taken out: slot -> sessions, as slots keep them."
    ),
    Column("closed_at", Instant, nullable=False),
    Column("closed_by", BigInteger, comment="Of the staff."),
    Column("reopened_at", Instant, comment="When it was taken back."),
    Index("ix_closed_sessions_activity_id", "activity_id", "ends_at"),
    Index("ix_closed_sessions_ends_at", "ends_at"),
    comment="Single sessions of terms that staff closed; the terms and what is booked stand.",
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "revises", String(60), nullable=False, comment="Key of the activity it revises; empty: a new one."
    ),
    Column("document", JSON, nullable=False, comment="A definition, perhaps with faults still."),
    Column("version", Integer, nullable=False, comment="Counts the changes."),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", BigInteger, nullable=False, comment="Of the staff."),
    comment="Definitions that staff are writing; nothing of them is offered.",
)
