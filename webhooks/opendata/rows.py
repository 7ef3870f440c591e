"""Activities and free places as plain rows, for JSON and for spreadsheets."""

from __future__ import annotations

from typing import Any

from core.activities.definition import Activity
from core.bookings.queries import SlotView
from core.bookings.rules import zone_of
from core.conversations.house import House

CHANNEL = "web"
"""As somebody in the web chat sees it: shares kept for the desk and the phone are not free."""
ACTIVITY_FIELDS = ("key", "type", "category", "name", "summary", "venue", "address", "phone", "email", "book")
PLACE_FIELDS = (
    "activity",
    "name",
    "occasion",
    "place",
    "starts_at",
    "ends_at",
    "capacity",
    "free",
    "kept_for_desk",
    "kept_for_phone",
    "unit",
    "book",
)


def activity_row(house: House, activity: Activity, language: str) -> dict[str, Any]:
    say = house.texts.say
    return {
        "key": activity.key,
        "type": activity.type,
        "category": activity.category,
        "name": say(activity.name.written(), language),
        "summary": say(activity.summary.written(), language),
        "venue": say(activity.venue.name.written(), language),
        "address": say(activity.venue.address.written(), language),
        "phone": activity.contact.phone,
        "email": activity.contact.email,
        "book": booking_address(house, activity.key),
    }


async def place_rows(house: House, activity: Activity, language: str) -> list[dict[str, Any]]:
    """Every slot that can still be booked, by hour and place; times with the town's offset from UTC.

    `kept_for_...` are the shares as they are set for each slot, whether or not the channel has used them yet.
    """
    say, zone = house.texts.say, zone_of(activity)
    rows = []
    for slot in await house.occupancy.ahead(activity, CHANNEL):
        if slot.state != "open":
            continue
        place, occasion = activity.place(slot.place), activity.occasion_name(slot.occasion)
        rows.append(
            {
                "activity": activity.key,
                "name": say(activity.name.written(), language),
                "occasion": say(occasion.written(), language) if occasion else "",
                "place": say(place.name.written(), language) if place else "",
                "starts_at": slot.starts_at.astimezone(zone).isoformat(),
                "ends_at": slot.ends_at.astimezone(zone).isoformat(),
                "capacity": slot.capacity,
                "free": slot.free,
                "kept_for_desk": activity.reserved.desk,
                "kept_for_phone": activity.reserved.phone,
                "unit": activity.capacity.unit,
                "book": booking_address(house, activity.key),
            }
        )
    return rows


def booking_address(house: House, key: str) -> str:
    """Where it is booked: a conversation that begins with it."""
    return f"{house.settings.public_url}/chat?start={key}"


async def open_slots(house: House, activity: Activity) -> list[SlotView]:
    return [slot for slot in await house.occupancy.ahead(activity, CHANNEL) if slot.state == "open"]
