"""Where days, hours and lanes come from: the option sources of booking and moving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from core.activities.definition import Activity
from core.bookings import rules
from core.bookings.queries import SlotView
from core.bookings.waiting import last_call, offer_until
from core.conversations.dialogs.questions import SKIP, key_of
from core.conversations.naming import Placed, place_words
from core.conversations.talk import Talk
from core.dialog.definition import Answer
from core.dialog.said import Option
from core.dialog.words import Words, say


@dataclass(frozen=True)
class Choice:
    """What is being chosen: from this activity, for so many units."""

    activity: Activity
    units: int
    answers: Mapping[str, Answer]
    full_too: bool = False
    """What is full is shown as well: one may wait for it."""


async def days(talk: Talk, choice: Choice) -> tuple[Option, ...]:
    """Days with a free place, each with how full it is."""
    found = await talk.house.occupancy.days(choice.activity, talk.speaker.channel)
    return tuple(
        Option(day.day.isoformat(), say("dialog.day_option", when=day.day, per_cent=day.per_cent))
        if day.free >= choice.units
        else Option(day.day.isoformat(), say("waiting.day_option", when=day.day))
        for day in found
        if day.free >= choice.units or choice.full_too
    )


async def times(talk: Talk, choice: Choice) -> tuple[Option, ...]:
    """Hours of the chosen day; without a day question, every slot ahead."""
    together: dict[str, list[SlotView]] = {}
    for slot in await _slots(talk, choice):
        if slot.free >= choice.units or _may_wait(talk, choice, slot):
            together.setdefault(time_value(talk, choice.activity, slot), []).append(slot)
    options = []
    for value, slots in together.items():
        free = sum(slot.free for slot in slots if slot.free >= choice.units)
        label = _time_label(choice.activity, slots[0], free) if free else _full(choice.activity, slots[0])
        options.append(Option(value, label))
    return tuple(options)


async def lanes(talk: Talk, choice: Choice) -> tuple[Option, ...]:
    """Lanes, courts or kinds of place that are free at the chosen hour."""
    options = []
    for slot in await _at_chosen_time(talk, choice):
        name = place_words(choice.activity, slot.place)
        if name is not None and slot.free >= choice.units:
            options.append(
                Option(slot.place, say("dialog.lane_option", place=name, free=slot.free, n=slot.free))
            )
        elif name is not None and _may_wait(talk, choice, slot):
            options.append(Option(slot.place, say("waiting.lane_option", place=name)))
    return tuple(options)


async def pass_over_lane(talk: Talk, choice: Choice, answers: dict[str, Answer]) -> None:
    """Where a slot is one whole there is no lane to ask for, though the activity's other slots have some."""
    lane = key_of(choice.activity, "lane")
    before = [key for kind in ("day", "time") if (key := key_of(choice.activity, kind))]
    if not lane or lane in answers or not all(key in answers for key in before):
        return
    slots = await _at_chosen_time(talk, choice)
    if slots and not any(slot.place for slot in slots):
        answers[lane] = SKIP


async def chosen(talk: Talk, choice: Choice) -> SlotView | None:
    """The slot that the answers mean; None when there is none (closed meanwhile)."""
    lane = key_of(choice.activity, "lane")
    answer = str(choice.answers.get(lane, "")) if lane else ""
    place = "" if answer == SKIP else answer
    fitting = [slot for slot in await _at_chosen_time(talk, choice) if not place or slot.place == place]
    free = [slot for slot in fitting if slot.free >= choice.units]
    return next(iter(free or fitting), None)


async def of_the_hour(talk: Talk, choice: Choice, slot: SlotView) -> list[SlotView]:
    """All slots that begin with this one, as the person saw them."""
    return [each for each in await _slots(talk, choice) if each.starts_at == slot.starts_at]


async def _at_chosen_time(talk: Talk, choice: Choice) -> list[SlotView]:
    key = key_of(choice.activity, "time")
    slots = await _slots(talk, choice)
    if not key:
        return slots
    wanted = str(choice.answers.get(key, ""))
    return [slot for slot in slots if time_value(talk, choice.activity, slot) == wanted]


async def _slots(talk: Talk, choice: Choice) -> list[SlotView]:
    """The slots of the chosen day, or all that are ahead; read once a turn, anew after a decision."""
    key = key_of(choice.activity, "day")
    day = str(choice.answers[key]) if key else ""
    known = talk.slots_read.get((choice.activity.key, day))
    if known is None:
        occupancy, channel = talk.house.occupancy, talk.speaker.channel
        if day:
            known = await occupancy.slots_of(choice.activity, date.fromisoformat(day), channel)
        else:
            known = await occupancy.ahead(choice.activity, channel)
        talk.slots_read[choice.activity.key, day] = known
    return known


def time_value(talk: Talk, activity: Activity, slot: SlotView) -> str:
    """The answer that means this slot's time: the hour of the chosen day, else day, hour and which film or group."""
    return time_answer(activity, slot, talk.house.settings.zone)


def time_answer(activity: Activity, slot: Placed, zone: ZoneInfo) -> str:
    local = slot.starts_at.astimezone(zone)
    return f"{local:%H:%M}" if key_of(activity, "day") else f"{local:%Y-%m-%dT%H:%M} {slot.occasion}".rstrip()


def _may_wait(talk: Talk, choice: Choice, slot: SlotView) -> bool:
    """Whether a slot without room for them has a list that they could join now."""
    if not choice.full_too or slot.state != "open" or choice.units > slot.capacity:
        return False
    activity = choice.activity
    opens = rules.opens_at(activity, slot.starts_at)
    end = last_call(activity, slot.starts_at)
    return (opens is None or opens <= talk.now) and offer_until(
        talk.now, end, talk.house.settings.zone
    ) is not None


def _full(activity: Activity, slot: SlotView) -> Words:
    occasion = activity.occasion_name(slot.occasion) if slot.occasion else None
    if occasion:
        return say("waiting.occasion_option", when=slot.starts_at, occasion=occasion.written())
    key = "waiting.time_option" if key_of(activity, "day") else "waiting.day_time_option"
    return say(key, when=slot.starts_at)


def _time_label(activity: Activity, slot: SlotView, free: int) -> Words:
    occasion = activity.occasion_name(slot.occasion) if slot.occasion else None
    key = "dialog.time_option." + ("occasion" if occasion else "plain" if key_of(activity, "day") else "day")
    name: dict[str, object] = {"occasion": occasion.written()} if occasion else {}
    return say(key, when=slot.starts_at, free=free, **name)
