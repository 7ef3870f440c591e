"""The citizens' side and the worker on one database, with senders that remember: for what citizens ask of their data."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select

from core.adapters import keys
from core.adapters.sealing import AesKeeper, HmacOrigin, HpkeOpener, HpkeSealer, sealing_keys_of
from core.bootstrap.my_data import MyDataSide
from core.db.schema import audit, events
from core.db.work import Work
from core.messages.delivery import Delivery
from core.messages.outbox import Order, Outbox
from core.messages.templates import ByCall, ByChat, BySms
from core.messages.to_staff import TEMPLATE as STAFF_NEWS
from core.messages.to_staff import Colleague, StaffNews, TellStaff
from core.people.code_message import CodeMessage
from core.people.model import citizens
from core.people.reaching import Addresses
from core.people.verification import TEMPLATE as CODE
from core.ports import Receipt
from core.tracing.spoken import Spoken, SpokenWords
from tests.conversations.core_person import CorePerson
from tests.fakes.senders import FakeCalls, FakeTexts
from tests.worlds import World, open_world

MOBILE, LANDLINE, DUTY = "6971234567", "2101234567", "+306900000999"


@dataclass(frozen=True)
class File:
    chat: str
    name: str
    content: bytes
    caption: str

    def data(self) -> dict[str, Any]:
        return dict(json.loads(self.part("paso.json")))

    def part(self, name: str) -> str:
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            return archive.read(name).decode()


class FakeChats:
    def __init__(self) -> None:
        self.files: list[File] = []
        self.said: list[tuple[str, str]] = []
        self.faults: list[Exception] = []

    async def send(self, chat_id: str, text: str, deeds: Sequence[tuple[str, str, str]]) -> Receipt:
        self.said.append((chat_id, text))
        return Receipt(f"T{len(self.said)}")

    async def send_file(self, chat_id: str, name: str, content: bytes, caption: str) -> Receipt:
        if self.faults:
            raise self.faults.pop(0)
        self.files.append(File(chat_id, name, content, caption))
        return Receipt(f"F{len(self.files)}")


class Office:
    def __init__(self, world: World) -> None:
        self.world = world
        self.house = house = world.side.house
        self.clock, self.database = world.clock, house.database
        folder = keys.KeyFolder(house.settings.keys_dir)
        origin = HmacOrigin(folder.file(keys.ORIGIN))
        opening = folder.file(keys.OPENING)
        self.opener = HpkeOpener(opening, origin)
        sealer = HpkeSealer(sealing_keys_of(opening), origin)
        self.outbox = Outbox(world.codes, world.clock, origin, sealer)
        self.texts, self.calls, self.chats = FakeTexts(world.clock), FakeCalls(world.clock), FakeChats()
        self.spoken = SpokenWords(self.database, world.clock, AesKeeper)

        def speak(work: Work, order: Order, sentence: str) -> str:
            return self.spoken.write(work, world.codes, order, Spoken((sentence,), None, None))

        async def on_duty(_work: Work) -> Colleague:
            return Colleague("sms", DUTY, "el")

        side = MyDataSide(
            house.settings,
            self.database,
            house.writer,
            world.clock,
            house.texts,
            house.activities,
            orders=self.outbox,
            origin=origin,
            opener=self.opener,
            sealer=sealer,
            chats=self.chats,
            speak=speak,
            tell_staff=TellStaff(self.outbox, world.clock, on_duty, None),
        )
        self.delivery = Delivery(
            self.database,
            house.writer,
            world.clock,
            world.codes,
            origin,
            self.opener,
            media={"sms": BySms(self.texts), "call": ByCall(self.calls), "telegram": ByChat(self.chats)},
            templates={
                CODE: CodeMessage(house.texts, house.settings),
                STAFF_NEWS: StaffNews(house.texts),
                **side.templates,
            },
            reach=Addresses(self.database, self.opener),
            answers=side.answers,
        )

    def person(self, channel: str = "telegram", address: str = "555", language: str = "el") -> CorePerson:
        return CorePerson(self.world, address, channel, language)

    async def deliver(self) -> None:
        while await self.delivery.once():
            pass

    async def prove(self, person: CorePerson, number: str) -> None:
        """They write the number, and the code that reaches it."""
        self.clock.move(minutes=5)
        await person.type(number)
        await person.type(self.world.code)

    async def register(
        self, person: CorePerson, number: str = MOBILE, name: str = "Μαρία Παππά", reminders: str = "Όχι"
    ) -> int:
        await person.command("account")
        await person.press(person.buttons()[0])
        await self.prove(person, number)
        await person.type(name)
        await person.press(person.buttons()[0])
        await person.press(reminders)
        return await self.only_citizen(name)

    async def only_citizen(self, name: str) -> int:
        found = []
        for row in await self.rows(citizens):
            if json.loads(self.opener.open("citizens", row.id, row.box)) == {"name": name}:
                found.append(row.id)
        (citizen_id,) = found
        return int(citizen_id)

    async def rows(self, table: Table, *where: Any) -> list[Any]:
        async with self.database.reading() as connection:
            return list((await connection.execute(select(table).where(*where))).all())

    async def count(self, table: Table, *where: Any) -> int:
        async with self.database.reading() as connection:
            return await connection.scalar(select(func.count()).select_from(table).where(*where)) or 0

    async def write(self, *statements: Any) -> None:
        async with self.database.writing() as connection:
            for statement in statements:
                await connection.execute(statement)

    async def happened(self, name: str) -> int:
        return await self.count(events, events.c.name == name)

    async def noted(self, action: str) -> list[dict[str, Any]]:
        return [row.facts for row in await self.rows(audit, audit.c.action == action)]


@asynccontextmanager
async def open_office(
    folder: Path, database_url: str, activities: tuple[str, ...] = ("tennis",), **settings: Any
) -> AsyncIterator[Office]:
    given = {"twilio_account_sid": "AC0", "twilio_from": "Paso", **settings}
    async with open_world(folder, database_url=database_url, activities=activities, **given) as world:
        yield Office(world)


async def book_tennis(person: CorePerson, companion: str = "Άννα Μακρή") -> None:
    await person.command("start", "tennis")
    for words in ("μεθαύριο", "18:00", "Γήπεδο 2", "2 άτομα"):
        await person.type(words)
    await person.type(companion)
    await person.press("Επιβεβαιώνω")
    assert "Έγινε η κράτηση" in person.heard(), person.heard()
