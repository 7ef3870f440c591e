"""Somebody has the panel, may write the whole database, and is a citizen besides. Whose data can he get?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from core.bookings.model import answers, bookings, companions
from core.conversations.model import conversations, data_requests
from core.db import audit
from core.dialog.heard import Command
from core.messages.model import outbox
from core.people.model import addresses, citizens
from tests.conversations.core_person import CorePerson
from tests.rights.office import DUTY, Office, book_tennis
from tests.rights.test_my_data import Browser, forge_by_web

VICTIM, HIS = "6971234567", "6990000001"
SECRETS = ("Μαρία Παππά", f"+30{VICTIM}", "Άννα Μακρή")


class Two:
    """The victim, who has booked, and the attacker; both on Telegram."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.maria = office.person(address="555")
        self.attacker = office.person(address="666")

    async def begin(self) -> None:
        self.victim_id = await self.office.register(self.maria, VICTIM)
        await book_tennis(self.maria)
        self.attacker_id = await self.office.register(self.attacker, HIS, "Κακός Άνθρωπος")

    async def new_order(self, **changes: Any) -> None:
        """An order of his own making."""
        now = self.office.clock.now()
        row = {
            "id": self.office.world.codes.new_id(),
            "template": "my_data",
            "params": {},
            "medium": "telegram",
            "citizen_id": self.victim_id,
            "language": "el",
            "mac": b"x" * 32,
            "state": "queued",
            "attempts": 0,
            "due_at": now,
            "expires_at": now + timedelta(minutes=10),
            "created_at": now,
            "changed_at": now,
        }
        await self.office.write(insert(outbox).values(**{**row, **changes}))

    def got(self) -> str:
        """All that any chat, telephone or browser was given, except what went to the victim."""
        files = [
            each.part("paso.json") + each.caption for each in self.office.chats.files if each.chat != "555"
        ]
        texts = [each.text for each in self.office.texts.sent if each.to != f"+30{VICTIM}"]
        return "".join([*files, *texts])


@pytest.fixture
async def two(office: Office) -> Two:
    both = Two(office)
    await both.begin()
    return both


async def a_forged_order(two: Two) -> None:
    await two.new_order()
    await two.new_order(medium="browser", box=b"his own")


async def his_order_made_hers(two: Two) -> None:
    await two.attacker.command("my_data")
    await two.office.write(
        update(outbox).where(outbox.c.template == "my_data").values(citizen_id=two.victim_id)
    )


async def his_address_made_hers(two: Two) -> None:
    """His chat and number lead to her; then he asks, in his own name as `web` sees it."""
    await two.office.write(
        update(addresses).where(addresses.c.citizen_id == two.attacker_id).values(citizen_id=two.victim_id)
    )
    await two.office.write(conversations.delete())
    await two.attacker.command("my_data")


async def his_number_made_hers_and_registered_again(two: Two) -> None:
    """`web` itself makes a box then, which says that his chat is hers, through his number."""
    await two.office.write(
        update(addresses)
        .where(addresses.c.citizen_id == two.attacker_id, addresses.c.kind == "mobile")
        .values(citizen_id=two.victim_id)
    )
    newcomer = two.office.person(address="667")
    await newcomer.command("account")
    await newcomer.press(newcomer.buttons()[0])
    await two.office.prove(newcomer, HIS)
    assert "Καλώς ήρθατε ξανά" in newcomer.heard()
    await newcomer.command("my_data")


async def his_web_session_made_hers(two: Two) -> None:
    browser, person = Browser(), two.office.person("web", "his session")
    await person.command("start")
    await two.office.write(
        update(addresses)
        .where(addresses.c.citizen_id == two.attacker_id, addresses.c.kind == "mobile")
        .values(citizen_id=two.victim_id)
    )
    await person.command("account")
    await person.press(person.buttons()[0])
    await two.office.prove(person, HIS)
    await person.command("my_data")
    await two.office.prove(person, HIS)
    await person.hear(Command("my_data", browser.key))
    assert await two.office.count(data_requests) == 1
    await two.office.deliver()
    (row,) = await two.office.rows(data_requests)
    assert row.file is None


async def her_bookings_made_his(two: Two) -> None:
    await two.office.write(update(bookings).values(citizen_id=two.attacker_id))
    await two.attacker.command("my_data")


async def her_boxes_copied_to_his_rows(two: Two) -> None:
    await book_tennis_of_his_own(two.attacker)
    hers, his = [
        [row.id for row in await two.office.rows(bookings, bookings.c.citizen_id == each)]
        for each in (two.victim_id, two.attacker_id)
    ]
    for table in (companions, answers):
        for row in await two.office.rows(table, table.c.id.in_(hers)):
            await two.office.write(update(table).where(table.c.id.in_(his)).values(box=row.box))
    (name,) = [row.box for row in await two.office.rows(citizens, citizens.c.id == two.victim_id)]
    await two.office.write(update(citizens).where(citizens.c.id == two.attacker_id).values(box=name))
    await two.attacker.command("my_data")


async def his_number_taken_for_hers(two: Two) -> None:
    """He changes "her" number to another of his, after his first was made to lead to her."""
    await his_number_made_hers_and_registered_again(two)
    newcomer = two.office.person(address="667")
    await newcomer.command("new_number")
    await two.office.prove(newcomer, HIS)
    await two.office.prove(newcomer, "6990000002")
    await two.office.deliver()
    assert await two.office.happened("number_changed") == 0


async def book_tennis_of_his_own(person: CorePerson) -> None:
    await person.command("start", "tennis")
    for words in ("μεθαύριο", "18:00", "Γήπεδο 3", "2 άτομα"):
        await person.type(words)
    await person.type("Κάποιος Φίλος")
    await person.press("Επιβεβαιώνω")


ATTACKS: list[Callable[[Two], Awaitable[None]]] = [
    a_forged_order,
    his_order_made_hers,
    his_address_made_hers,
    his_number_made_hers_and_registered_again,
    his_web_session_made_hers,
    her_bookings_made_his,
    her_boxes_copied_to_his_rows,
    his_number_taken_for_hers,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_nothing_of_hers_comes_out(two: Two, attack: Callable[[Two], Awaitable[None]]) -> None:
    await attack(two)
    await two.office.deliver()
    for secret in SECRETS:
        assert secret not in two.got(), secret
    assert await audit.verify(two.office.database) is None


@pytest.mark.parametrize("attack", ATTACKS[2:5], ids=lambda attack: attack.__name__)
async def test_that_somebody_else_asks_is_recorded_and_told(
    two: Two, attack: Callable[[Two], Awaitable[None]]
) -> None:
    await attack(two)
    await two.office.deliver()
    assert {"why": "not_theirs"} in await two.office.noted("account.refused")
    assert [each.to for each in two.office.texts.sent if "για άλλον" in each.text] == [DUTY]


async def test_a_forged_order_is_recorded(two: Two) -> None:
    await a_forged_order(two)
    await two.office.deliver()
    assert await two.office.happened("order_forged") == 2


async def test_an_order_played_again_goes_where_it_went_before(two: Two) -> None:
    await two.maria.command("my_data")
    await two.office.deliver()
    await two.office.write(
        update(outbox).where(outbox.c.template == "my_data").values(state="queued", attempts=0)
    )
    await two.office.deliver()
    assert {each.chat for each in two.office.chats.files} == {"555"}
    assert not any(secret in two.got() for secret in SECRETS)


async def test_even_web_gets_no_file_for_a_number_that_is_not_hers(two: Two) -> None:
    """`web` taken over: it may order what it likes, but a browser's key it needs with a number of hers, and a chat
    must be hers."""
    await forge_by_web(two.office, two.victim_id, {"chat": "666"})
    await forge_by_web(two.office, two.victim_id, {"number": f"+30{HIS}", "key": Browser().key}, "browser")
    await two.office.deliver()
    assert two.office.chats.files == []
    assert not any(secret in two.got() for secret in SECRETS)
