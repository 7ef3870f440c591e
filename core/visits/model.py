"""What the gate recorded, the stays that follow from it, and the alerts.

Scans are what happened; stays (`visits`) are always recomputable from them (`core.visits.stays`). Neither knows a
citizen: they name a booking, and walk-ins only by their count.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
)

from core.db.schema import metadata
from core.db.types import Instant

scans = Table(
    "scans",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "nonce",
        String(64),
        nullable=False,
        unique=True,
        comment="The gate's own: the same scan sent twice is one.",
    ),
    Column(
        "shown",
        String(12),
        nullable=False,
        comment="token, code, walk_in, or all_out (everyone of the slot).",
    ),
    Column("facility", String(60), nullable=False),
    Column("slot_id", BigInteger, ForeignKey("slots.id"), comment="Empty for a pass that is none of ours."),
    Column(
        "booking_id", BigInteger, ForeignKey("bookings.id"), comment="Whose pass it was; empty for walk-ins."
    ),
    Column("direction", String(8), nullable=False, comment="entry or exit"),
    Column(
        "persons",
        Integer,
        nullable=False,
        comment="Those who passed and count; 0: nobody, or re-entry uncounted.",
    ),
    Column("scanned_at", Instant, nullable=False, comment="By the gate's clock, its error taken off."),
    Column("received_at", Instant, nullable=False),
    Column("clock_error_ms", BigInteger, nullable=False, comment="How much the gate's clock was fast."),
    Column("gate", String(40), nullable=False, comment="The device. Never a person."),
    Column("staff_id", BigInteger, comment="Who worked the gate; empty for the worker."),
    Column("verdict", String(40), nullable=False, comment="admitted, or the code of the refusal."),
    Column("told", JSON, nullable=False, comment="The verdict in full, to be told again to the same nonce."),
    Column(
        "decided_by",
        String(12),
        nullable=False,
        comment="server, gate (without a line), supervisor or worker",
    ),
    Column(
        "conflict", Boolean, nullable=False, comment="Let through although, as known today, it was not to be."
    ),
    Index("ix_scans_booking_id", "booking_id", "scanned_at"),
    Index("ix_scans_slot_id", "slot_id", "shown"),
    Index("ix_scans_facility", "facility", "scanned_at"),
)

visits = Table(
    "visits",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("facility", String(60), nullable=False),
    Column("place", String(40), nullable=False, comment="As in slots: lane or court, or empty."),
    Column("slot_id", BigInteger, ForeignKey("slots.id"), nullable=False),
    Column("booking_id", BigInteger, ForeignKey("bookings.id"), comment="Empty for walk-ins."),
    Column("persons", Integer, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column(
        "left_at",
        Instant,
        nullable=False,
        comment="Far in the future (core.db.types.FAR_FUTURE) while inside.",
    ),
    Column("assumed", Boolean, nullable=False, comment="Nobody saw them leave: taken to have left then."),
    CheckConstraint("persons > 0 and entered_at <= left_at", name="a_stay"),
    # Tracing reads these alone: by facility and hours, by event, around one booking (facts.md: a query also bounds
    # `entered_at >= from - LONGEST_STAY`).
    Index("ix_visits_tracing", "facility", "entered_at", "left_at", "place", "booking_id", "persons"),
    Index("ix_visits_slot_id", "slot_id", "entered_at", "left_at", "booking_id", "persons"),
    Index("ix_visits_booking_id", "booking_id", "entered_at", "left_at"),
    Index("ix_visits_inside", "left_at", "facility", "place", "slot_id", "persons"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("facility", String(60), nullable=False),
    Column("slot_id", BigInteger, ForeignKey("slots.id"), comment="Empty: of the facility as a whole."),
    Column("level", Integer, nullable=False, comment="Per cent of the limit: 90 or 100."),
    Column("inside", Integer, nullable=False, comment="When it was raised."),
    Column("limit", Integer, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False, comment="Far in the future while it lasts."),
    Index("ix_alerts_ended_at", "ended_at", "facility"),
    Index("ix_alerts_raised_at", "raised_at"),
)

alerts_told = Table(
    "alerts_told",
    metadata,
    Column("alert_id", BigInteger, ForeignKey("alerts.id"), primary_key=True, autoincrement=False),
    Column("what", String(8), primary_key=True, comment="reached or fallen"),
    Column("at", Instant, nullable=False),
    Index("ix_alerts_told_at", "at"),
    comment="What staff were told of, or need not be any more. About facilities, never about a person.",
)
