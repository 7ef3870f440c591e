from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import update

from core.db.work import Work
from core.errors import Conflict
from core.people.model import addresses, citizens
from core.people.reaching import Addresses
from core.ports import BrokenBox
from tests.fakes.post import LANDLINE, MOBILE, Post, landline, mobile


async def test_a_citizen_is_found_by_number_and_by_chat(post: Post) -> None:
    citizen_id = await post.register(mobile(), chat="12345678")
    assert await post.people.citizen_of_number(MOBILE) == citizen_id
    assert await post.people.citizen_of_chat("12345678") == citizen_id
    assert await post.people.citizen_of_number(LANDLINE) is None
    assert await post.people.citizen_of_chat("1") is None
    citizen = await post.people.citizen(citizen_id)
    assert citizen is not None
    assert (citizen.number_kind, citizen.language, citizen.resident) == ("mobile", "el", True)
    assert await post.people.citizen(7) is None


async def test_name_and_number_are_readable_only_to_the_worker(post: Post) -> None:
    citizen_id = await post.register(mobile())
    row = await post.row(citizens)
    assert json.loads(post.opener.open("citizens", citizen_id, row.box)) == {"name": "Ελένη Δοκιμή"}
    assert "Ελένη".encode() not in row.box
    reach = Addresses(post.database, post.opener)
    assert await reach.address(citizen_id, "sms") == MOBILE
    assert await reach.address(7, "sms") is None


async def test_a_landline_is_never_sent_an_sms(post: Post) -> None:
    citizen_id = await post.register(landline())
    reach = Addresses(post.database, post.opener)
    assert await reach.address(citizen_id, "sms") is None
    assert await reach.address(citizen_id, "call") == LANDLINE


async def test_an_address_row_given_to_somebody_else_does_not_open(post: Post) -> None:
    attacker, victim = await post.register(mobile(1)), await post.register(mobile(2))
    work = Work()
    work.run(update(addresses).where(addresses.c.citizen_id == victim).values(kind="telegram"))
    work.run(update(addresses).where(addresses.c.citizen_id == attacker).values(citizen_id=victim))
    await post.writer.commit(work)
    with pytest.raises(BrokenBox):
        await Addresses(post.database, post.opener).address(victim, "sms")


@pytest.mark.parametrize("chats", [[], ["111"]])
async def test_a_chat_attached_through_a_number_that_was_moved_gets_nothing(
    post: Post, chats: list[str]
) -> None:
    """Whoever writes the database gives the victim his number, verifies it, and `web` itself seals his chat as hers."""
    victim, attacker = (
        await post.register(mobile(2), chat=next(iter(chats), None)),
        await post.register(mobile(1)),
    )
    work = Work()
    work.run(update(addresses).where(addresses.c.citizen_id == attacker).values(citizen_id=victim))
    await post.writer.commit(work)
    post.clock.move(minutes=1)
    work = Work()
    post.people.come_back(work, victim, number=mobile(1), telegram_chat="666", language="el")
    await post.writer.commit(work)
    assert await post.people.citizen_of_chat("666") == victim
    reach = Addresses(post.database, post.opener)
    if chats:
        assert await reach.address(victim, "telegram") == "111"
    else:
        with pytest.raises(BrokenBox):
            await reach.address(victim, "telegram")


async def test_a_chat_leads_to_one_citizen_the_latest(post: Post) -> None:
    first = await post.register(mobile(1), chat="12345678")
    second = await post.register(mobile(2), chat="12345678")
    assert first != second
    assert await post.people.citizen_of_chat("12345678") == second


async def test_coming_back_is_noted(post: Post) -> None:
    citizen_id = await post.register(mobile())
    post.clock.move(days=300)
    work = Work()
    post.people.come_back(work, citizen_id, number=mobile(), telegram_chat="12345678", language="en")
    await post.writer.commit(work)
    post.clock.move(days=300)
    assert await post.people.citizen_of_number(MOBILE) == citizen_id
    citizen = await post.people.citizen(citizen_id)
    assert citizen is not None
    assert citizen.language == "en"


async def test_a_number_unused_for_a_year_begins_anew(post: Post) -> None:
    old = await post.register(mobile())
    post.clock.move(days=366)
    assert await post.people.citizen_of_number(MOBILE) is None
    new = await post.register(mobile())
    assert new != old
    assert await post.people.citizen_of_number(MOBILE) == new
    assert await Addresses(post.database, post.opener).address(old, "sms") is None


async def test_of_two_registrations_of_one_number_one_is_a_conflict(post: Post) -> None:
    results = await asyncio.gather(post.register(mobile()), post.register(mobile()), return_exceptions=True)
    assert sum(1 for each in results if isinstance(each, Conflict)) == 1
    assert len(await post.rows(citizens)) == 1


async def test_language_and_reminders_are_changed(post: Post) -> None:
    citizen_id = await post.register(mobile())
    work = Work()
    post.people.set_language(work, citizen_id, "en")
    post.people.set_reminders(work, citizen_id, True)
    await post.writer.commit(work)
    citizen = await post.people.citizen(citizen_id)
    assert citizen is not None
    assert (citizen.language, citizen.reminders) == ("en", True)
