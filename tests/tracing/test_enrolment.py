"""An officer brings a telephone: by a link from the panel, verified in the chat, enrolled by the administrator alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from typer.testing import CliRunner

from core.adapters import keys
from core.adapters.sealing import HmacOrigin, HpkeOpener, HpkeSealer, new_opening_key, sealing_key_of
from core.commands.duty import ensure
from core.commands.main import app
from core.db.schema import events
from core.db.work import Work
from core.errors import Refused
from core.messages.outbox import Outbox
from core.people.numbers import parse_number
from core.people.staff_model import staff
from core.tracing.enrolling import Invitations, Standing, brought
from core.tracing.model import enrolments, officers
from core.tracing.officers import Duty, Enrolment, Officer, Officers
from tests.conversations.core_person import CorePerson
from tests.worlds import World, open_world

ELENI, MALLORY = 101, 102
HERS, HIS = "6900000101", "6900000666"


@dataclass
class Town:
    """A world with two accounts; `administrator` holds the worker's keys, the panel none."""

    world: World
    keys_dir: Path

    def __post_init__(self) -> None:
        house = self.world.side.house
        self.house = house
        self.panel = Invitations(house.database, house.clock, house.codes)
        folder = keys.KeyFolder(self.keys_dir)
        origin = HmacOrigin(folder.load(keys.ORIGIN))
        self.opener = HpkeOpener(folder.load(keys.OPENING), origin)
        outbox = Outbox(house.codes, house.clock, origin, house.sealer)
        self.enrolment = Enrolment(house.database, house.clock, house.codes, house.sealer, outbox)

    async def write(self, *statements: Any) -> None:
        async with self.house.database.writing() as connection:
            for statement in statements:
                await connection.execute(statement)

    async def rows(self, table: Any) -> list[Any]:
        async with self.house.database.reading() as connection:
            return list((await connection.execute(select(table))).mappings())

    async def link(self, staff_id: int) -> str:
        work = Work()
        found = self.panel.invite(work, staff_id)
        await self.house.writer.commit(work)
        return found

    async def bring(self, link: str, number: str, channel: str = "web") -> str:
        """Somebody opens the link and verifies a number; the code that they are told."""
        self.world.clock.move(seconds=31)  # a number is sent no two codes at once
        person = CorePerson(self.world, f"{number}{self.house.codes.new_id()}", channel)
        await person.command("start", link)
        if channel == "telegram":
            await person.press("Σε αριθμό")
        await person.type(number)
        await person.type(self.world.code)
        return code_in(person)

    async def confirm(self, login: str, code: str) -> None:
        """`paso duty confirm`."""
        work = Work()
        begun = await brought(self.house.database, self.house.clock, self.opener, login, code)
        self.enrolment.finish(work, begun, begun.code)
        await self.house.writer.commit(work)

    async def officers(self) -> list[Officer]:
        """Whom the worker believes."""
        work = Work()
        found = await Officers(self.house.database, self.house.clock, self.opener).all(work)
        await self.house.writer.commit(work)
        return found


def code_in(person: CorePerson) -> str:
    found = re.search(r"τον κωδικό ([0-9 ]{10})\.", person.heard())
    assert found is not None, person.heard()
    return found[1].replace(" ", "")


@asynccontextmanager
async def opened_town(folder: Path, database_url: str, *, new: bool = True) -> AsyncIterator[Town]:
    provider = {"twilio_account_sid": "AC0", "twilio_from": "Paso"}
    kinds = ("tennis",) if new else ("none",)
    async with open_world(folder, database_url=database_url, activities=kinds, **provider) as world:
        opened = Town(world, folder / "keys")
        account = {"password": "", "factor": b"", "factor_step": 0, "roles": ["tracing"], "active": True}
        for staff_id, login in ((ELENI, "eleni"), (MALLORY, "mallory")) if new else ():
            row = {"id": staff_id, "login": login, "joined_at": world.clock.now(), **account}
            await opened.write(insert(staff).values(**row))
        yield opened


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with opened_town(tmp_path, database_url) as opened:
        yield opened


@pytest.mark.parametrize("channel", ["web", "telegram"])
async def test_a_telephone_is_brought_verified_and_confirmed(town: Town, channel: str) -> None:
    code = await town.bring(await town.link(ELENI), HERS, channel)
    until = (await town.panel.standing(ELENI)).waiting_until
    assert until is not None
    assert await town.officers() == [], "nobody is enrolled by it"
    await town.confirm("Eleni", f"{code[:4]} {code[4:]}")
    (officer,) = await town.officers()
    assert (officer.staff_id, officer.to, officer.medium) == (ELENI, "+306900000101", "sms")
    assert (await town.panel.standing(ELENI)).enrolled_at == town.world.clock.now()
    assert HERS not in repr(await town.rows(enrolments)) + repr(await town.rows(officers))


async def test_on_telegram_the_chat_itself_may_be_brought(town: Town) -> None:
    person = CorePerson(town.world, "555")
    await person.command("start", await town.link(ELENI))
    assert "«eleni»" in person.heard()
    await person.press("Σε αυτή")
    await town.confirm("eleni", code_in(person))
    (officer,) = await town.officers()
    assert (officer.medium, officer.to) == ("telegram", "555")


async def test_a_landline_is_called(town: Town) -> None:
    await town.confirm("eleni", await town.bring(await town.link(ELENI), "2100000101"))
    (officer,) = await town.officers()
    assert (officer.medium, officer.to) == ("call", "+302100000101")


async def test_a_link_works_once_for_an_hour_and_a_new_one_voids_it(town: Town) -> None:
    link = await town.link(ELENI)
    newer = await town.link(ELENI)
    other = CorePerson(town.world, "777")
    await other.command("start", link)
    assert "δεν ισχύει πια" in other.heard()
    await town.bring(newer, HERS)
    await other.command("start", newer)
    assert "δεν ισχύει πια" in other.heard()
    late = await town.link(MALLORY)
    town.world.clock.move(minutes=61)
    await other.command("start", late)
    assert "δεν ισχύει πια" in other.heard()
    await other.command("start", "staff_nothing")
    assert "δεν ισχύει πια" in other.heard()


async def test_of_two_who_have_the_same_link_one_brings_a_telephone(town: Town) -> None:
    link, codes = await town.link(ELENI), []
    people = [CorePerson(town.world, name, "web") for name in ("a", "b")]
    for person, number in zip(people, (HERS, HIS), strict=True):
        await person.command("start", link)
        await person.type(number)
        codes.append(town.world.code)
    await people[0].type(codes[0])
    await people[1].type(codes[1])
    assert "Επιβεβαιώθηκε" in people[0].heard()
    assert "δεν ισχύει πια" in people[1].heard()


async def test_a_code_is_good_for_a_day_and_for_its_own_account(town: Town) -> None:
    code = await town.bring(await town.link(ELENI), HERS)
    with pytest.raises(Refused, match=r"enrol\.nothing_brought"):
        await town.confirm("eleni", f"{(int(code) + 1) % 10**8:08d}")
    with pytest.raises(Refused, match=r"enrol\.nothing_brought"):
        await town.confirm("mallory", code)
    with pytest.raises(Refused, match=r"tracing\.unknown_login"):
        await town.confirm("nobody", code)
    town.world.clock.move(hours=25)
    with pytest.raises(Refused, match=r"enrol\.nothing_brought"):
        await town.confirm("eleni", code)
    assert await town.panel.standing(ELENI) == Standing(None, False, None)


# -- somebody has the panel, and writes what he likes


async def test_a_link_that_he_makes_for_an_officer_brings_his_telephone_and_enrols_nobody(town: Town) -> None:
    """The code that reaches the administrator is the one that the officer's own telephone was told."""
    hers = await town.bring(await town.link(ELENI), HERS)
    his = await town.bring(await town.link(ELENI), HIS)
    assert his != hers
    assert await town.officers() == []
    with pytest.raises(Refused, match=r"enrol\.nothing_brought"):
        await town.confirm("eleni", hers)  # her row he has deleted: she brings it again
    await town.confirm("eleni", await town.bring(await town.link(ELENI), HERS))
    assert [each.to for each in await town.officers()] == ["+306900000101"]


async def test_both_telephones_waiting_hers_is_enrolled_by_her_code(town: Town) -> None:
    hers = await town.bring(await town.link(ELENI), HERS)
    (kept,) = await town.rows(enrolments)
    await town.bring(await town.link(ELENI), HIS)
    await town.write(insert(enrolments).values(**kept))
    await town.confirm("eleni", hers)
    assert [each.to for each in await town.officers()] == ["+306900000101"]


async def test_a_box_that_he_moves_among_the_officers_does_not_open(town: Town) -> None:
    await town.bring(await town.link(ELENI), HIS)
    (row,) = await town.rows(enrolments)
    for new_id in (row["id"], 9):
        place = {"staff_id": ELENI, "place": 1, "on_duty": True, "enrolled_at": town.world.clock.now()}
        await town.write(officers.delete(), insert(officers).values(id=new_id, box=row["box"], **place))
        assert await town.officers() == []
    assert {row["name"] for row in await town.rows(events)} >= {"officer_forged"}


async def test_a_box_that_he_seals_himself_is_not_brought(town: Town) -> None:
    """The sealing key is public; the origin key he has not."""
    code = await town.bring(await town.link(ELENI), HERS)
    (row,) = await town.rows(enrolments)
    his = HpkeSealer(sealing_key_of(new_opening_key()), HmacOrigin(b"x" * 32))
    with_ours = HpkeSealer(keys.KeyFolder(town.keys_dir).load(keys.SEALING), HmacOrigin(b"x" * 32))
    for sealer in (his, with_ours):
        plain = f'{{"to": "+30{HIS}", "medium": "sms", "language": "el", "staff": {ELENI}, "code": "{code}"}}'
        box = sealer.seal("enrolments", row["id"], plain.encode())
        await town.write(update(enrolments).values(box=box))
        with pytest.raises(Refused, match=r"enrol\.nothing_brought"):
            await town.confirm("eleni", code)


async def test_giving_his_row_to_another_account_gives_nothing(town: Town) -> None:
    code = await town.bring(await town.link(MALLORY), HIS)
    await town.write(update(enrolments).values(staff_id=ELENI))
    with pytest.raises(Refused, match=r"enrol\.nothing_brought"):
        await town.confirm("eleni", code)


async def test_the_code_stands_in_no_table(town: Town) -> None:
    code = await town.bring(await town.link(ELENI), HERS)
    everything = repr([await town.rows(table) for table in staff.metadata.sorted_tables])
    assert code not in everything


def test_the_command_enrols_and_keeps_the_duties_that_somebody_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def prepare() -> str:
        async with opened_town(tmp_path, f"sqlite:///{tmp_path}/paso.db") as town:
            work = Work()
            number = parse_number("6900000102", "GR")
            before = await town.enrolment.begin(work, "eleni", number, [Duty.TRACING, Duty.ALERTS], place=3)
            town.enrolment.finish(work, before, before.code)
            await town.house.writer.commit(work)
            return await town.bring(await town.link(ELENI), HERS)

    async def look() -> tuple[list[Officer], list[Any]]:
        async with opened_town(tmp_path, f"sqlite:///{tmp_path}/paso.db", new=False) as town:
            return await town.officers(), await town.rows(enrolments)

    code = asyncio.run(prepare())
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/paso.db")
    monkeypatch.setenv("KEYS_DIR", str(tmp_path / "keys"))
    wrong = CliRunner().invoke(app, ["duty", "confirm", "eleni", "00000000"])
    assert wrong.exit_code == 1
    assert "No telephone that this account brought has this code" in wrong.output
    done = CliRunner().invoke(app, ["duty", "confirm", "eleni", code])
    assert done.exit_code == 0, done.output
    (officer,), waiting = asyncio.run(look())
    assert (officer.to, officer.duties, officer.place) == (
        "+306900000101",
        frozenset({Duty.TRACING, Duty.ALERTS}),
        3,
    )
    assert waiting == []


async def test_the_demonstrations_officers_have_numbers_of_the_standin_and_of_nobody_else(town: Town) -> None:
    numbers = {"eleni": "+306900000001", "mallory": "+306900000002"}
    address = town.house.database.engine.url.render_as_string(hide_password=False)
    settings = town.house.settings.model_copy(update={"database_url": address})
    for _ in range(2):
        await ensure(settings, numbers, served=True)
        found = await town.officers()
        assert [(each.staff_id, each.to, each.place) for each in found] == [
            (ELENI, "+306900000001", 1),
            (MALLORY, "+306900000002", 2),
        ]
    await town.confirm("eleni", await town.bring(await town.link(ELENI), HERS))
    await ensure(settings, numbers, served=True)
    assert {each.to for each in await town.officers()} == {"+306900000101", "+306900000002"}
    await ensure(settings, numbers, served=False)
    assert {each.to for each in await town.officers()} == {"+306900000101"}, "a real provider would text them"
