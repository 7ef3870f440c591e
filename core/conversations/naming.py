"""How slots, places and bookings are called, in words that any channel can say."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from core.activities.definition import Activity
from core.bookings.queries import SlotView
from core.bookings.views import BookingView
from core.bookings.waiting_service import WaitingView
from core.dialog.said import DeedButton
from core.dialog.words import Text, Words, say


def place_words(activity: Activity, place: str) -> Words | None:
    """The lane, court or kind of place; None where a slot is not divided."""
    found = activity.place(place) if place else None
    return found.name.written() if found else None


class Placed(Protocol):
    """A place at a time: a slot, a booking, an entry on a waiting list."""

    @property
    def place(self) -> str: ...

    @property
    def occasion(self) -> str: ...

    @property
    def starts_at(self) -> datetime: ...


def slot_words(activity: Activity, slot: Placed) -> Words:
    """«Τρίτη 1 Δεκεμβρίου, 19:00, Διαδρομή 2», with the film's or group's name where it has one."""
    return _place_and_time("dialog.slot", activity, slot)


def short_slot_words(activity: Activity, slot: Placed) -> Words:
    """«Τρ 1/12 19:00, Διαδρομή 2»."""
    return _place_and_time("dialog.short_slot", activity, slot)


def _place_and_time(key: str, activity: Activity, slot: Placed) -> Text:
    occasion = activity.occasion_name(slot.occasion) if slot.occasion else None
    place = place_words(activity, slot.place)
    form = ("occasion" if occasion else "plain") + ("_place" if place else "")
    params: dict[str, object] = {"when": slot.starts_at}
    if occasion:
        params["occasion"] = occasion.written()
    if place:
        params["place"] = place
    return Text(f"{key}.{form}", params)


def booking_words(key: str, activity: Activity, booking: BookingView) -> Text:
    """A sentence about a booking: `key` has the places activity, slot, party and code."""
    return say(
        key,
        activity=activity.name.written(),
        slot=slot_words(activity, booking),
        party=party_words(booking),
        party_for=party_words(booking, "dialog.party_for"),
        code=booking.code or "",
        n=booking.persons,
    )


def party_words(booking: BookingView | WaitingView, case: str = "dialog.party") -> Words:
    """«εσείς και 3 συνοδοί»: never names. Greek has cases: `dialog.party_for` is said after «για»."""
    if not booking.booker_takes_part:
        return say(f"{case}.others", n=booking.persons)
    if booking.companions == 0:
        return say(f"{case}.you")
    return say(f"{case}.you_and", n=booking.companions)


def usual_words(activity: Activity, usual: SlotView) -> Words:
    """«Ξανά: Τρίτη 19:00, Διαδρομή 2»."""
    return say(
        "dialog.again",
        slot=_place_and_time("dialog.short_slot", activity, usual),
        activity=activity.name.written(),
    )


def short_booking_words(activity: Activity, booking: BookingView) -> Words:
    """For a button."""
    return say(
        "dialog.booking_button",
        slot=_place_and_time("dialog.short_slot", activity, booking),
        activity=activity.name.written(),
    )


def pass_deeds(booking: BookingView) -> tuple[DeedButton, ...]:
    """What can be done with a pass, on buttons that stay valid."""
    subject = str(booking.id)
    deeds = [
        DeedButton(say("dialog.deeds.move"), "move", subject),
        DeedButton(say("dialog.deeds.cancel"), "cancel", subject),
    ]
    if booking.persons > 1:
        deeds.insert(1, DeedButton(say("dialog.deeds.reduce"), "reduce", subject))
    return tuple(deeds)
