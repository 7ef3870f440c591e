"""One row in every table of the product, all of them about one citizen and one booking: what a new table must pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, LargeBinary, String, Table, select

import core.tables
from core.db.schema import metadata
from core.db.types import Instant
from tests.rights.office import Office

assert core.tables

LANDS_ON = {
    "booking_id": "bookings",
    "citizen_id": "citizens",
    "slot_id": "slots",
    "staff_id": "staff",
    "order_id": "outbox",
    "drafter_id": "staff",
}
"""Columns that hold the id of a row of another table without the database knowing."""
SPECIAL: Mapping[str, Mapping[str, Any]] = {
    "outbox": {"state": "sent", "medium": "sms", "template": "reminder", "box": None, "language": "el"},
    "provisional": {"state": "lapsed"},
    "waiting": {"state": "left"},
    "verifications": {"state": "used"},
    "warnings": {"state": "sent", "result": None},
    "staff_changes": {"what": "moved"},
    "scans": {"direction": "entry", "verdict": "admitted"},
    "spoken": {"notice": None, "heard_at": None},
    "data_requests": {"file": None, "mac": None},
    "closed_sessions": {"reopened_at": None},
    "warned": {"calls_ordered": True, "chat_ordered": True},
}


async def fill(
    office: Office, citizen: int, moment: datetime, without: Collection[str] = ()
) -> dict[str, datetime]:
    """A row in every table that has none of them yet; each of those has one moment of its own.

    They have a booking already, and with it a slot and an activity.
    """
    (booking,) = await office.rows(
        metadata.tables["bookings"], metadata.tables["bookings"].c.citizen_id == citizen
    )
    ids: dict[str, Any] = {
        "citizens": citizen,
        "bookings": booking.id,
        "slots": booking.slot_id,
        "activities": booking.activity_id,
    }
    moments = {}
    for number, table in enumerate(metadata.sorted_tables):
        if table.name in ids or table.name in (
            "audit",
            "revisions",
            *without,
        ):  # the log's own; there already
            continue
        key = table.primary_key.columns.values()[0]
        if (
            LANDS_ON.get(key.name) == "bookings"
            or key.foreign_keys
            or table.name in ("companions", "answers")
        ):
            known = await office.count(table, key == _reference(key, ids))
            if known and len(table.primary_key.columns) == 1:
                continue
        moments[table.name] = moment + timedelta(minutes=number)
        row = {column.name: _value(office, column, ids, moments[table.name]) for column in table.columns}
        row |= SPECIAL.get(table.name, {})
        given = {name: value for name, value in row.items() if value is not None}
        await office.write(table.insert().values(given))
        ids[table.name] = row[key.name]
    return moments


async def rows_of(office: Office, table: Table, column: str, value: int) -> int:
    return await office.count(table, table.c[column] == value)


async def left(office: Office) -> set[str]:
    """The tables in which there is something."""
    async with office.database.reading() as connection:
        return {
            table.name
            for table in metadata.sorted_tables
            if (await connection.execute(select(table).limit(1))).first() is not None
        }


def _reference(column: Column[Any], ids: Mapping[str, Any]) -> Any:
    for key in column.foreign_keys:
        return ids[key.column.table.name]
    return ids.get(LANDS_ON.get(column.name, ""))


def _value(office: Office, column: Column[Any], ids: Mapping[str, Any], moment: datetime) -> Any:
    referred = _reference(column, ids)
    if referred is not None:
        return referred
    kind = column.type
    if isinstance(kind, Instant):
        return moment
    if isinstance(kind, Date):
        return moment.date()
    if isinstance(kind, JSON):
        return {}
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, LargeBinary):
        return office.world.codes.token(16)
    if isinstance(kind, String):
        return str(office.world.codes.new_id())[: min(kind.length or 10, 10)]
    if column.primary_key:
        return office.world.codes.new_id()
    return 1
