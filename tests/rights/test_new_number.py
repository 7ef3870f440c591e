"""Another number: both are proved, the worker gives it, and nobody else's changes."""

from __future__ import annotations

import json

from sqlalchemy import update

from core.conversations.model import conversations
from core.messages.model import outbox
from core.people.model import addresses, citizens
from tests.conversations.core_person import CorePerson
from tests.rights.office import LANDLINE, MOBILE, Office, book_tennis

NEW = "6931112233"


async def change(office: Office, person: CorePerson, old: str = MOBILE, new: str = NEW) -> None:
    await person.command("account")
    await person.press("Αλλαγή τηλεφώνου")
    await office.prove(person, old)
    await office.prove(person, new)


async def test_the_old_number_is_gone_as_the_new_one_is_there(office: Office) -> None:
    maria, other = office.person(), office.person("web", "other")
    citizen = await office.register(maria)
    await office.register(other, LANDLINE, "Άλλος Κάποιος")
    await change(office, maria)
    assert "σε λίγα δευτερόλεπτα" in maria.heard()
    assert await office.house.people.citizen_of_number(f"+30{MOBILE}") == citizen, "not before the worker"
    await office.deliver()
    assert await office.house.people.citizen_of_number(f"+30{NEW}") == citizen
    assert await office.house.people.citizen_of_number(f"+30{MOBILE}") is None
    rows = await office.rows(addresses, addresses.c.citizen_id == citizen)
    held = [json.loads(office.opener.open("addresses", row.id, row.box)) for row in rows]
    assert MOBILE not in json.dumps(held)
    assert {each["to"] for each in held} == {f"+30{NEW}", "555"}
    assert [each.to for each in office.texts.sent if "άλλαξε" in each.text] == [f"+30{NEW}"]
    assert await office.happened("number_changed") == 1
    assert {"why": "new_number", "boxes": 2} in await office.noted("opened")
    assert await office.count(conversations, conversations.c.citizen_id.is_not(None)) == 2, (
        "all sessions live on"
    )
    await maria.command("my_data")
    await office.deliver()
    assert f"+30{NEW}" in office.chats.files[-1].part("paso.json"), "the chat is theirs still"


async def test_a_mobile_becomes_a_landline(office: Office) -> None:
    maria = office.person()
    citizen = await office.register(maria)
    await change(office, maria, new=LANDLINE)
    await office.deliver()
    known = await office.house.people.citizen(citizen)
    assert known is not None
    assert known.number_kind == "landline"
    assert office.calls.sent[-1].to == f"+30{LANDLINE}"


async def test_a_number_that_is_somebody_elses_is_refused_kindly(office: Office) -> None:
    maria = office.person()
    await office.register(office.person("web", "other"), NEW, "Άλλος Κάποιος")
    citizen = await office.register(maria)
    await change(office, maria)
    assert "κάποιος άλλος" in maria.heard()
    await office.deliver()
    assert await office.house.people.citizen_of_number(f"+30{MOBILE}") == citizen
    assert await office.happened("number_changed") == 0


async def test_a_number_that_somebody_registers_meanwhile_stays_theirs(office: Office) -> None:
    maria, other = office.person(), office.person("web", "other")
    citizen = await office.register(maria)
    await change(office, maria)
    other_citizen = await office.register(other, NEW, "Άλλος Κάποιος")
    office.clock.move(minutes=-5)
    await office.deliver()
    assert await office.house.people.citizen_of_number(f"+30{NEW}") == other_citizen
    assert await office.house.people.citizen_of_number(f"+30{MOBILE}") == citizen
    assert [each.to for each in office.texts.sent if "δεν έγινε" in each.text] == [f"+30{MOBILE}"]


async def test_a_number_unused_for_a_year_may_be_taken_over(office: Office) -> None:
    before = await office.register(office.person("web", "other"), NEW, "Άλλος Κάποιος")
    office.clock.move(days=366)
    maria = office.person()
    citizen = await office.register(maria)
    await change(office, maria)
    await office.deliver()
    assert await office.house.people.citizen_of_number(f"+30{NEW}") == citizen
    assert await office.count(addresses, addresses.c.citizen_id == before) == 0


async def test_who_lost_the_old_telephone_is_told_where_to_go(office: Office) -> None:
    maria = office.person()
    await office.register(maria)
    await maria.command("new_number")
    await maria.press("Δεν το έχω πια")
    assert "με την ταυτότητά σας" in maria.heard()
    assert await office.count(addresses) == 2


async def test_the_old_number_must_be_ones_own_and_the_new_one_another(office: Office) -> None:
    maria = office.person()
    await office.register(maria)
    await maria.command("new_number")
    await maria.type(LANDLINE)
    assert "δεν είναι εκείνο" in maria.heard()
    await office.prove(maria, MOBILE)
    await maria.type(MOBILE)
    assert "Γράψτε το νέο" in maria.heard()


async def test_carried_out_twice_it_is_done_once(office: Office) -> None:
    maria = office.person()
    await office.register(maria)
    await change(office, maria)
    await office.deliver()
    again = update(outbox).where(outbox.c.template == "new_number").values(state="queued")
    await office.write(again)
    await office.deliver()
    assert await office.happened("number_changed") == 1
    assert await office.happened("my_data_not_theirs") == 0


async def test_a_booking_is_kept_and_reminders_can_be_wished_and_refused_again(office: Office) -> None:
    maria = office.person()
    citizen = await office.register(maria)
    await book_tennis(maria)
    for label, wanted in (("Θέλω υπενθυμίσεις", True), ("Όχι άλλες υπενθυμίσεις", False)):
        await maria.command("account")
        await maria.press(label)
        (row,) = await office.rows(citizens, citizens.c.id == citizen)
        assert row.reminders is wanted
    assert "Θέλω υπενθυμίσεις" in maria.buttons(), "and can be wished again"
