"""The desk of the citizens' side: one ticket, one person; nothing without one, nothing left behind."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.bookings.model import bookings
from core.conversations.model import conversations
from core.db.audit import verify
from core.db.schema import audit
from core.people.staff_model import desk_tickets
from core.people.staff_roles import Role
from tests.conversations.web_person import WebPerson
from tests.webhooks.conftest import ON_BOTH
from tests.webhooks.desks import DeskTab, clerk, ticket
from tests.whole.people import MOBILE, book_lane, register
from tests.whole.town import Town, open_town
from webhooks.portal.desk import WRONG_TICKETS

BAND = "Γραφείο: εξυπηρετείτε πολίτη"
OVER = "Αυτό το άνοιγμα δεν ισχύει"


@pytest.fixture
async def town(tmp_path: Path, address: str) -> AsyncIterator[Town]:
    async with open_town(tmp_path, database_url=address, activities=("pool",)) as opened:
        yield opened


async def count(town: Town, table: object) -> int:
    async with town.side.house.database.reading() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table)) or 0)  # type: ignore[arg-type]


@ON_BOTH
async def test_a_booking_at_the_desk_from_the_ticket_to_the_printed_pass(town: Town) -> None:
    async with DeskTab(town) as tab:
        staff_id = await clerk(town)
        await tab.serve(staff_id)
        assert (tab.status, tab.arrived_at) == (200, "/desk")
        assert BAND in tab.html
        assert "έρχεται στο δικό σας τηλέφωνο" in tab.heard()
        await tab.press("Κλειστό κολυμβητήριο")
        await tab.type("αύριο στις 7 το απόγευμα")
        await tab.press("Διαδρομή 2")
        await tab.press("1 άτομο")
        await register(tab, town)
        await tab.press("Επιβεβαιώνω")
        assert "Έγινε η κράτηση" in tab.heard()
        (link,) = [link for link in tab.page.links if link.startswith("/desk/pass/")]
        status, body = await tab.fetch(link)
        assert (status, body[:5]) == (200, b"%PDF-")
        await tab.finish()
        assert tab.arrived_at == "/desk/finished"
        assert "επόμενο πολίτη" in tab.html
        assert (await tab.fetch(link))[0] == 404
        await tab.visit("/desk")
        assert (tab.status, OVER in tab.html) == (403, True)
    async with town.side.house.database.reading() as connection:
        channels = (await connection.scalars(select(bookings.c.channel))).all()
        said = (await connection.execute(select(audit.c.actor, audit.c.action, audit.c.facts))).all()
    assert list(channels) == ["desk"]
    ((actor, action, facts),) = [each for each in said if each.action.startswith("desk.")]
    assert (actor, action) == (f"staff:{staff_id}", "desk.session_began")
    assert set(facts) == {"ticket"}
    assert await count(town, conversations) == 0
    assert await verify(town.side.house.database) is None


@ON_BOTH
async def test_a_ticket_opens_once_for_a_minute_and_only_as_it_was_made(town: Town) -> None:
    staff_id = await clerk(town)
    used, late = await ticket(town, staff_id), await ticket(town, staff_id)
    async with DeskTab(town) as tab, DeskTab(town) as thief:
        await tab.enter(used)
        assert tab.status == 200
        town.clock.move(seconds=61)
        for shown in (
            used,
            late,
            secrets.token_urlsafe(32),
            used[:-1],
            used + "x",
            "",
            "ά" * 43,
            "x" * 10_000,
        ):
            await thief.enter(shown)
            assert thief.status == 403, shown[:50]
            assert OVER in thief.html
            assert BAND not in thief.html
            assert thief.page.forms == []
            await thief.visit("/desk")
            assert thief.status == 403
        await tab.visit("/desk")
        assert BAND in tab.html


@pytest.mark.parametrize(("roles", "active"), [((Role.GATE,), True), ((Role.DESK,), False)])
async def test_a_ticket_of_who_may_not_open_the_desk_any_more_opens_nothing(
    town: Town, roles: tuple[Role, ...], active: bool
) -> None:
    async with DeskTab(town) as tab:
        await tab.serve(await clerk(town, *roles, active=active))
        assert tab.status == 403


async def test_an_invented_session_is_none(town: Town) -> None:
    async with DeskTab(town) as tab:
        await tab.serve(await clerk(town))
        invented = {"paso-desk": "A" * 32}
        async with tab.client.get(f"{town.address}/desk", cookies=invented) as answer:
            assert answer.status == 403
        async with tab.client.get(f"{town.address}/desk/pass/1.pdf", cookies=invented) as answer:
            assert answer.status == 404
    assert await count(town, conversations) == 1


async def test_one_form_of_the_desk_does_nothing_for_another_session(town: Town) -> None:
    async with DeskTab(town) as tab, WebPerson(town.address) as citizen:
        await tab.serve(await clerk(town))
        await citizen.visit("/chat")
        chat = citizen.page.forms[-1].fields["csrf"]
        desk = next(form.fields["csrf"] for form in tab.page.forms if form.action == "/desk")
        await citizen.post("/desk", {"csrf": chat, "command": "menu"})
        assert citizen.status == 403
        await tab.post("/desk", {"csrf": chat, "command": "menu"})
        assert tab.status == 403
        await tab.post("/desk/stay", {"csrf": chat})
        assert tab.status == 403
        await tab.post("/desk/stay", {"csrf": desk})
        assert tab.status == 204


async def test_the_desks_session_is_not_the_chat_of_the_same_browser(town: Town) -> None:
    async with DeskTab(town) as tab:
        await tab.visit("/chat")
        assert BAND not in tab.html
        await book_lane(tab, town)
        await tab.serve(await clerk(town))
        assert "Οι κρατήσεις μου" not in [each.label for each in tab.page.buttons if each.place == "choice"]
        await tab.visit("/chat")
        assert "Έγινε η κράτηση" in tab.html


async def test_silence_ends_it_and_so_does_an_hour(town: Town) -> None:
    async with DeskTab(town) as tab:
        await tab.serve(await clerk(town))
        await choose_lane_at_desk(tab)
        town.clock.move(minutes=9)
        await tab.visit("/desk")
        assert BAND in tab.html
        town.clock.move(minutes=2)
        await tab.type("1")
        assert tab.arrived_at == "/desk/finished"
        assert await count(town, conversations) == 0

        await tab.serve(await clerk(town))
        for _ in range(7):
            town.clock.move(minutes=9)
            await tab.press("Βοήθεια") if BAND in tab.html else None
        assert BAND not in tab.html


@ON_BOTH
async def test_the_next_ticket_forgets_who_was_served_before(town: Town) -> None:
    async with DeskTab(town) as tab:
        staff_id = await clerk(town)
        await tab.serve(staff_id)
        await choose_lane_at_desk(tab)
        await tab.serve(staff_id, language="en")
        assert "Good day!" in tab.heard()
        assert "Διαδρομή" not in tab.html
        await tab.visit("/chat")
        assert tab.page.language == "el"
    async with town.side.house.database.reading() as connection:
        states = (await connection.scalars(select(bookings.c.state))).all()
        rows = (await connection.execute(select(desk_tickets).order_by(desk_tickets.c.made_at))).all()
    assert list(states) == ["lapsed"]
    assert sorted(row.ended_at is None for row in rows) == [False, True]


async def test_a_lost_pass_is_found_by_number_and_code(town: Town) -> None:
    async with DeskTab(town) as tab, WebPerson(town.address) as citizen:
        await citizen.visit("/chat")
        await book_lane(citizen, town)
        town.clock.move(minutes=11)
        await tab.serve(await clerk(town))
        await tab.press("Έχασα το πάσο μου")
        await tab.press("Το διάβασα")
        await tab.type(MOBILE)
        assert "/desk/pass/" not in tab.html
        await tab.type(town.code)
        assert "Αυτά είναι τα πάσα σας" in tab.heard()
        (link,) = [link for link in tab.page.links if link.startswith("/desk/pass/")]
        assert (await tab.fetch(link))[1].startswith(b"%PDF-")


async def test_a_number_that_has_no_pass_is_told_so_and_asked_nothing_more(town: Town) -> None:
    async with DeskTab(town) as tab:
        await tab.serve(await clerk(town))
        await tab.press("Έχασα το πάσο μου")
        await tab.press("Το διάβασα")
        await tab.type(MOBILE)
        await tab.type(town.code)
        assert "Δεν βρέθηκε κράτηση" in tab.html
        assert "Κλειστό κολυμβητήριο" in tab.buttons()


async def test_wrong_tickets_are_told_to_wait_and_right_ones_are_taken(town: Town) -> None:
    async with DeskTab(town) as tab:
        for _ in range(WRONG_TICKETS):
            await tab.enter("x" * 43)
        assert tab.status == 403
        await tab.enter("x" * 43)
        assert (tab.status, OVER in tab.html) == (429, True)
        await tab.serve(await clerk(town))
        assert tab.status == 200


async def test_its_pages_are_never_framed_nor_kept(town: Town) -> None:
    async with DeskTab(town) as tab:
        await tab.serve(await clerk(town))
        for path in ("/desk", "/desk/finished"):
            async with tab.client.get(town.address + path) as answer:
                assert answer.headers["Cache-Control"] == "no-store"
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
                assert answer.headers["X-Frame-Options"] == "DENY"


async def choose_lane_at_desk(tab: DeskTab, lane: int = 2) -> None:
    """A place for one is held."""
    await tab.press("Κλειστό κολυμβητήριο")
    await tab.type("αύριο στις 7 το απόγευμα")
    await tab.press(f"Διαδρομή {lane}")
    await tab.press("1 άτομο")
