"""What keys mean, and what they never do: twice, late, unsigned."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from sqlalchemy import func, select, update

from core.activities.model import activities, slots
from core.bookings.model import bookings
from core.conversations.model import conversations
from core.people.model import verifications
from tests.telephone.caller import Caller, Exchange
from webhooks.telephone.routes import BEGIN, INCOMING
from webhooks.telephone.say import DIALOG


async def count(exchange: Exchange, table: object, *where: object) -> int:
    query = select(func.count()).select_from(table).where(*where)  # type: ignore[arg-type]
    async with exchange.town.side.house.database.reading() as connection:
        return int(await connection.scalar(query) or 0)


async def at_the_lane(caller: Caller) -> None:
    await caller.ring()
    for label in ("Κλειστό", "Παρασκευή 4", "επτά το απόγευμα"):
        await caller.press(label)


async def test_the_call_says_first_what_answers_and_a_persons_telephone(exchange: Exchange) -> None:
    caller = exchange.caller()
    caller.sid = "CA1"
    await caller.fetch(INCOMING)
    assert "Είμαι αυτόματος τηλεφωνητής" in caller.said[0]
    assert "καλέστε 2 1 0, 0 0 0, 0 0 0, 0." in caller.said[0]
    assert caller.said[-1] == "For English, press 2."
    voices = {say.get("language") for say in ElementTree.fromstring(caller.document).iter("Say")}
    assert voices == {"el-GR", "en-GB"}


async def test_silence_at_the_greeting_means_greek(exchange: Exchange) -> None:
    caller = exchange.caller()
    caller.sid = "CA1"
    await caller.fetch(INCOMING)
    [redirect] = ElementTree.fromstring(caller.document).iter("Redirect")
    assert redirect.text == BEGIN
    await caller.fetch(BEGIN)
    assert "Τι θα θέλατε να κάνετε;" in caller.said


async def test_a_call_in_english_is_english_to_its_end(exchange: Exchange) -> None:
    caller = exchange.caller(language="en")
    await caller.ring()
    await caller.press("Indoor")
    assert "Which day?" in caller.said[0]
    await caller.press("Friday 4")
    await caller.press("seven p.m.")
    await caller.press("Lane 2")
    await caller.press("1 person")
    assert "please hang up now" in caller.heard()
    await caller.pick_up()
    assert "Before you register" in caller.heard()
    assert not re.search("[α-ω]", caller.heard())


@pytest.mark.parametrize(
    "path", [INCOMING, BEGIN, DIALOG, "/twilio/voice/back/x", "/twilio/voice/back/x/answer"]
)
async def test_nothing_unsigned_is_believed(exchange: Exchange, path: str) -> None:
    caller = exchange.caller()
    caller.sid = "CA1"
    status, _ = await exchange.post(path, caller.fields, token="another")
    assert status == 403
    assert await count(exchange, conversations) == 0


async def test_no_address_says_who_calls_or_what_was_chosen(exchange: Exchange) -> None:
    caller = exchange.caller()
    await at_the_lane(caller)
    assert re.fullmatch(r"/twilio/voice/dialog\?offer=[0-9a-f]{12}&turn=\d+&level=0&silent=0", caller.action)


async def test_a_key_that_comes_twice_has_one_effect(exchange: Exchange) -> None:
    caller = exchange.caller()
    await at_the_lane(caller)
    asked = caller.action
    await caller.press("Διαδρομή 2")
    first = caller.said
    await caller.fetch(asked, Digits="2")  # the provider had no answer in time
    assert caller.said == first
    await caller.press("2 άτομα")
    assert await count(exchange, bookings) == 1
    await caller.fetch(asked, Digits="3")  # and a late one at a question long past
    assert "κλείστε τώρα" in caller.heard()
    assert await count(exchange, bookings) == 1
    assert await count(exchange, verifications) == 1


async def test_a_key_means_what_was_heard_though_a_place_was_taken_meanwhile(exchange: Exchange) -> None:
    caller, later = exchange.caller(), exchange.caller("+306971234560")
    await at_the_lane(caller)
    house = exchange.town.side.house
    async with house.database.writing() as connection:
        lane_1 = (
            slots.c.place == "lane-1",
            slots.c.activity_id
            == select(activities.c.id).where(activities.c.key == "pool").scalar_subquery(),
        )
        await connection.execute(update(slots).where(*lane_1).values(taken=slots.c.capacity))
    await at_the_lane(later)
    assert "λίστα αναμονής" in later.options[0][0]
    await caller.keys("*")
    assert caller.options[1][0].startswith("Διαδρομή 2")
    await caller.keys("2")
    await caller.press("1 άτομο")
    assert "Διαδρομή 2" in caller.heard()


async def test_more_than_nine_options_are_read_in_levels_and_zero_goes_up_again(exchange: Exchange) -> None:
    caller = exchange.caller()
    await caller.ring()
    await caller.press("Κλειστό")
    first = caller.options
    assert [key for _, key in first] == list("123456789")
    assert first[-1][0] == "Για περισσότερα"
    await caller.keys("9")
    second = caller.options
    assert not {label for label, _ in second[:-1]} & {label for label, _ in first}
    assert "level=1" in caller.action
    await caller.keys("*")
    assert caller.options == second
    await caller.keys("0")
    assert caller.options == first
    await caller.keys("0")
    assert "Τι θα θέλατε να κάνετε;" in caller.said


async def test_a_key_that_was_not_offered_changes_nothing(exchange: Exchange) -> None:
    caller = exchange.caller()
    await at_the_lane(caller)
    for key in ("8", "#"):
        before = caller.said
        await caller.keys(key)
        assert caller.said[0] == "Αυτό το πλήκτρο δεν αντιστοιχεί σε επιλογή. Τα λέω ξανά."
        assert set(before) - {caller.said[0]} <= set(caller.said)


async def test_silence_is_met_once_kindly_and_then_ends_the_call(exchange: Exchange) -> None:
    caller = exchange.caller()
    await at_the_lane(caller)
    await caller.silence()
    assert caller.said[0] == "Δεν άκουσα κάτι. Τα λέω ξανά."
    assert "Ποια διαδρομή προτιμάτε;" in caller.said
    await caller.silence()
    assert caller.hung_up
    assert "Ό,τι είχατε ήδη κλείσει, ισχύει" in caller.heard()
    assert "2 1 0, 0 0 0" in caller.heard()
    await caller.fetch(f"{DIALOG}?offer=x&turn=1", Digits="1")
    assert caller.heard().startswith("Αυτή η κλήση έχει τελειώσει")


async def test_silence_in_the_call_back_frees_the_place_and_says_so(exchange: Exchange) -> None:
    caller = exchange.caller()
    await at_the_lane(caller)
    await caller.press("Διαδρομή 2")
    await caller.press("1 άτομο")
    await caller.pick_up()
    await caller.silence()
    await caller.silence()
    assert "Δεν έγινε κράτηση και η θέση είναι ξανά ελεύθερη" in caller.heard()
    assert await count(exchange, bookings, bookings.c.state == "held") == 0


async def test_a_key_after_silence_counts(exchange: Exchange) -> None:
    caller = exchange.caller()
    await at_the_lane(caller)
    await caller.silence()
    await caller.press("Διαδρομή 3")
    assert "Πόσοι θα κολυμπήσετε" in caller.said[0]
    await caller.silence()
    assert not caller.hung_up


async def test_an_activity_that_was_withdrawn_meanwhile_is_no_fault(exchange: Exchange) -> None:
    caller = exchange.caller()
    await caller.ring()
    async with exchange.town.side.house.database.writing() as connection:
        await connection.execute(
            update(activities).where(activities.c.key == "pool").values(state="archived")
        )
    await caller.press("Κλειστό")
    assert "Τι θα θέλατε να κάνετε;" in caller.said


async def test_nothing_that_is_said_has_signs_that_cannot_be_heard(exchange: Exchange) -> None:
    caller = exchange.caller()
    await at_the_lane(caller)
    heard = [caller.heard()]
    await caller.press("Διαδρομή 2")
    await caller.press("2 άτομα")
    heard.append(caller.heard())
    await caller.pick_up()
    for key in ("1", "1", "1", "#"):
        await caller.keys(key)
        heard.append(caller.heard())
    assert not re.search(r"[()·/•%\[\]…]|\d:\d", "\n".join(heard))
