"""Who calls is known only once they were called back: what a forged number brings about, and what it does not."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.bookings.model import bookings
from core.conversations.model import conversations
from core.people.model import addresses, citizens, verifications
from tests.conversations.core_person import CorePerson
from tests.telephone.caller import LANDLINE, MOBILE, TOWN, Caller, Exchange, open_exchange
from tests.telephone.test_keys import count
from tests.whole.people import book_lane
from webhooks.telephone.routes import BEGIN, INCOMING
from webhooks.telephone.say import DIALOG


async def to_a_held_place(caller: Caller, lane: str = "Διαδρομή 2") -> None:
    await caller.ring()
    for label in ("Κλειστό", "Παρασκευή 4", "επτά το απόγευμα", lane, "1 άτομο"):
        await caller.press(label)
    assert caller.hung_up


async def book(caller: Caller) -> str:
    """The code of the pass."""
    await to_a_held_place(caller)
    await caller.pick_up()
    await caller.press("Ναι, συνεχίζω")
    await caller.press("Ναι")
    await caller.press("Όχι")
    await caller.keys("#")
    return caller.code


@pytest.mark.parametrize("number", [LANDLINE, MOBILE])
async def test_a_place_is_booked_from_ring_to_spoken_pass(exchange: Exchange, number: str) -> None:
    caller = exchange.caller(number)
    code = await book(caller)
    house = exchange.town.side.house
    async with house.database.reading() as connection:
        booking = (await connection.execute(select(bookings))).one()
    assert (booking.channel, booking.state) == ("phone", "confirmed")
    view = await house.bookings.one(booking.citizen_id, booking.id)
    assert view is not None
    assert view.code == code
    assert await count(exchange, citizens) == 1
    assert exchange.line.rung[0][0] == number


async def test_who_is_known_is_recognised_and_asked_nothing_again(exchange: Exchange) -> None:
    person = CorePerson(exchange.town, channel="web")  # type: ignore[arg-type]
    await book_lane(person, exchange.town, LANDLINE.removeprefix("+30"))
    exchange.town.clock.move(minutes=5)  # type: ignore[attr-defined]
    caller = exchange.caller()
    await to_a_held_place(caller)
    await caller.pick_up()
    assert "Καλώς ήρθατε ξανά." in caller.said
    assert any("Να επιβεβαιώσουμε" in said for said in caller.said)
    await caller.keys("1")
    assert caller.code
    assert await count(exchange, citizens) == 1


async def test_who_is_known_is_spoken_to_in_their_own_language(exchange: Exchange) -> None:
    english = exchange.caller(language="en")
    await english.ring()
    for label in ("Indoor", "Friday 4", "seven p.m.", "Lane 2", "1 person"):
        await english.press(label)
    await english.pick_up()
    for key in ("1", "1", "2", "#"):
        await english.keys(key)
    assert english.code
    exchange.town.clock.move(minutes=20)  # type: ignore[attr-defined]
    again = exchange.caller()  # who says nothing at the greeting hears Greek, until we know them
    await again.ring()
    await again.press("Οι κρατήσεις μου")
    await again.pick_up()
    assert "Which booking?" in again.said


async def test_a_forged_number_shows_nothing_and_makes_one_telephone_ring(exchange: Exchange) -> None:
    owner = exchange.caller()
    await book(owner)
    exchange.town.clock.move(minutes=20)  # type: ignore[attr-defined]
    forger = exchange.caller()  # the same number, from another telephone
    await forger.ring()
    heard = forger.heard()
    await forger.press("Οι κρατήσεις μου")
    heard += forger.heard()
    assert forger.hung_up
    asked = f"{DIALOG}?offer=x&turn=1&level=0&silent=0"
    for _ in range(5):
        await forger.fetch(asked, Digits="1")
        heard += forger.heard()
    assert "Παρασκευή 4" not in heard
    assert "Διαδρομή" not in heard
    assert "Το πάσο μου" not in heard
    assert await count(exchange, verifications, verifications.c.state == "pending") == 1
    sid = forger.sid
    await owner.pick_up()  # and the owner presses 1, out of curiosity
    assert any("Παρασκευή 4" in said for said in owner.said)
    forger.sid, forger._outgoing = sid, False
    await forger.fetch(asked, Digits="1")
    assert forger.heard().startswith("Αυτή η κλήση έχει τελειώσει")
    await forger.fetch(BEGIN)
    assert "Το πάσο μου" not in forger.heard()


async def test_who_did_not_call_hangs_up_and_nothing_happens(exchange: Exchange) -> None:
    caller = exchange.caller()
    await to_a_held_place(caller)
    await caller.pick_up("2")
    assert "Δεν πατήθηκε το 1" in caller.heard()
    assert await count(exchange, citizens) == 0
    assert await count(exchange, bookings, bookings.c.state == "confirmed") == 0


async def test_an_answering_machine_learns_nothing(exchange: Exchange) -> None:
    caller = exchange.caller()
    await to_a_held_place(caller)
    exchange.town.clock.move(seconds=10)  # type: ignore[attr-defined]
    await exchange.deliver()
    caller._begin_call(outgoing=True)
    await caller.fetch(exchange.line.rung[-1][1])
    assert "Παρασκευή" not in caller.heard()
    assert "κολυμβητήριο" not in caller.heard()
    assert caller.said[-1].startswith("Δεν πατήθηκε το 1")


async def test_the_key_counts_once_and_only_for_the_number_that_was_called(exchange: Exchange) -> None:
    caller = exchange.caller()
    await to_a_held_place(caller)
    exchange.town.clock.move(seconds=10)  # type: ignore[attr-defined]
    await exchange.deliver()
    path = exchange.line.rung[-1][1].partition("?")[0] + "/answer?language=el"
    stranger = exchange.caller("+302109999999")
    stranger._begin_call(outgoing=True)
    await stranger.fetch(path, Digits="1")
    assert stranger.hung_up
    caller._begin_call(outgoing=True)
    await caller.fetch(path, Digits="1")
    said = caller.said
    await caller.fetch(path, Digits="1")  # repeated by the provider
    assert caller.said == said
    another = exchange.caller()
    another._begin_call(outgoing=True)
    await another.fetch(path, Digits="1")
    assert "δεν περιμένει πια απάντηση" in another.heard()


async def test_a_call_back_is_worth_nothing_after_ten_minutes(exchange: Exchange) -> None:
    caller = exchange.caller()
    await to_a_held_place(caller)
    exchange.town.clock.move(seconds=10)  # type: ignore[attr-defined]
    await exchange.deliver()
    exchange.town.clock.move(minutes=10)  # type: ignore[attr-defined]
    caller._begin_call(outgoing=True)
    await caller.fetch(exchange.line.rung[-1][1])
    assert "δεν περιμένει πια απάντηση" in caller.heard()


async def test_a_number_is_called_back_as_often_as_it_is_sent_codes(exchange: Exchange) -> None:
    for _ in range(3):
        await to_a_held_place(exchange.caller())
        exchange.town.clock.move(seconds=61)  # type: ignore[attr-defined]
    caller = exchange.caller()
    await caller.ring()
    await caller.press("Οι κρατήσεις μου")
    assert "Σας έχουμε ήδη καλέσει τρεις φορές" in caller.said[0]
    assert not caller.hung_up
    async with exchange.town.side.house.database.reading() as connection:
        sent: list[datetime] = list((await connection.scalars(select(verifications.c.sent_at))).all())
    assert len(sent) == 3


async def test_a_refusal_frees_the_place(exchange: Exchange) -> None:
    await to_a_held_place(exchange.caller())
    caller = exchange.caller()
    await caller.ring()
    for label in ("Κλειστό", "Παρασκευή 4", "επτά το απόγευμα", "Διαδρομή 3", "1 άτομο"):
        await caller.press(label)
    assert any("Μόλις σας καλέσαμε" in said for said in caller.said)
    assert await count(exchange, bookings, bookings.c.state == "held") == 1


@pytest.mark.parametrize("number", ["", "anonymous", "+266696687", "+491701234567", "+309011234567", TOWN])
async def test_a_number_that_we_do_not_call_is_sent_to_the_desk(exchange: Exchange, number: str) -> None:
    caller = exchange.caller(number)
    await caller.ring()
    for label in ("Κλειστό", "Παρασκευή 4", "επτά το απόγευμα", "Διαδρομή 2", "1 άτομο"):
        await caller.press(label)
    assert "δεν μπορούμε να τον καλέσουμε" in caller.heard()
    assert "2 1 0, 0 0 0" in caller.heard()
    assert await count(exchange, verifications) == 0
    assert await count(exchange, bookings, bookings.c.state == "held") == 0


async def test_my_bookings_of_a_number_that_is_nobodys(exchange: Exchange) -> None:
    caller = exchange.caller()
    await caller.ring()
    await caller.press("Οι κρατήσεις μου")
    await caller.pick_up()
    assert "Με αυτόν τον αριθμό δεν υπάρχει εγγραφή" in caller.heard()
    assert await count(exchange, citizens) == 0
    await caller.press("Κλειστό")  # and may go on in the same call, without another
    for label in ("Παρασκευή 4", "επτά το απόγευμα", "Διαδρομή 2", "1 άτομο"):
        await caller.press(label)
    assert "ακούστε τι κρατάμε" in caller.heard()
    assert len(exchange.line.rung) == 1
    await caller.keys("0")
    assert not caller.hung_up


async def test_no_number_and_no_name_is_kept_in_the_clear(exchange: Exchange) -> None:
    caller = exchange.caller()
    await book(caller)
    digits = LANDLINE.removeprefix("+30").encode()
    async with exchange.town.side.house.database.reading() as connection:
        for table in (conversations, verifications, addresses, citizens):
            for row in (await connection.execute(select(table))).all():
                for value in row:
                    assert digits not in (value if isinstance(value, bytes) else str(value).encode())


async def test_the_greeting_begins_no_conversation(exchange: Exchange) -> None:
    caller = exchange.caller()
    caller.sid = "CA1"
    await caller.fetch(INCOMING)
    assert await count(exchange, conversations) == 0


async def test_a_code_sent_elsewhere_counts_and_so_does_a_call_for_it(exchange: Exchange) -> None:
    person = CorePerson(exchange.town, channel="web")  # type: ignore[arg-type]
    await book_lane(person, exchange.town, LANDLINE.removeprefix("+30"))
    caller = exchange.caller()
    await caller.ring()
    await caller.press("Οι κρατήσεις μου")
    assert any("Μόλις σας καλέσαμε" in said for said in caller.said)
    assert await count(exchange, verifications) == 1


async def test_the_share_of_the_day_for_strangers_holds_for_calls_too(tmp_path: Path) -> None:
    async with open_exchange(tmp_path, "pool", codes_per_day=5) as exchange:
        await book(exchange.caller())
        exchange.town.clock.move(minutes=20)  # type: ignore[attr-defined]
        for n in range(3):
            await to_a_held_place(exchange.caller(f"+30210999999{n}"))
        stranger = exchange.caller("+302109999999")
        await to_a_held_place(stranger)
        assert any("Αυτή την ώρα καλούμε μόνο αριθμούς" in said for said in stranger.said)
        exchange.town.clock.move(seconds=10)  # type: ignore[attr-defined]
        await exchange.deliver()
        await exchange.deliver()
        assert stranger.number not in [number for number, _ in exchange.line.rung]
        known = exchange.caller()
        await known.ring()
        await known.press("Οι κρατήσεις μου")
        await known.pick_up()
        assert any("Παρασκευή 4" in said or "Διαδρομή 2" in said for said in known.said)


async def test_two_keys_at_the_same_instant_move_the_conversation_once(exchange: Exchange) -> None:
    caller = exchange.caller()
    await to_a_held_place(caller)
    exchange.town.clock.move(seconds=10)  # type: ignore[attr-defined]
    await exchange.deliver()
    path = exchange.line.rung[-1][1].partition("?")[0] + "/answer?language=el"
    caller._begin_call(outgoing=True)
    fields = {**caller.fields, "Digits": "1"}
    answers = await asyncio.gather(*(exchange.post(path, fields) for _ in range(4)))
    assert {status for status, _ in answers} == {200}
    assert len({document for _, document in answers}) == 1
    assert await count(exchange, conversations) == 1
    assert await count(exchange, verifications, verifications.c.state == "used") == 1


async def test_a_hold_that_ran_out_meanwhile_is_had_again(exchange: Exchange) -> None:
    caller = exchange.caller()
    await to_a_held_place(caller)
    exchange.town.clock.move(minutes=6)  # type: ignore[attr-defined]
    await caller.pick_up()
    for key in ("1", "1", "2"):
        await caller.keys(key)
    assert any("Διαδρομή 2" in said for said in caller.said)
    await caller.keys("#")
    assert caller.code


async def test_on_postgresql_as_well(postgres_database: Any, tmp_path: Path) -> None:
    await postgres_database.empty()
    async with open_exchange(tmp_path, "pool", database_url=str(postgres_database.address)) as exchange:
        await book(exchange.caller())
        assert await count(exchange, bookings, bookings.c.channel == "phone") == 1
