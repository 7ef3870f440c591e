"""Warnings: what was drafted, who was asked to release it, whom it went to; and who is on duty.

The panel can write here, so the worker believes nothing of it but what it can check: officers are sealed, codes carry
a MAC, and what was released stands in the worker's own journal (`core.tracing.journal`).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
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

warnings = Table(
    "warnings",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("drafter_id", BigInteger, nullable=False, comment="Staff."),
    Column("group", JSON, nullable=False, comment="Who is meant, as core.tracing.groups writes it."),
    Column(
        "wording", JSON, nullable=False, comment="A template and its parameters, or free text by language."
    ),
    Column(
        "state",
        String(12),
        nullable=False,
        comment="drafted, asked, waiting, sent, refused, void or cancelled",
    ),
    Column("reason", String(40), comment="Why refused or void: the code of a sentence."),
    Column("hash", LargeBinary, comment="SHA-256 of all that the officers were shown."),
    Column("texts", JSON, comment="The exact text in each language, as the officers were shown it."),
    Column("counts", JSON, comment="How many people, SMS, calls, segments."),
    Column("result", JSON, comment="Counts by state, once whom it went to is forgotten."),
    Column("drafted_at", Instant, nullable=False),
    Column("asked_at", Instant),
    Column("released_at", Instant),
    Index("ix_warnings_state", "state"),
    Index("ix_warnings_drafted_at", "drafted_at"),
)

releases = Table(
    "releases",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("warning_id", BigInteger, ForeignKey("warnings.id"), nullable=False),
    Column("staff_id", BigInteger, nullable=False),
    Column("part", String(8), nullable=False, comment="drafter or approver"),
    Column(
        "mac", LargeBinary, nullable=False, comment="Of code, hash, person and part; the worker's own key."
    ),
    Column("medium", String(12), nullable=False),
    Column(
        "state", String(8), nullable=False, comment="asked, given or void; to be shown, believed by nobody."
    ),
    Column("asked_at", Instant, nullable=False),
    Index("ix_releases_warning_id", "warning_id", "asked_at"),
    comment="One row a message to an officer, each with its own code.",
)

typed_codes = Table(
    "typed_codes",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("warning_id", BigInteger, ForeignKey("warnings.id"), nullable=False),
    Column("staff_id", BigInteger, nullable=False, comment="Whose session it was typed in."),
    Column("code", String(16), nullable=False, comment="Erased when the worker has read it."),
    Column("outcome", String(40), comment="right, or the code of a sentence."),
    Column("at", Instant, nullable=False),
    Index("ix_typed_codes_outcome", "outcome"),
)

warned = Table(
    "warned",
    metadata,
    Column("warning_id", BigInteger, ForeignKey("warnings.id"), primary_key=True),
    Column("citizen_id", BigInteger, primary_key=True, autoincrement=False),
    Column("language", String(8), nullable=False),
    Column("order_id", BigInteger, comment="In the outbox, the newest; empty: nothing leads to them."),
    Column("calls_ordered", Boolean, nullable=False, comment="The later calls are in the outbox too."),
    Column("chat_ordered", Boolean, nullable=False, comment="No number worked."),
    Column("heard_at", Instant, comment="They pressed 1."),
    UniqueConstraint("order_id"),
    Index("ix_warned_citizen_id", "citizen_id"),
    comment="Whom a warning went to: once each. Forgotten after some days; a citizen may ask for it.",
)

warned_before = Table(
    "warned_before",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("warning_id", BigInteger, ForeignKey("warnings.id"), nullable=False),
    Column("state", String(12), nullable=False, comment="As core.tracing.panel counts it."),
    Index("ix_warned_before_warning_id", "warning_id"),
    comment="What had become of the warning to somebody who was forgotten since: counts, of nobody.",
)

officers = Table(
    "officers",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("place", Integer, nullable=False, comment="On the duty list: the lowest is asked first."),
    Column("on_duty", Boolean, nullable=False),
    Column("box", LargeBinary, nullable=False, comment="Sealed: number or chat, whose, and in which role."),
    Column("enrolled_at", Instant, nullable=False),
    UniqueConstraint("staff_id"),
    comment="Enrolled on the worker's machine alone, never by the panel.",
)

spoken = Table(
    "spoken",
    metadata,
    Column("hash", LargeBinary, primary_key=True, comment="SHA-256 of the token in the call's address."),
    Column(
        "box", LargeBinary, nullable=False, comment="What the call says, under a key that the token makes."
    ),
    Column("expires_at", Instant, nullable=False),
    Column("notice", BigInteger, comment="The first order of the same words, where they are said again."),
    Column("heard_at", Instant, comment="When somebody pressed the key: they are not said again."),
    Index("ix_spoken_expires_at", "expires_at"),
    Index("ix_spoken_notice", "notice"),
)

previews = Table(
    "previews",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("staff_id", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_previews_staff_id", "staff_id", "at"),
    comment="To count them; what was looked at stands in the audit log.",
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of the token in the link."),
    Column(
        "box",
        LargeBinary,
        comment="Sealed once a number or chat was verified: it, whose, and the code to be read out.",
    ),
    Column("expires_at", Instant, nullable=False),
    UniqueConstraint("hash"),
    Index("ix_enrolments_staff_id", "staff_id"),
    Index("ix_enrolments_expires_at", "expires_at"),
    comment="Telephones that somebody asks to have enrolled. Enrols nobody: `paso duty confirm` does.",
)

reported = Table(
    "reported",
    metadata,
    Column("pass_id", BigInteger, ForeignKey("passes.id"), primary_key=True, autoincrement=False),
    Column("report_id", BigInteger, nullable=False, comment="Those that one person reported together."),
    Column("reported_at", Instant, nullable=False),
    Index("ix_reported_reported_at", "reported_at"),
    comment="Passes of a case, told by the citizen. Erased with the presence, and by forget-me.",
)
