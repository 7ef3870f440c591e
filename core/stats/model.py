"""What the event log amounts to, kept so that pages need not read all of it, and the targets of key figures.

All but `kpi_targets` and `kpi_alerts` may be emptied at any time: it is computed again from the log
(`core.stats.rollup`).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
)

from core.db.schema import metadata
from core.db.types import Instant

figures_state = Table(
    "figures_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="Always 1."),
    Column("last_event", BigInteger, nullable=False, comment="What the log amounts to up to here."),
)

figures_applications = Table(
    "figures_applications",
    metadata,
    Column("event_id", BigInteger, primary_key=True, autoincrement=False, comment="That told of it."),
    Column("booking_id", BigInteger, comment="As it stands after moves; empty when refused."),
    Column("confirmed_at", Instant, nullable=False),
    Column("confirmed_on", Date, nullable=False, comment="The town's date."),
    Column("accepted", Boolean, nullable=False),
    Column("reason", String(20), nullable=False, comment="Why refused: full or too_few; else empty."),
    Column("channel", String(12), nullable=False),
    Column("age", String(8), comment="Band, where it was told."),
    Column("resident", String(3), comment="yes or no, where it was told."),
    Column("slot_id", BigInteger, nullable=False),
    Column("activity", String(60), nullable=False),
    Column("category", String(16), nullable=False),
    Column("facility", String(60), nullable=False),
    Column("place", String(40), nullable=False),
    Column("occasion", String(40), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("day", Date, nullable=False, comment="The town's date on which the slot starts."),
    Column("weekday", Integer, nullable=False, comment="0 is Monday."),
    Column("hour", Integer, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("first_facility", String(60), comment="These four where another slot had been wanted."),
    Column("first_starts_at", Instant),
    Column("first_ends_at", Instant),
    Column("first_why", String(12), comment="suggested or full"),
    Column("cancelled_at", Instant),
    Column("moves", Integer, nullable=False),
    Column("attended", Boolean, nullable=False),
    Index("ix_figures_applications_booking_id", "booking_id"),
    Index("ix_figures_applications_confirmed_on", "confirmed_on", "category", "attended"),
    Index("ix_figures_applications_day", "day"),
    Index("ix_figures_applications_first_starts_at", "first_starts_at"),
)

figures_minutes = Table(
    "figures_minutes",
    metadata,
    Column("facility", String(60), primary_key=True),
    Column("at", Instant, primary_key=True, comment="The minute."),
    Column("entered", Integer, nullable=False),
    Column("net", Integer, nullable=False, comment="Entries minus exits."),
)

figures_days = Table(
    "figures_days",
    metadata,
    Column("facility", String(60), primary_key=True),
    Column("day", Date, primary_key=True, comment="The town's date."),
    Column("opening", Integer, nullable=False, comment="Inside when it began."),
    Column("peak", Integer, nullable=False),
    Column("peak_at", Instant, comment="Empty when it was reached as the day began."),
    Column("entered", Integer, nullable=False),
    Column("first_choices", Integer, nullable=False, comment="The peak at the hours wanted first."),
)

kpi_targets = Table(
    "kpi_targets",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("kpi", String(40), nullable=False, comment="What stays the same while its target changes."),
    Column("revision", Integer, nullable=False, comment="1, 2, ...: the highest holds; none is changed."),
    Column("measure", String(20), nullable=False),
    Column("category", String(16), nullable=False, comment="sport, culture, or empty for both."),
    Column("target", Integer, comment="Empty: no target."),
    Column("target_first", Date, nullable=False),
    Column("target_last", Date, nullable=False),
    Column("counting_first", Date, nullable=False),
    Column("counting_last", Date, nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("set_by", BigInteger, comment="Who of the staff; empty for the command line."),
    CheckConstraint("target is null or target > 0", name="above_zero"),
    CheckConstraint("target_first <= target_last and counting_first <= counting_last", name="in_order"),
    Index("uq_kpi_targets_kpi", "kpi", "revision", unique=True),
)

kpi_alerts = Table(
    "kpi_alerts",
    metadata,
    Column("kpi", String(40), primary_key=True),
    Column("raised_at", Instant, primary_key=True),
    Column("ended_at", Instant, nullable=False, comment="Far in the future while it lasts."),
    Column("value", Integer, nullable=False, comment="When it was raised; so are these two."),
    Column("expected", Integer, nullable=False),
    Column("target", Integer, nullable=False),
    Index("uq_kpi_alerts_kpi", "kpi", "ended_at", unique=True),
    comment="A key figure that was off its path, and that staff were told so, once. Nothing about a person.",
)

opendata_items = Table(
    "opendata_items",
    metadata,
    Column("kind", String(40), primary_key=True, comment="Of the feed: FacilityUse or Slot."),
    Column("id", String(120), primary_key=True),
    Column("change", BigInteger, nullable=False, comment="Rises with every change of the feed."),
    Column("changed_at", Instant, nullable=False),
    Column("state", String(8), nullable=False, comment="updated or deleted"),
    Column("data", JSON, comment="As published; empty when deleted."),
    Index("uq_opendata_items_kind", "kind", "change", unique=True),
    comment="What the feeds of open data say (Realtime Paged Data Exchange 1.0). Public; may be emptied at any time.",
)
