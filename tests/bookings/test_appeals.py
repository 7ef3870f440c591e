"""Whoever is refused by a rule hears which rule, and where it can be appealed against."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.bookings.decisions import RefusedPlace
from core.dialog.words import Text
from core.errors import Refused
from core.messages.texts import Texts
from tests.bookings.hours import at
from tests.makers import Town

TEXTS = Texts(ZoneInfo("Europe/Athens"))
DESK = "+302999012345"
HOURS = {"calendar__rules__0__starts": ["10:00", "12:00"]}
Try = Callable[[Town], Awaitable[Any]]


async def two(town: Town, rules: dict[str, Any], then: tuple[int, int] = (3, 12)) -> Any:
    """Who has the 3rd at ten asks for another hour."""
    await town.make_activity(**HOURS, rules=rules)
    citizen = await town.make_citizen()
    await town.make_booking(await town.slot_at(at(3, 10)), citizen)
    return await town.hold(await town.slot_at(at(*then)), citizen)


async def stranger(town: Town) -> Any:
    await town.make_activity(rules={"residents_only": True})
    return await town.hold(await town.slot_at(at(3, 10)), await town.make_citizen(resident=False))


async def elsewhere(town: Town) -> Any:
    """Who has the hall at ten wants to be next door at half past."""
    await town.make_activity()
    citizen = await town.make_citizen()
    await town.make_booking(await town.slot_at(at(3, 10)), citizen)
    await town.make_activity(key="gym", calendar__rules__0__starts=["10:30"])
    return await town.hold(await town.slot_at(at(3, 10, 30)), citizen, activity="gym")


async def late(town: Town, deed: str) -> Any:
    """After every deadline."""
    rules = {"cancel_minutes_before": 60, "move_minutes_before": 60}
    await town.make_activity(**HOURS, rules=rules)
    citizen = await town.make_citizen()
    booking = await town.make_booking(await town.slot_at(at(3, 10)), citizen, persons=2)
    town.clock.at = at(3, 9, 30)
    if deed == "move":
        return await town.move(booking, citizen, await town.slot_at(at(3, 12)))
    if deed == "reduce":
        return await town.reduce(booking, citizen, 1)
    try:
        await town.cancel(booking, citizen)
    except Refused as why:
        return RefusedPlace(why)
    raise AssertionError("cancelled after the deadline")


async def party(town: Town, persons: int) -> Any:
    await town.make_activity(people={"party": {"min": 2, "max": 3}})
    return await town.hold(await town.slot_at(at(3, 10)), await town.make_citizen(), persons=persons)


async def asked_at(town: Town, rules: dict[str, Any], before: timedelta) -> Any:
    await town.make_activity(rules=rules)
    town.clock.at = at(3, 10) - before
    return await town.hold(await town.slot_at(at(3, 10)), await town.make_citizen())


async def aged(town: Town) -> Any:
    await town.make_activity(
        people={"booker_takes_part": "no", "participant_age": {"min": 6, "max": 12, "step": "year"}},
        steps=[
            {"key": "day", "kind": "day"},
            {"key": "time", "kind": "time"},
            {"key": "year", "kind": "number", "prompt": {"el": "Έτος;", "en": "Year?"}},
        ],
    )
    citizen = await town.make_citizen()
    held: Any = await town.hold(await town.slot_at(at(3, 10)), citizen)
    return await town.confirm(held.booking_id, citizen, answers={"year": 1990})


REFUSALS: dict[str, Try] = {
    "bookings.limit_day": lambda town: two(town, {"limits": {"per_day": 1}}),
    "bookings.limit_week": lambda town: two(town, {"limits": {"per_week": 1}}, (4, 10)),
    "bookings.limit_term": lambda town: two(town, {"limits": {"per_term": 1}}, (12, 10)),
    "bookings.residents_only": stranger,
    "bookings.overlap": elsewhere,
    "bookings.party_too_small": lambda town: party(town, 1),
    "bookings.party_too_large": lambda town: party(town, 4),
    "bookings.age": aged,
    "bookings.not_open_yet": lambda town: asked_at(town, {"opens_days_before": 1}, timedelta(days=2)),
    "bookings.closed_for_booking": lambda town: asked_at(
        town, {"closes_minutes_before": 60}, timedelta(minutes=30)
    ),
    "bookings.move_too_late": lambda town: late(town, "move"),
    "bookings.reduce_too_late": lambda town: late(town, "reduce"),
    "bookings.cancel_too_late": lambda town: late(town, "cancel"),
}


@pytest.mark.parametrize("code", REFUSALS)
async def test_a_refusal_names_its_rule_and_the_desk(town: Town, code: str) -> None:
    refused = await REFUSALS[code](town)
    assert isinstance(refused, RefusedPlace)
    assert refused.reason.code == code
    for language, words in (("el", "μιλήστε με: Desk"), ("en", "speak to: Desk")):
        sentence = TEXTS.say(Text(refused.reason.text_key, refused.reason.params), language)
        assert sentence.endswith(f"{words}, {DESK}.")
