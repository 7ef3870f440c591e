"""The panel's part of the desk: a ticket, of which the database has the hash alone, handed over in a form's body."""

from __future__ import annotations

import hashlib
import re

import pytest
from sqlalchemy import select

from core.db.audit import verify
from core.db.schema import audit
from core.db.work import Work
from core.errors import Refused
from core.people.desk import IN_A_MINUTE
from core.people.staff_model import desk_tickets
from core.people.staff_roles import Role
from tests.admin.conftest import Panel
from tests.admin.pages import Browser, Seen

TICKET = re.compile(r'name="ticket" value="([^"]+)"')


async def pressed(browser: Browser) -> Seen:
    await browser.visit("/desk")
    return await browser.send("/desk/open")


def ticket_of(seen: Seen) -> str:
    found = TICKET.search(seen.html)
    assert found is not None
    return found[1]


async def begun(panel: Panel, ticket: str, session: str = "s" * 32) -> bool:
    """Whether `web` takes it."""
    work = Work()
    try:
        await panel.side.desk.begin(work, ticket, session)
        await panel.side.writer.commit(work)
    except Refused:
        return False
    return await panel.side.desk.is_open(session)


async def test_one_press_makes_one_ticket_of_which_the_hash_alone_is_kept(panel_on_both: Panel) -> None:
    panel = panel_on_both
    desk = await panel.sign_in(Role.DESK)
    seen = await pressed(desk)
    ticket = ticket_of(seen)
    assert seen.status == 200
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", ticket)
    async with panel.side.database.reading() as connection:
        (row,) = (await connection.execute(select(desk_tickets))).all()
        entries = (await connection.execute(select(audit.c.actor, audit.c.action, audit.c.facts))).all()
    assert row.hash == hashlib.sha256(f"desk ticket\0{ticket}".encode()).digest()
    assert (row.expires_at - row.made_at).total_seconds() == 60
    assert [tuple(entry) for entry in entries] == [(f"staff:{row.staff_id}", "desk.ticket_made", {})]
    assert ticket not in str(row) + str(entries)

    assert await begun(panel, ticket)
    assert not await begun(panel, ticket, "t" * 32)
    assert await verify(panel.side.database) is None


async def test_the_ticket_stands_in_no_address_and_the_page_may_post_to_the_citizens_side_alone(
    panel: Panel, capfd: pytest.CaptureFixture[str]
) -> None:
    desk = await panel.sign_in(Role.DESK)
    seen = await pressed(desk)
    ticket = ticket_of(seen)
    assert seen.path == "/desk/open"
    form = seen.form("http://127.0.0.1:8080/desk")
    assert form.fields == {"ticket": [ticket], "language": ["en"]}
    policy = seen.headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8080;" in policy
    assert "unsafe" not in policy
    assert (seen.headers["Cache-Control"], seen.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    plain = await desk.visit("/desk")
    assert "form-action 'self';" in plain.headers["Content-Security-Policy"]
    assert ticket not in plain.html
    assert (await desk.visit("/desk/open")).path == "/desk"
    logged = capfd.readouterr()
    assert ticket not in logged.out + logged.err


async def test_the_same_form_twice_and_a_flood_of_presses_make_no_more_tickets(panel: Panel) -> None:
    desk = await panel.sign_in(Role.DESK)
    await desk.visit("/desk")
    form = desk.last.form("/desk/open").fields
    assert ticket_of(await desk.post("/desk/open", form))
    assert (await desk.post("/desk/open", form)).path == "/desk"
    assert await panel.count(desk_tickets) == 1
    for _ in range(IN_A_MINUTE - 1):
        await pressed(desk)
    seen = await pressed(desk)
    assert (seen.status, "many times within a minute" in seen.html) == (409, True)
    assert await panel.count(desk_tickets) == IN_A_MINUTE
    panel.clock.move(seconds=61)
    assert (await pressed(desk)).status == 200
    panel.clock.move(days=1, minutes=2)
    other = await panel.sign_in(Role.DESK)
    assert (await pressed(other)).status == 200
    assert await panel.count(desk_tickets) == 1


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.DESK}))
async def test_only_the_desk_has_the_button(panel: Panel, role: Role) -> None:
    other = await panel.sign_in(role)
    assert (await other.visit("/desk")).status == 403
    assert 'href="/desk"' not in (await other.visit("/")).html
    assert await panel.count(desk_tickets) == 0


async def test_without_its_proof_the_form_makes_nothing(panel: Panel) -> None:
    desk = await panel.sign_in(Role.DESK)
    await desk.visit("/desk")
    fields = desk.last.form("/desk/open").fields
    for wrong in ({**fields, "csrf": "x"}, {"csrf": fields["csrf"]}, {**fields, "once": "short"}):
        assert (await desk.post("/desk/open", wrong)).status in (400, 403)
    assert await panel.count(desk_tickets) == 0
