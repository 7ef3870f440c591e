"""Keys are rotated while everything goes on; what was made under the older ones is made anew, and then they go."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from core.adapters import keys
from core.adapters.keys import KeyFile, KeyFolder, read_generations
from core.adapters.sealing import AesKeeper, HmacOrigin, HpkeOpener, HpkeSealer, mark_of, sealing_keys_of
from core.adapters.signing import Ed25519Signer, Ed25519Verifier
from core.commands.counting import made_under
from core.commands.processes import share_keys
from core.commands.rotating import UNNOTICED, Kind, keep_factors_anew, retire, rotate, standing
from core.conversations import resealing
from core.conversations.resealing import BOXES, Resealing
from core.db import audit
from core.db.schema import metadata
from core.db.work import Work
from core.errors import ConfigurationFault
from core.messages.model import outbox
from core.messages.outbox import is_ours
from core.passes.model import passes
from core.people.model import addresses, citizens
from core.people.staff_model import staff
from core.ports import BrokenBox
from tests.conversations.core_person import CorePerson
from tests.whole.people import book_lane, choose_lane
from tests.worlds import World, open_world

MANY = 7
LETTERS = "ΑΒΓΔΕΖΗΘ"


@pytest.fixture
async def world(tmp_path: Path, database_url: str) -> AsyncIterator[World]:
    async with open_world(
        tmp_path,
        database_url=database_url,
        activities=("pool",),
        twilio_account_sid="AC0",
        twilio_from="+302",
    ) as opened:
        share_keys(opened.side.house.settings)
        yield opened


class Worker:
    """What seals anew, as the worker has it: begun again, it remembers nothing."""

    def __init__(self, world: World) -> None:
        house = world.side.house
        folder = KeyFolder(house.settings.keys_dir / "worker")
        self.opening = folder.file(keys.OPENING)
        origin_key = folder.file(keys.ORIGIN)
        self.origin = HmacOrigin(origin_key)
        self.opener = HpkeOpener(self.opening, self.origin)
        sealer = HpkeSealer(sealing_keys_of(self.opening), self.origin)
        self.resealing = Resealing(
            house.database,
            house.clock,
            self.opener,
            sealer,
            self.origin,
            lambda: len(self.opening()) > 1 or len(origin_key()) > 1,
        )
        self._world = world

    async def step(self, *, commit: bool = True) -> None:
        work = Work()
        await self.resealing.do(work)
        if commit:
            await self._world.side.house.writer.commit(work)

    async def all(self) -> None:
        for _ in range(60):
            await self.step()


async def people(world: World, many: int = MANY) -> list[CorePerson]:
    """So many have booked; one more holds a place in the middle of a dialog."""
    found = []
    for number in range(many):
        person = CorePerson(world, str(number), language="el")
        await book_lane(
            person, world, f"69712345{number:02d}", lane=1 + number % 3, name=f"Μαρία {LETTERS[number]}"
        )  # type: ignore[arg-type]
        world.clock.move(minutes=2)
        found.append(person)
    return found


async def rows(world: World, table: object) -> list[object]:
    async with world.side.house.database.reading() as connection:
        return list((await connection.execute(select(table))).all())  # type: ignore[call-overload]


async def counts(world: World, kind: str) -> Counter[bytes]:
    async with world.side.house.database.reading() as connection:
        return await made_under(connection, kind)


async def waits_for(world: World, kind: Kind, at: datetime) -> str:
    async with world.side.house.database.reading() as connection:
        return (await standing(world.side.house.settings, kind, connection, at)).waits_for


def test_every_box_there_is_is_sealed_anew() -> None:
    """A table with a new box is added to `BOXES`, or here with the reason."""
    own = {
        "outbox",
        "spoken",
    }  # under a MAC too: done apart; under a key that its token makes: it has no older key
    assert {name for name, table in metadata.tables.items() if "box" in table.c} == own | {
        table.name for table in BOXES
    }


async def test_a_rotation_stops_nobody_and_leaves_nothing_under_the_older_keys(world: World) -> None:
    house = world.side.house
    settings = house.settings
    crowd = await people(world)
    talking = CorePerson(world, "in the middle", language="el")
    await choose_lane(talking, lane=4)
    worker, before = Worker(world), {table.name: await rows(world, table) for table in BOXES}
    for kind in UNNOTICED:
        rotate(settings, kind, house.clock.now())
    assert {len(read_generations(settings.keys_dir / name)) for name in (keys.OPENING, keys.ORIGIN)} == {2}
    await talking.press("Το διάβασα")  # the dialog under way goes on, under the older conversation key
    await talking.type("6980000001")
    for typed in (world.code, "Νίκος Νέος", "ναι", "όχι"):
        await talking.type(typed)
    await talking.press("Επιβεβαιώνω")
    assert "Έγινε η κράτηση" in talking.heard()
    await crowd[0].command("my_bookings")
    assert any("Διαδρομή" in button for button in crowd[0].buttons())
    await worker.all()
    boxes, origins = await counts(world, "boxes"), await counts(world, "origin")
    assert list(boxes) == [mark_of(sealing_keys_of(worker.opening)()[0])]
    newest = worker.origin.mark
    assert boxes.total() > 2 * MANY
    assert set(origins) == {newest}
    for kind in (Kind.BOXES, Kind.ORIGIN):
        assert "UTC" in await waits_for(world, kind, house.clock.now())
        assert await waits_for(world, kind, house.clock.now() + timedelta(minutes=16)) == ""
        retire(settings, kind)
    assert len(worker.opening()) == 1
    sealed = {table.name: await rows(world, table) for table in BOXES}
    for table in (citizens, addresses):
        plains = {row.id: worker.opener.open(table.name, row.id, row.box) for row in sealed[table.name]}  # type: ignore[attr-defined]
        assert len(plains) == (MANY + 1) * (2 if table is addresses else 1)  # a number and a chat each
        for row in before[table.name]:
            with pytest.raises(BrokenBox):  # a copy of the database from before is closed for ever
                worker.opener.open(table.name, row.id, row.box)  # type: ignore[attr-defined]
    assert await audit.verify(house.database) is None


async def test_it_is_begun_again_wherever_it_was_stopped_and_what_is_written_meanwhile_stands(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "BATCH", 2)
    house = world.side.house
    await people(world)
    rotate(house.settings, Kind.BOXES, house.clock.now())
    work, worker = Work(), Worker(world)
    await worker.resealing.do(work)
    citizen = min(row.id for row in await rows(world, citizens))  # type: ignore[attr-defined]
    sealed = house.sealer.seal("citizens", citizen, b'{"name": "changed"}')
    meanwhile = Work()
    meanwhile.run(update(citizens).where(citizens.c.id == citizen).values(box=sealed))
    await house.writer.commit(meanwhile)
    await house.writer.commit(work)
    for step in range(20):
        worker = Worker(world)  # the last one was killed
        for _ in range(step % 4):
            await worker.step()
        await worker.step(commit=False)  # killed before the commit
    await worker.all()
    assert len(await counts(world, "boxes")) == 1
    names = {
        row.id: json.loads(worker.opener.open("citizens", row.id, row.box))["name"]  # type: ignore[attr-defined]
        for row in await rows(world, citizens)
    }
    assert names.pop(citizen) == "changed"
    assert len(set(names.values()) & {f"Μαρία {LETTERS[n]}" for n in range(MANY)}) == MANY - 1


async def test_an_order_that_waits_is_believed_under_the_new_origin_key_and_a_forged_one_is_not(
    world: World,
) -> None:
    house = world.side.house
    person = CorePerson(world, "1", language="el")
    await choose_lane(person)
    await person.press("Το διάβασα")
    await person.type("6971234567")
    (order,) = await rows(world, outbox)
    forged = {**order._mapping, "id": 7, "params": {"x": "1"}, "mac": b"x" * 36, "box": None}  # type: ignore[attr-defined]
    work = Work()
    work.insert(outbox, **forged)
    await house.writer.commit(work)
    rotate(house.settings, Kind.ORIGIN, house.clock.now())
    worker = Worker(world)
    await worker.all()
    retire(house.settings, Kind.ORIGIN)
    found = {row.id: dict(row._mapping) for row in await rows(world, outbox)}  # type: ignore[attr-defined]
    assert is_ours(found[order.id], worker.origin)  # type: ignore[attr-defined]
    assert worker.opener.open("outbox", order.id, found[order.id]["box"])  # type: ignore[attr-defined]
    assert found[7]["mac"] == forged["mac"]


async def test_a_pass_signed_before_is_genuine_until_it_ends(world: World) -> None:
    house = world.side.house
    await people(world, 1)
    folder = KeyFolder(house.settings.keys_dir)
    verifier = Ed25519Verifier(folder.file(keys.PASS_VERIFYING))
    signer = Ed25519Signer(folder.file(keys.PASS_SIGNING))
    old = signer.sign(b"pass")
    rotate(house.settings, Kind.PASSES, house.clock.now())
    new = signer.sign(b"pass")
    assert new != old
    assert verifier.verify(b"pass", old)
    assert verifier.verify(b"pass", new)
    assert not verifier.verify(b"another", old)
    (issued,) = await rows(world, passes)
    soon = house.clock.now() + timedelta(hours=1)
    assert "ends" in await waits_for(world, Kind.PASSES, soon)
    assert await waits_for(world, Kind.PASSES, issued.ends_at) == ""  # type: ignore[attr-defined]
    retire(house.settings, Kind.PASSES)
    assert not verifier.verify(b"pass", old)
    assert verifier.verify(b"pass", new)


async def test_second_factors_are_kept_anew_at_once(world: World) -> None:
    house = world.side.house
    keeper = AesKeeper(KeyFolder(house.settings.keys_dir).file(keys.PANEL))
    work = Work()
    work.insert(
        staff, id=5, login="x", password="x", factor=keeper.keep("staff-factor:staff:5", b"secret"),
        factor_step=0, roles=[], active=True, joined_at=house.clock.now(),
    )  # fmt: skip
    await house.writer.commit(work)
    rotate(house.settings, Kind.PANEL, house.clock.now())
    work = Work()
    async with house.database.reading() as connection:
        await keep_factors_anew(connection, keeper, work)
    await house.writer.commit(work)
    retire(house.settings, Kind.PANEL)
    (row,) = await rows(world, staff)
    assert keeper.read("staff-factor:staff:5", row.factor) == b"secret"  # type: ignore[attr-defined]


async def test_a_rotation_that_was_interrupted_is_finished_by_the_next_command(world: World) -> None:
    settings = world.side.house.settings
    worker, web = settings.keys_dir / "worker", settings.keys_dir / "web"
    before = (web / keys.ORIGIN).read_bytes()
    rotate(settings, Kind.ORIGIN, world.clock.now())
    (web / keys.ORIGIN).write_bytes(before)  # as if `web` had not been reached
    rotate(settings, Kind.CONVERSATION, world.clock.now())
    assert (web / keys.ORIGIN).read_bytes() == (worker / keys.ORIGIN).read_bytes() != before


async def test_the_opening_key_may_be_where_the_worker_is_and_nowhere_else(world: World) -> None:
    settings = world.side.house.settings
    (settings.keys_dir / keys.OPENING).unlink()
    assert keys.make_keys(settings.keys_dir) == []
    rotate(settings, Kind.BOXES, world.clock.now())
    assert not (settings.keys_dir / keys.OPENING).exists()
    assert len(read_generations(settings.keys_dir / "worker" / keys.OPENING)) == 2
    newest = sealing_keys_of(KeyFile(settings.keys_dir / "worker" / keys.OPENING))()[0]
    assert KeyFolder(settings.keys_dir / "web").load(keys.SEALING) == newest
    (settings.keys_dir / "worker" / keys.OPENING).unlink()
    with pytest.raises(ConfigurationFault, match="not on this machine"):
        rotate(settings, Kind.BOXES, world.clock.now())
