"""A town with a hall, people who were in it, two tracing officers, and both ends of the post."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, select, update

from core.adapters.sealing import (
    AesKeeper,
    HmacLookUp,
    HmacOrigin,
    HpkeOpener,
    HpkeSealer,
    new_opening_key,
    sealing_key_of,
)
from core.bookings.model import bookings
from core.bootstrap.tracing import TracingSide
from core.config import Settings
from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.messages.delivery import Delivery
from core.messages.outbox import Outbox
from core.messages.templates import ByCall, ByChat, BySms
from core.messages.texts import Texts
from core.messages.to_staff import TEMPLATE as STAFF_NEWS
from core.messages.to_staff import StaffNews
from core.passes import code as pass_code
from core.passes.model import passes
from core.people.model import addresses
from core.people.numbers import MOBILE, PhoneNumber, parse_number
from core.people.reaching import Addresses
from core.people.service import People
from core.people.staff_model import staff
from core.ports import Receipt
from core.tracing.claims import Claims
from core.tracing.finding import Finder
from core.tracing.groups import ByHours, Group
from core.tracing.officers import Duty, Enrolment
from core.tracing.panel import Tracing
from core.tracing.spoken import SpokenWords
from core.tracing.wording import Fixed, Wording, Wordings
from core.visits.model import visits
from tests.fakes.clock import KnownCodes, StoppedClock
from tests.fakes.senders import FakeCalls, FakeTexts, Sent
from tests.makers import Town

_OPENING = new_opening_key()
NINE = datetime.fromisoformat("2026-12-01T07:00:00+00:00")
"""In Athens, on the morning of the stopped clock (10:00)."""
DRAFTER, APPROVER, THIRD, WATCHER = 101, 102, 103, 104
NUMBERS = {
    DRAFTER: "+306900000101",
    APPROVER: "+306900000102",
    THIRD: "+306900000103",
    WATCHER: "+306900000104",
}
TEST = Fixed("exposure", {"advice": "test"})


class FakeChats:
    def __init__(self, clock: StoppedClock) -> None:
        self._clock = clock
        self.sent: list[Sent] = []

    async def send(self, chat_id: str, text: str, deeds: Sequence[tuple[str, str, str]]) -> Receipt:
        self.sent.append(Sent(chat_id, "", f"TG{len(self.sent)}", self._clock.now(), text=text))
        return Receipt(f"TG{len(self.sent)}")


@dataclass
class Alkyona:
    database: Database
    clock: StoppedClock
    folder: Path
    settings: Settings
    hall: Town
    codes: KnownCodes = field(default_factory=KnownCodes)
    slot: int = 0
    activity_id: int = 0

    def __post_init__(self) -> None:
        self.writer = self.hall.writer
        self.activities = self.hall.activities
        self.origin = HmacOrigin(b"o" * 32)
        self.sealer = HpkeSealer(sealing_key_of(_OPENING), self.origin)
        self.opener = HpkeOpener(_OPENING, self.origin)
        self.orders = Outbox(self.codes, self.clock, self.origin, self.sealer)
        self.texts = Texts(self.settings.zone)
        self.sms, self.calls, self.chats = FakeTexts(self.clock), FakeCalls(self.clock), FakeChats(self.clock)
        self.spoken = SpokenWords(self.database, self.clock, AesKeeper)
        self.people = People(self.database, self.clock, self.codes, self.sealer, HmacLookUp(b"l" * 32))
        self.finder = Finder(self.database)
        self.wordings = Wordings(self.texts, self.settings, self.activities)
        self.claims = Claims(self.finder, self.wordings, self.clock, self.settings)
        self.panel = Tracing(self.database, self.writer, self.clock, self.codes, self.claims)
        self.enrolment = Enrolment(self.database, self.clock, self.codes, self.sealer, self.orders)
        self.start_worker()

    def start_worker(self, writer: Any = None, media: Any = None, **settings: Any) -> None:
        """A new process, as after a crash: what it knew is in the database and its journal."""
        chosen = self.settings.model_copy(update=settings)
        self.worker = TracingSide(
            chosen,
            self.database,
            writer or self.writer,
            self.clock,
            self.codes,
            self.texts,
            self.activities,
            self.orders,
            self.origin,
            self.opener,
        )
        self.delivery = Delivery(
            self.database,
            writer or self.writer,
            self.clock,
            self.codes,
            self.origin,
            self.opener,
            media=media
            or {"sms": BySms(self.sms), "call": ByCall(self.calls), "telegram": ByChat(self.chats)},
            templates={**self.worker.templates, STAFF_NEWS: StaffNews(self.texts)},
            reach=Addresses(self.database, self.opener),
        )

    # -- making

    async def make_staff(self) -> None:
        rows = [
            {
                "id": staff_id,
                "login": f"staff-{staff_id}",
                "password": "",
                "factor": b"",
                "factor_step": 0,
                "roles": ["tracing"],
                "active": True,
                "joined_at": self.clock.now(),
            }
            for staff_id in NUMBERS
        ]
        async with self.database.writing() as connection:
            await connection.execute(insert(staff), rows)

    async def enrol(self, staff_id: int, to: PhoneNumber | str, duty: Duty = Duty.TRACING) -> None:
        """With the code that their telephone was sent; the message is taken out of the post again."""
        work = Work()
        enrolling = await self.enrolment.begin(work, f"staff-{staff_id}", to, [duty], place=staff_id)
        await self.writer.commit(work)
        await self.deliver()
        (message,) = [*self.sms.sent, *self.calls.sent, *self.chats.sent]
        if message.text:
            assert self.codes.given[-1][:3] in message.text
        for sender in (self.sms, self.calls, self.chats):
            sender.sent.clear()
        work = Work()
        self.enrolment.finish(work, enrolling, self.codes.given[-1])
        await self.writer.commit(work)

    async def make_citizen(self, number: str = "", *, chat: str | None = None, language: str = "el") -> int:
        """A verified citizen; `number` as they would type it."""
        work = Work()
        if number or chat:
            citizen = self.people.register(
                work,
                name="Ελένη Δοκιμή",
                birth_year=1980,
                resident=True,
                language=language,
                number=parse_number(number or self._number_of(chat or ""), "GR"),
                telegram_chat=chat,
                reminders=False,
                notice_version=1,
            )
            await self.writer.commit(work)
            if not number:  # it was theirs when the chat was attached, and leads nowhere now
                whose = addresses.c.citizen_id == citizen, addresses.c.kind == MOBILE
                await self.write(update(addresses).where(*whose).values(kind="gone"))
            return citizen
        return await self.hall.make_citizen(kind="none", language=language)

    @staticmethod
    def _number_of(chat: str) -> str:
        return f"6939{chat.zfill(6)}"

    async def make_visit(
        self, citizen_id: int | None, start: float = 0, minutes: float = 60, **changes: Any
    ) -> int:
        """They booked, and were in the hall from so many minutes after nine; the booking."""
        booking_id = changes.pop("booking_id", 0) or await self.make_booking(citizen_id)
        row = {
            "id": self.codes.new_id(),
            "facility": "hall",
            "place": "",
            "slot_id": self.slot,
            "booking_id": booking_id,
            "persons": 1,
            "entered_at": NINE + timedelta(minutes=start),
            "left_at": NINE + timedelta(minutes=start + minutes),
            "assumed": False,
            **changes,
        }
        await self.write(insert(visits).values(**row))
        return booking_id

    async def make_booking(self, citizen_id: int | None, **changes: Any) -> int:
        booking_id = self.codes.new_id()
        row = {
            "id": booking_id,
            "slot_id": self.slot,
            "activity_id": self.activity_id,
            "revision": 1,
            "citizen_id": citizen_id,
            "holder": b"",
            "channel": "web",
            "units": 1,
            "persons": 1,
            "companions": 0,
            "booker_takes_part": True,
            "state": "confirmed",
            "created_at": self.clock.now(),
            "extended": False,
            **changes,
        }
        number = f"{booking_id:09d}"
        ticket = {
            "id": self.codes.new_id(),
            "booking_id": booking_id,
            "number": number.encode(),
            "code": pass_code.complete(number),
            "facility_number": 9,
            "starts_at": NINE,
            "ends_at": NINE,
            "persons": 1,
            "state": "valid",
            "issued_at": NINE,
        }
        await self.write(insert(bookings).values(**row), insert(passes).values(**ticket))
        return booking_id

    def pass_of(self, booking_id: int) -> str:
        return pass_code.complete(f"{booking_id:09d}")

    async def crowd(self, count: int = 6) -> list[int]:
        """So many with mobiles, all in the hall from nine to ten."""
        found = [await self.make_citizen(f"691{n:07d}") for n in range(count)]
        for citizen in found:
            await self.make_visit(citizen)
        return found

    # -- acting

    async def write(self, *statements: Any) -> None:
        async with self.database.writing() as connection:
            for statement in statements:
                await connection.execute(statement)

    async def draft(self, group: Group | None = None, words: Wording = TEST, by: int = DRAFTER) -> int:
        work = Work()
        warning_id = await self.panel.draft(work, by, group or morning(), words)
        await self.writer.commit(work)
        return warning_id

    async def step(self) -> None:
        """The worker's turn: what it decides, and what it sends."""
        await self.worker.releasing.step()
        await self.deliver()

    async def deliver(self) -> None:
        while await self.delivery.once():
            pass

    async def type_code(self, warning_id: int, by: int, code: str) -> str | None:
        work = Work()
        typed = self.panel.type_code(work, warning_id, by, code)
        await self.writer.commit(work)
        await self.step()
        return await self.panel.outcome(typed)

    async def release(self, warning_id: int) -> None:
        """Both officers type what their telephones told them."""
        for officer in (DRAFTER, APPROVER):
            assert await self.type_code(warning_id, officer, self.code_of(officer)) == "right"

    def code_of(self, officer: int) -> str:
        """The release code in the message sent last to an officer."""
        message = next(each for each in reversed(self.sms.sent) if each.to == NUMBERS[officer])
        digits = message.text.split("έγκρισης: ")[1].split(".")[0]
        return digits.replace(" ", "")

    # -- looking

    def warnings_sent(self) -> list[Sent]:
        """SMS to citizens."""
        return [each for each in self.sms.sent if each.to not in NUMBERS.values()]

    async def state(self, warning_id: int) -> tuple[str, str | None]:
        progress = await self.panel.progress(warning_id)
        return progress.state, progress.reason

    async def rows(self, table: Table, *where: Any) -> list[Any]:
        async with self.database.reading() as connection:
            return list((await connection.execute(select(table).where(*where))).all())

    async def happened(self, name: str) -> list[str]:
        """Reasons."""
        return [row.facts["reason"] for row in await self.rows(events, events.c.name == name)]


def morning(**changes: Any) -> ByHours:
    """Everyone who was in the hall between nine and ten."""
    return ByHours(**{"facility": "hall", "start": NINE, "end": NINE + timedelta(hours=1), **changes})


@asynccontextmanager
async def open_alkyona(
    database: Database,
    clock: StoppedClock,
    folder: Path,
    codes: KnownCodes | None = None,
    **settings: Any,
) -> AsyncIterator[Alkyona]:
    chosen = Settings(tracing_journal=folder / "worker" / "journal", **settings)
    codes = codes or KnownCodes()
    hall = Town(database, clock, codes, chosen)
    await hall.make_activity()
    town = Alkyona(database, clock, folder, chosen, hall, codes)
    town.slot = await hall.slot_at(NINE + timedelta(hours=1))
    town.activity_id = (await hall.slot_row(town.slot)).activity_id
    await town.make_staff()
    for officer in (DRAFTER, APPROVER):
        await town.enrol(officer, parse_number(NUMBERS[officer], "GR"))
    yield town
    await hall.writer.close()
