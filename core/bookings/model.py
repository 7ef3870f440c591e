"""Bookings, and what is sealed beside them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from core.db.schema import metadata
from core.db.types import Instant

bookings = Table(
    "bookings",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("slot_id", BigInteger, ForeignKey("slots.id"), nullable=False),
    Column("activity_id", BigInteger, ForeignKey("activities.id"), nullable=False),
    Column("revision", Integer, nullable=False, comment="The activity's definition that was booked."),
    Column(
        "citizen_id",
        BigInteger,
        ForeignKey("citizens.id"),
        comment="Empty while an unregistered person's hold.",
    ),
    Column(
        "holder", LargeBinary, nullable=False, comment="Look-up of the chat or session that holds the place."
    ),
    Column("channel", String(12), nullable=False, comment="telegram, web, phone or desk"),
    Column("units", Integer, nullable=False, comment="What it takes of the slot's capacity."),
    Column("persons", Integer, nullable=False, comment="Those who will walk in."),
    Column("companions", Integer, nullable=False, comment="Persons beside the booker (or the participant)."),
    Column("booker_takes_part", Boolean, nullable=False),
    Column("state", String(12), nullable=False, comment="held, confirmed, cancelled, moved or lapsed"),
    Column("created_at", Instant, nullable=False),
    Column("held_until", Instant, comment="While held."),
    Column("extended", Boolean, nullable=False, default=False, comment="A hold is extended once."),
    Column("confirmed_at", Instant),
    Column("ended_at", Instant, comment="When cancelled, moved or lapsed."),
    Column("moved_to", BigInteger, comment="The booking that took its place."),
    Index("ix_bookings_slot_id", "slot_id", "state", "held_until"),
    Index("ix_bookings_citizen_id", "citizen_id", "state"),
    Index("ix_bookings_state_held_until", "state", "held_until"),
)

companions = Table(
    "companions",
    metadata,
    Column("id", BigInteger, ForeignKey("bookings.id"), primary_key=True, autoincrement=False),
    Column(
        "box", LargeBinary, nullable=False, comment="Sealed for the worker: names of those who come along."
    ),
)

answers = Table(
    "answers",
    metadata,
    Column("id", BigInteger, ForeignKey("bookings.id"), primary_key=True, autoincrement=False),
    Column(
        "box",
        LargeBinary,
        nullable=False,
        comment="Sealed for the worker: answers to the activity's own questions.",
    ),
)

reminded = Table(
    "reminded",
    metadata,
    Column("booking_id", BigInteger, ForeignKey("bookings.id"), primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    comment="Bookings whose citizen was reminded: once each.",
)

closure_notices = Table(
    "closure_notices",
    metadata,
    Column("booking_id", BigInteger, ForeignKey("bookings.id"), primary_key=True, autoincrement=False),
    Column("offered_slot_id", BigInteger, ForeignKey("slots.id"), comment="The new slot that was offered."),
    Column("at", Instant, nullable=False),
    Column("hold_id", BigInteger, comment="The hold (in bookings) that keeps what was offered; it lapses."),
    comment="Bookings of closed slots whose citizen was told, by the worker: once each.",
)

session_notices = Table(
    "session_notices",
    metadata,
    Column("closing_id", BigInteger, ForeignKey("closed_sessions.id"), primary_key=True, autoincrement=False),
    Column("booking_id", BigInteger, ForeignKey("bookings.id"), primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    comment="Bookings of terms whose citizen was told that a session falls out: once each. Ids only.",
)

staff_changes = Table(
    "staff_changes",
    metadata,
    Column("booking_id", BigInteger, ForeignKey("bookings.id"), primary_key=True, autoincrement=False),
    Column("what", String(12), nullable=False, comment="moved or cancelled"),
    Column("at", Instant, nullable=False),
    Column("told_at", Instant, comment="When a message to the citizen was ordered, by the worker."),
    Index("ix_staff_changes_told_at", "told_at", "at"),
    comment="Bookings that staff changed on their citizen's behalf. Ids only.",
)

provisional = Table(
    "provisional",
    metadata,
    Column("booking_id", BigInteger, ForeignKey("bookings.id"), primary_key=True, autoincrement=False),
    Column(
        "number", LargeBinary, nullable=False, comment="Look-up of the number to call; empty once it ended."
    ),
    Column(
        "kept", LargeBinary, comment="Who booked and what, under the conversation key; erased once it ended."
    ),
    Column("token", LargeBinary, comment="Hash of the random id in the address of the call that rings."),
    Column("state", String(12), nullable=False, comment="waiting, confirmed, refused or lapsed"),
    Column("until", Instant, nullable=False, comment="When the place is free again."),
    Column("calls_ordered", Boolean, nullable=False, comment="After the first call: the later ones too."),
    Index("ix_provisional_number", "number", "state"),
    Index("ix_provisional_state", "state", "until"),
    Index("ix_provisional_token", "token"),
    comment="Held places that a telephone at home has yet to confirm. Deleted a day after they ended.",
)

waiting = Table(
    "waiting",
    metadata,
    Column(
        "id",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="The offer, once made, is the booking of the same id.",
    ),
    Column("slot_id", BigInteger, ForeignKey("slots.id"), nullable=False),
    Column("activity_id", BigInteger, ForeignKey("activities.id"), nullable=False),
    Column("revision", Integer, nullable=False, comment="The activity's definition under which they joined."),
    Column("citizen_id", BigInteger, ForeignKey("citizens.id"), nullable=False),
    Column("channel", String(12), nullable=False, comment="Where they joined: whose share they may have."),
    Column("units", Integer, nullable=False, comment="What they need of the slot's capacity."),
    Column("persons", Integer, nullable=False, comment="Those who will walk in."),
    Column("booker_takes_part", Boolean, nullable=False),
    Column("rank", Integer, nullable=False, comment="Order on the slot's list; it never changes."),
    Column(
        "state",
        String(12),
        nullable=False,
        comment="waiting, offered, taken, declined, lapsed, left, closed or over",
    ),
    Column("joined_at", Instant, nullable=False),
    Column("offered_until", Instant, comment="Of the offer."),
    Column("told_at", Instant, comment="When a message about its state was ordered."),
    Column("ended_at", Instant, comment="When it left the list, for whatever reason."),
    Index("ix_waiting_slot_id", "slot_id", "state"),
    Index("ix_waiting_citizen_id", "citizen_id", "state"),
    Index("ix_waiting_state", "state", "told_at"),
    comment="Who waits for a place of a slot. Forget me deletes it; 14 days after it has ended it is deleted.",
)

absences = Table(
    "absences",
    metadata,
    Column("booking_id", BigInteger, ForeignKey("bookings.id"), primary_key=True, autoincrement=False),
    Column("citizen_id", BigInteger, ForeignKey("citizens.id"), nullable=False),
    Column("activity_id", BigInteger, ForeignKey("activities.id"), nullable=False),
    Column("at", Instant, nullable=False, comment="When the missed hour was over."),
    Index("ix_absences_citizen_id", "citizen_id"),
    Index("ix_absences_activity_id", "activity_id", "at"),
    comment="Bookings to which nobody came, of activities with a rule about it. Forget me deletes it; it is deleted "
    "when the rule no longer looks back so far.",
)
