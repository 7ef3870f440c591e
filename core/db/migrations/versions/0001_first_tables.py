"""First tables."""
# ruff: noqa: E501

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activities",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False, comment="sport or culture"),
        sa.Column("facility", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False, comment="published or archived"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="The current one."),
        sa.Column("planned_until", sa.BigInteger(), nullable=False, comment="Slots exist up to here."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
        sa.UniqueConstraint("key", name=op.f("uq_activities_key")),
    )
    op.create_table(
        "audit",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_hash")),
        comment="Append-only and hash-chained: who did what, why, and to how many; never to whom.",
    )
    op.create_table(
        "citizens",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False, comment="Sealed for the worker: the name."),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("resident", sa.Boolean(), nullable=True),
        sa.Column(
            "notice_version", sa.Integer(), nullable=False, comment="The privacy notice that was shown."
        ),
        sa.Column("reminders", sa.Boolean(), nullable=False, comment="Consent; may be refused again."),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "last_verified_at",
            sa.BigInteger(),
            nullable=False,
            comment="12 months later the number is a stranger's.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizens")),
    )
    op.create_table(
        "events",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        comment="Append-only: what happened, without personal data. The source of every figure.",
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index("ix_events_name_at", ["name", "at"], unique=False)

    op.create_table(
        "handled",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_handled")),
        comment="Idempotency keys of updates, callbacks and forms that were committed. Random or numbers; no personal data.",
    )
    op.create_table(
        "heartbeats",
        sa.Column("process", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_heartbeats")),
        comment="When each process without a network address of its own was last seen at work.",
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column(
            "params", sa.JSON(), nullable=False, comment="From closed lists: ids and codes, never free text."
        ),
        sa.Column("medium", sa.String(length=12), nullable=False, comment="sms, call or telegram"),
        sa.Column(
            "citizen_id",
            sa.BigInteger(),
            nullable=True,
            comment="Whom to reach; or empty where the box holds the address.",
        ),
        sa.Column(
            "box",
            sa.LargeBinary(),
            nullable=True,
            comment="Sealed: address and code. Erased once final or expired.",
        ),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column(
            "mac", sa.LargeBinary(), nullable=False, comment="Under the origin key, over everything ordered."
        ),
        sa.Column(
            "state",
            sa.String(length=12),
            nullable=False,
            comment="queued, sending, sent, delivered or failed",
        ),
        sa.Column(
            "fault",
            sa.String(length=24),
            nullable=True,
            comment="Kind and the provider's code; voided, forged or broken.",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "due_at",
            sa.BigInteger(),
            nullable=False,
            comment="When to try (again); while sending, the end of the lease.",
        ),
        sa.Column("expires_at", sa.BigInteger(), nullable=False, comment="Never sent after this."),
        sa.Column("provider_id", sa.String(length=64), nullable=True, comment="The provider's own id."),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_provider_id", ["provider_id"], unique=False)
        batch_op.create_index(
            "ix_outbox_sealed",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("box is not null"),
            postgresql_where=sa.text("box is not null"),
        )
        batch_op.create_index("ix_outbox_state_due_at", ["state", "due_at"], unique=False)

    op.create_table(
        "verifications",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False, comment="HMAC of the number."),
        sa.Column(
            "prefix",
            sa.String(length=12),
            nullable=False,
            comment="Country and operator: for the pumping guard.",
        ),
        sa.Column("number_class", sa.String(length=16), nullable=False, comment="mobile or landline"),
        sa.Column(
            "speaker",
            sa.LargeBinary(),
            nullable=False,
            comment="Look-up of chat or session: only it may answer.",
        ),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column(
            "known", sa.Boolean(), nullable=False, comment="A citizen's already: the daily cap keeps a share."
        ),
        sa.Column(
            "code_mac", sa.LargeBinary(), nullable=True, comment="Erased when used, voided or expired."
        ),
        sa.Column(
            "ordered",
            sa.Boolean(),
            nullable=False,
            comment="Whether it was sent at all: what the cap counts.",
        ),
        sa.Column(
            "spoken_code",
            sa.LargeBinary(),
            nullable=True,
            comment="Calls only: kept under the conversation key.",
        ),
        sa.Column(
            "call_token",
            sa.LargeBinary(),
            nullable=True,
            comment="Calls only: hash of the id in the address.",
        ),
        sa.Column(
            "state", sa.String(length=12), nullable=False, comment="pending, used, voided, locked or expired"
        ),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
    )
    with op.batch_alter_table("verifications", schema=None) as batch_op:
        batch_op.create_index("ix_verifications_call_token", ["call_token"], unique=False)
        batch_op.create_index("ix_verifications_lookup_sent_at", ["lookup", "sent_at"], unique=False)
        batch_op.create_index("ix_verifications_prefix_sent_at", ["prefix", "sent_at"], unique=False)
        batch_op.create_index("ix_verifications_sent_at", ["sent_at"], unique=False)
        batch_op.create_index("ix_verifications_state_expires_at", ["state", "expires_at"], unique=False)

    op.create_table(
        "addresses",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("citizen_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="mobile, landline or telegram"),
        sa.Column("lookup", sa.LargeBinary(), nullable=False, comment="HMAC of number or chat id."),
        sa.Column(
            "box", sa.LargeBinary(), nullable=False, comment="Sealed: number or chat id, and whose it is."
        ),
        sa.Column("verified_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_addresses_citizen_id_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        sa.UniqueConstraint("lookup", name=op.f("uq_addresses_lookup")),
    )
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.create_index("ix_addresses_citizen_id", ["citizen_id"], unique=False)

    op.create_table(
        "conversations",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False, comment="telegram, web, phone or desk"),
        sa.Column(
            "speaker", sa.LargeBinary(), nullable=False, comment="Look-up of the chat or of the session's id."
        ),
        sa.Column("citizen_id", sa.BigInteger(), nullable=True, comment="Once verified here."),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column(
            "turn",
            sa.Integer(),
            nullable=False,
            comment="Counts what was heard; guards against two answers at once.",
        ),
        sa.Column(
            "kept", sa.LargeBinary(), nullable=False, comment="Dialog under way, under the conversation key."
        ),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_conversations_citizen_id_citizens")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("channel", "speaker", name=op.f("uq_conversations_channel")),
    )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.create_index("ix_conversations_citizen_id", ["citizen_id"], unique=False)
        batch_op.create_index("ix_conversations_heard_at", ["heard_at"], unique=False)

    op.create_table(
        "revisions",
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_revisions_activity_id_activities")
        ),
        sa.PrimaryKeyConstraint("activity_id", "revision", name=op.f("pk_revisions")),
    )
    op.create_table(
        "slots",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "place",
            sa.String(length=40),
            nullable=False,
            comment="Key of the lane, court or kind of place; empty where there is none.",
        ),
        sa.Column(
            "occasion",
            sa.String(length=40),
            nullable=False,
            comment="Key of the film, concert or group of a class; or empty.",
        ),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "capacity", sa.Integer(), nullable=False, comment="In the activity's unit: persons, or bookings."
        ),
        sa.Column(
            "taken", sa.Integer(), nullable=False, comment="Units of confirmed bookings and living holds."
        ),
        sa.Column(
            "reserved",
            sa.JSON(),
            nullable=False,
            comment="Shares kept for a channel: {'desk': 1}. Units still kept, not yet used.",
        ),
        sa.Column("state", sa.String(length=12), nullable=False, comment="open or closed"),
        sa.Column(
            "reason", sa.String(length=40), nullable=True, comment="Why it is closed, from a closed list."
        ),
        sa.Column(
            "sessions",
            sa.JSON(),
            nullable=False,
            comment="A term's sessions as [start, end] in milliseconds; empty for one.",
        ),
        sa.CheckConstraint("taken >= 0 and taken <= capacity", name=op.f("ck_slots_never_oversold")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_slots_activity_id_activities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
        sa.UniqueConstraint(
            "activity_id", "starts_at", "place", "occasion", name=op.f("uq_slots_activity_id")
        ),
    )
    with op.batch_alter_table("slots", schema=None) as batch_op:
        batch_op.create_index("ix_slots_starts_at", ["starts_at"], unique=False)

    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("facility", sa.String(length=60), nullable=False),
        sa.Column("slot_id", sa.BigInteger(), nullable=True, comment="Empty: of the facility as a whole."),
        sa.Column("level", sa.Integer(), nullable=False, comment="Per cent of the limit: 90 or 100."),
        sa.Column("inside", sa.Integer(), nullable=False, comment="When it was raised."),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False, comment="Far in the future while it lasts."),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_alerts_slot_id_slots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index("ix_alerts_ended_at", ["ended_at", "facility"], unique=False)
        batch_op.create_index("ix_alerts_raised_at", ["raised_at"], unique=False)

    op.create_table(
        "bookings",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slot_id", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="The activity's definition that was booked."
        ),
        sa.Column(
            "citizen_id", sa.BigInteger(), nullable=True, comment="Empty while an unregistered person's hold."
        ),
        sa.Column(
            "holder",
            sa.LargeBinary(),
            nullable=False,
            comment="Look-up of the chat or session that holds the place.",
        ),
        sa.Column("channel", sa.String(length=12), nullable=False, comment="telegram, web, phone or desk"),
        sa.Column("units", sa.Integer(), nullable=False, comment="What it takes of the slot's capacity."),
        sa.Column("persons", sa.Integer(), nullable=False, comment="Those who will walk in."),
        sa.Column(
            "companions",
            sa.Integer(),
            nullable=False,
            comment="Persons beside the booker (or the participant).",
        ),
        sa.Column("booker_takes_part", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.String(length=12),
            nullable=False,
            comment="held, confirmed, cancelled, moved or lapsed",
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=True, comment="While held."),
        sa.Column("extended", sa.Boolean(), nullable=False, comment="A hold is extended once."),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True, comment="When cancelled, moved or lapsed."),
        sa.Column("moved_to", sa.BigInteger(), nullable=True, comment="The booking that took its place."),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_bookings_activity_id_activities")
        ),
        sa.ForeignKeyConstraint(
            ["citizen_id"], ["citizens.id"], name=op.f("fk_bookings_citizen_id_citizens")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_bookings_slot_id_slots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.create_index("ix_bookings_citizen_id", ["citizen_id", "state"], unique=False)
        batch_op.create_index("ix_bookings_slot_id", ["slot_id", "state", "held_until"], unique=False)
        batch_op.create_index("ix_bookings_state_held_until", ["state", "held_until"], unique=False)

    op.create_table(
        "answers",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "box",
            sa.LargeBinary(),
            nullable=False,
            comment="Sealed for the worker: answers to the activity's own questions.",
        ),
        sa.ForeignKeyConstraint(["id"], ["bookings.id"], name=op.f("fk_answers_id_bookings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    op.create_table(
        "companions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "box",
            sa.LargeBinary(),
            nullable=False,
            comment="Sealed for the worker: names of those who come along.",
        ),
        sa.ForeignKeyConstraint(["id"], ["bookings.id"], name=op.f("fk_companions_id_bookings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companions")),
    )
    op.create_table(
        "passes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False, comment="8 random bytes."),
        sa.Column("code", sa.String(length=10), nullable=False, comment="9 digits and a check digit."),
        sa.Column("facility_number", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False, comment="valid or void"),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_passes_booking_id_bookings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passes")),
        sa.UniqueConstraint("code", name=op.f("uq_passes_code")),
        sa.UniqueConstraint("number", name=op.f("uq_passes_number")),
    )
    with op.batch_alter_table("passes", schema=None) as batch_op:
        batch_op.create_index("ix_passes_booking_id", ["booking_id"], unique=False)

    op.create_table(
        "scans",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "nonce",
            sa.String(length=64),
            nullable=False,
            comment="The gate's own: the same scan sent twice is one.",
        ),
        sa.Column(
            "shown",
            sa.String(length=12),
            nullable=False,
            comment="token, code, walk_in, or all_out (everyone of the slot).",
        ),
        sa.Column("facility", sa.String(length=60), nullable=False),
        sa.Column(
            "slot_id", sa.BigInteger(), nullable=True, comment="Empty for a pass that is none of ours."
        ),
        sa.Column(
            "booking_id", sa.BigInteger(), nullable=True, comment="Whose pass it was; empty for walk-ins."
        ),
        sa.Column("direction", sa.String(length=8), nullable=False, comment="entry or exit"),
        sa.Column(
            "persons",
            sa.Integer(),
            nullable=False,
            comment="Those who passed and count; 0: nobody, or re-entry uncounted.",
        ),
        sa.Column(
            "scanned_at", sa.BigInteger(), nullable=False, comment="By the gate's clock, its error taken off."
        ),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "clock_error_ms", sa.BigInteger(), nullable=False, comment="How much the gate's clock was fast."
        ),
        sa.Column("gate", sa.String(length=40), nullable=False, comment="The device. Never a person."),
        sa.Column(
            "staff_id", sa.BigInteger(), nullable=True, comment="Who worked the gate; empty for the worker."
        ),
        sa.Column(
            "verdict", sa.String(length=40), nullable=False, comment="admitted, or the code of the refusal."
        ),
        sa.Column(
            "told",
            sa.JSON(),
            nullable=False,
            comment="The verdict in full, to be told again to the same nonce.",
        ),
        sa.Column(
            "decided_by",
            sa.String(length=12),
            nullable=False,
            comment="server, gate (without a line), supervisor or worker",
        ),
        sa.Column(
            "conflict",
            sa.Boolean(),
            nullable=False,
            comment="Let through although, as known today, it was not to be.",
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_scans_booking_id_bookings")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_scans_slot_id_slots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scans")),
        sa.UniqueConstraint("nonce", name=op.f("uq_scans_nonce")),
    )
    with op.batch_alter_table("scans", schema=None) as batch_op:
        batch_op.create_index("ix_scans_booking_id", ["booking_id", "scanned_at"], unique=False)
        batch_op.create_index("ix_scans_facility", ["facility", "scanned_at"], unique=False)
        batch_op.create_index("ix_scans_slot_id", ["slot_id", "shown"], unique=False)

    op.create_table(
        "visits",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("facility", sa.String(length=60), nullable=False),
        sa.Column(
            "place", sa.String(length=40), nullable=False, comment="As in slots: lane or court, or empty."
        ),
        sa.Column("slot_id", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True, comment="Empty for walk-ins."),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "left_at",
            sa.BigInteger(),
            nullable=False,
            comment="Far in the future (core.db.types.FAR_FUTURE) while inside.",
        ),
        sa.Column(
            "assumed", sa.Boolean(), nullable=False, comment="Nobody saw them leave: taken to have left then."
        ),
        sa.CheckConstraint("persons > 0 and entered_at <= left_at", name=op.f("ck_visits_a_stay")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_visits_booking_id_bookings")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_visits_slot_id_slots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.create_index("ix_visits_booking_id", ["booking_id", "entered_at", "left_at"], unique=False)
        batch_op.create_index(
            "ix_visits_inside", ["left_at", "facility", "place", "slot_id", "persons"], unique=False
        )
        batch_op.create_index(
            "ix_visits_slot_id", ["slot_id", "entered_at", "left_at", "booking_id", "persons"], unique=False
        )
        batch_op.create_index(
            "ix_visits_tracing",
            ["facility", "entered_at", "left_at", "place", "booking_id", "persons"],
            unique=False,
        )
