"""Pictures of the conversation: how full it is, and passes. The same figures as the buttons and the tables."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

from core.activities.definition import Activity
from core.bookings.queries import SlotView
from core.bookings.views import BookingView
from core.conversations.naming import place_words
from core.conversations.reply import Drawn, PassFiles
from core.conversations.talk import Talk
from core.dialog.said import Picture
from core.dialog.words import say
from core.errors import Refused
from core.passes.calendar import calendar_file
from core.passes.code import spaced
from core.ports import OccupancyCell, OccupancyGrid, PassCard

_WEEK = 7


async def draw(talk: Talk, picture: Picture) -> Drawn:
    """Raises `Refused` for an unknown activity, day or pass."""
    if picture.kind == "pass":
        booking = await _own(talk, picture.subject)
        card = await _card(talk, booking)
        png = await asyncio.to_thread(talk.house.painter.pass_card, card)
        return Drawn(png, _version(card))
    activity = await talk.house.activities.get(picture.subject)
    if picture.kind == "week":
        grid = await _week(talk, activity)
    else:
        grid = await _day(talk, activity, _day_of(picture))
    png = await asyncio.to_thread(talk.house.painter.occupancy, grid)
    return Drawn(png, _version(grid), grid)


async def pass_files(talk: Talk, booking_id: int) -> PassFiles:
    """Raises `Refused` for somebody else's pass."""
    booking = await _own(talk, str(booking_id))
    card = await _card(talk, booking)
    activity = await talk.house.activities.get(booking.activity, booking.revision)
    texts, language = talk.house.texts, talk.language
    ics = calendar_file(
        uid=f"{booking.id}@paso",
        title=texts.say(activity.name.written(), language),
        place=f"{texts.say(activity.venue.name.written(), language)}, "
        f"{texts.say(activity.venue.address.written(), language)}",
        times=booking.sessions or ((booking.starts_at, booking.ends_at),),
        description=texts.say(say("passes.calendar_words", code=booking.code), language),
        now=talk.now,
    )
    paint = talk.house.painter
    png, pdf = await asyncio.to_thread(lambda: (paint.pass_card(card), paint.pass_sheet(card)))
    return PassFiles(png, pdf, ics, booking.code or "")


async def _own(talk: Talk, subject: str) -> BookingView:
    booking = None
    if subject.isascii() and subject.isdigit() and len(subject) < 20:
        if talk.citizen_id is not None:
            booking = await talk.house.bookings.one(talk.citizen_id, int(subject))
        if booking is None and talk.speaker.channel == "desk":
            booking = await talk.house.bookings.provisional(talk.key, int(subject))
    if booking is None or booking.code is None:
        raise Refused("passes.unknown")
    return booking


async def _card(talk: Talk, booking: BookingView) -> PassCard:
    house, language = talk.house, talk.language
    activity = await house.activities.get(booking.activity, booking.revision)
    texts, until = house.texts, booking.provisional_until
    lines = [
        texts.say(say("passes.day", when=booking.starts_at), language),
        texts.say(say("passes.hours", start=booking.starts_at, end=booking.ends_at), language),
    ]
    occasion = activity.occasion_name(booking.occasion) if booking.occasion else None
    if occasion is not None:
        lines.insert(0, texts.say(occasion.written(), language))
    place = place_words(activity, booking.place)
    if place is not None:
        lines.append(texts.say(place, language))
    lines.append(texts.say(activity.venue.name.written(), language))
    return PassCard(
        title=texts.say(activity.name.written(), language),
        lines=tuple(lines),
        persons=texts.say(say("passes.persons", n=booking.persons), language),
        code=spaced(booking.code or ""),
        token=await house.passes.token(booking.id),
        advice=texts.say(say("passes.advice" if until is None else "desk.provisional.advice"), language),
        mark="" if until is None else texts.say(say("desk.provisional.mark", until=until), language),
    )


def _day_of(picture: Picture) -> date:
    try:
        return date.fromisoformat(picture.params.get("day", ""))
    except ValueError:
        raise Refused("passes.unknown") from None


async def _day(talk: Talk, activity: Activity, day: date) -> OccupancyGrid:
    texts, language, zone = talk.house.texts, talk.language, talk.house.settings.zone
    slots = [
        slot
        for slot in await talk.house.occupancy.slots_of(activity, day, talk.speaker.channel)
        if slot.starts_at > talk.now
    ]
    places = [place.key for place in activity.facility.individual_facilities]
    used = {slot.place for slot in slots}
    columns = [key for key in places if key in used] or [""]
    by_hour: dict[str, dict[str, SlotView]] = {}
    for slot in slots:
        by_hour.setdefault(f"{slot.starts_at.astimezone(zone):%H:%M}", {})[slot.place] = slot
    return OccupancyGrid(
        title=texts.say(say("passes.occupancy.day", activity=activity.name.written(), when=day), language),
        columns=[
            activity.short_name(key) if key else texts.say("passes.occupancy.places", language)
            for key in columns
        ],
        rows=[
            (hour, [_cell([found[key]] if key in found else []) for key in columns])
            for hour, found in by_hour.items()
        ],
        legend=_legend(talk),
    )


async def _week(talk: Talk, activity: Activity) -> OccupancyGrid:
    texts, language, zone = talk.house.texts, talk.language, talk.house.settings.zone
    first, now = talk.moment.today, f"{talk.moment.now:%H:%M}"
    days = [first + timedelta(days=n) for n in range(_WEEK)]
    cells: dict[str, dict[date, list[SlotView]]] = {}
    for slot in await talk.house.occupancy.ahead(activity, talk.speaker.channel):
        local = slot.starts_at.astimezone(zone)
        if local.date() <= days[-1]:
            cells.setdefault(f"{local:%H:%M}", {}).setdefault(local.date(), []).append(slot)
    return OccupancyGrid(
        title=texts.say(say("passes.occupancy.week", activity=activity.name.written()), language),
        columns=[texts.say(say("passes.occupancy.column", when=day), language) for day in days],
        rows=[
            (hour, [_cell(cells[hour].get(day, []), past=day == first and hour <= now) for day in days])
            for hour in sorted(cells)
        ],
        legend=_legend(talk),
    )


def _cell(slots: Sequence[SlotView], *, past: bool = False) -> OccupancyCell:
    if past and not slots:
        return OccupancyCell(0, 0, "past")
    taken = sum(slot.taken for slot in slots if slot.state == "open")
    free = sum(slot.free for slot in slots)
    # Out of what this channel may book, as the buttons have it: shares kept for the desk are not shown as free.
    capacity = taken + free
    state = "closed" if capacity == 0 else "open" if free else "full"
    return OccupancyCell(taken, capacity, state)


def _legend(talk: Talk) -> list[tuple[str, str]]:
    return [
        (state, talk.house.texts.say(f"passes.occupancy.{state}", talk.language))
        for state in ("open", "full", "closed")
    ]


def _version(drawn: PassCard | OccupancyGrid) -> str:
    return hashlib.sha256(repr(drawn).encode()).hexdigest()[:24]
