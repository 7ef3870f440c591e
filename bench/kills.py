"""A warning to 300 people, and the worker killed 100 times meanwhile: `python -m bench.kills`.

The worker is the real process with its keys, at the real time, and dies by `kill -9`; the provider speaks Twilio's
interface, takes up to two seconds for a message and then 150 ms to say so. Everyone is told exactly once. KILLS and
PEOPLE change the numbers.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import tempfile
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web
from sqlalchemy import insert, select

from core.activities.model import slots
from core.adapters import keys
from core.adapters.keys import KeyFolder, make_keys
from core.adapters.sealing import HmacOrigin, HpkeSealer, sealing_keys_of
from core.bookings.model import bookings
from core.bootstrap.citizen import citizen_side
from core.bootstrap.staff import staff_side
from core.commands.processes import WORKER, share_keys
from core.config import Settings
from core.conversations.house import House
from core.db.migrate import migrate
from core.db.work import Work
from core.messages.outbox import Outbox
from core.people.numbers import parse_number
from core.people.staff_model import staff
from core.tracing.groups import ByHours
from core.tracing.officers import Duty, Enrolment
from core.tracing.panel import Tracing
from core.tracing.wording import Fixed
from core.visits.model import visits
from standin import store
from standin.store import Message
from tests.fakes.twilio_provider import Handler, TwilioProvider, twilio_provider
from tests.whole.processes import Processes, publish
from tests.whole.worker import provided_by

KILLS = int(os.environ.get("KILLS", "100"))
PEOPLE = int(os.environ.get("PEOPLE", "300"))
TAKEN_WITHIN_S, ANSWERS_AFTER_S = 2.0, 0.15
MOST_BETWEEN = 9
"""Messages handed over from one start of the worker to the next kill, at most as wished; some are always under way."""
STILL_S = 5
"""So long it may do nothing (everything is under way, by those who died) before it is killed all the same."""
GIVE_UP_S = 900
OFFICERS = {101: "+306900000101", 102: "+306900000102"}


class SlowProvider:
    """Counts what reaches it, also from a worker that did not live to hear the answer."""

    def __init__(self, provider: TwilioProvider) -> None:
        self.provider = provider

    def warned(self) -> list[str]:
        officers = set(OFFICERS.values())
        found = self.provider.store.newest_first()
        return [each.to for each in found if isinstance(each, Message) and each.to not in officers]

    def code_of(self, number: str) -> str | None:
        for each in self.provider.messages[::-1]:
            if each.to == number and (found := re.search(r"έγκρισης: ([\d ]+)", each.text)):
                return found[1].replace(" ", "")
        return None


_checked = TwilioProvider._check
_chance = random.Random(5)


@web.middleware
async def _slowly(self: TwilioProvider, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Messages are not taken all at once; one whose sender died on the way is lost; the answer takes its time too."""
    sending = request.method == "POST" and request.path.endswith("/Messages.json")
    if sending:
        await asyncio.sleep(_chance.uniform(0, TAKEN_WITHIN_S))
        if request.transport is None or request.transport.is_closing():
            return web.Response(status=503)
    answer = await _checked(self, request, handler)
    if sending:
        await asyncio.sleep(ANSWERS_AFTER_S)
    return answer


async def main() -> None:
    store.KEPT = 10 * PEOPLE  # the page of the demonstration shows the newest only
    TwilioProvider._check = _slowly  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory(prefix="paso-kills-") as name:
        async with twilio_provider() as provider:
            await run(Path(name), SlowProvider(provider))


async def run(folder: Path, provider: SlowProvider) -> None:
    settings = Settings(
        database_url=f"sqlite:///{folder}/paso.db",
        keys_dir=folder / "keys",
        **provided_by(provider.provider),  # type: ignore[arg-type]
    )
    make_keys(settings.keys_dir)
    share_keys(settings)
    side, panel = citizen_side(settings), staff_side(settings)
    house = side.house
    await migrate(house.database)
    begun = house.clock.now() - timedelta(hours=3)
    await publish(side, ("pool",), house.clock.now())
    await fill(house, begun)
    town = Processes(folder, settings)
    await town.start(WORKER)
    warning = await release(house, panel.tracing, provider, begun)
    print(f"released; {PEOPLE} people")
    started, kills, lost = time.monotonic(), 0, Counter[str]()
    chance = random.Random(4)
    while kills < KILLS:
        before, wanted = len(provider.warned()), chance.randint(1, MOST_BETWEEN)
        deadline = time.monotonic() + STILL_S
        while len(provider.warned()) < min(before + wanted, PEOPLE) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        lost["while it sent" if len(provider.warned()) > before else "while it waited"] += 1
        town.kill(WORKER)
        kills += 1
        town._begin(WORKER)
    told_at = time.monotonic()
    while (await panel.tracing.progress(warning)).by_state.get("sent", 0) < PEOPLE:
        if time.monotonic() - told_at > GIVE_UP_S:
            break
        await asyncio.sleep(0.5)
    seconds = time.monotonic() - started
    town.kill(WORKER)
    told = Counter(provider.warned())
    states = (await panel.tracing.progress(warning)).by_state
    print(f"killed {kills} times ({', '.join(f'{n} {what}' for what, n in sorted(lost.items()))})")
    print(f"told {len(told)} of {PEOPLE}; twice {sum(n > 1 for n in told.values())}; states {states}")
    print(f"until all were told: {seconds:.0f} s")
    await panel.close()
    await side.close()
    assert told == Counter({number(n): 1 for n in range(PEOPLE)})


def number(n: int) -> str:
    return f"+30691{n:07d}"


async def fill(house: House, begun: datetime) -> None:
    """So many with mobiles, all in the pool for an hour; two officers, enrolled."""
    citizens = []
    for n in range(PEOPLE):
        work = Work()
        citizens.append(
            house.people.register(
                work, name="Ελένη Δοκιμή", birth_year=1980, resident=True, language="el",
                number=parse_number(number(n), "GR"), telegram_chat=None, reminders=False, notice_version=1,
            )
        )  # fmt: skip
        await house.writer.commit(work)
    async with house.database.reading() as connection:
        slot = (await connection.execute(select(slots).limit(1))).one()
    booked, came = [], []
    for citizen in citizens:
        booking = house.codes.new_id()
        booked.append(
            {
                "id": booking, "slot_id": slot.id, "activity_id": slot.activity_id, "revision": 1,
                "citizen_id": citizen, "holder": b"", "channel": "web", "units": 1, "persons": 1,
                "companions": 0, "booker_takes_part": True, "state": "confirmed",
                "created_at": begun, "extended": False,
            }
        )  # fmt: skip
        came.append(
            {
                "id": house.codes.new_id(), "facility": "pool", "place": slot.place, "slot_id": slot.id,
                "booking_id": booking, "persons": 1, "entered_at": begun,
                "left_at": begun + timedelta(hours=1), "assumed": False,
            }
        )  # fmt: skip
    people = [
        {
            "id": officer, "login": f"officer-{officer}", "password": "x", "factor": b"x", "factor_step": 0,
            "roles": ["tracing"], "active": True, "joined_at": begun,
        }
        for officer in OFFICERS
    ]  # fmt: skip
    async with house.database.writing() as connection:
        await connection.execute(insert(bookings), booked)
        await connection.execute(insert(visits), came)
        await connection.execute(insert(staff), people)
    folder = KeyFolder(house.settings.keys_dir)
    origin = HmacOrigin(folder.file(keys.ORIGIN))
    sealer = HpkeSealer(sealing_keys_of(folder.file(keys.OPENING)), origin)
    outbox = Outbox(house.codes, house.clock, origin, sealer)
    enrolment = Enrolment(house.database, house.clock, house.codes, sealer, outbox)
    for officer, telephone in OFFICERS.items():
        asking = Work()  # whose message is never sent: the officer is known
        to = parse_number(telephone, "GR")
        enrolling = await enrolment.begin(asking, f"officer-{officer}", to, [Duty.TRACING], place=officer)
        work = Work()
        enrolment.finish(work, enrolling, enrolling.code)
        await house.writer.commit(work)


async def release(house: House, panel: Tracing, provider: SlowProvider, begun: datetime) -> int:
    """Two officers type what their telephones told them."""
    work = Work()
    group = ByHours(facility="pool", start=begun, end=begun + timedelta(hours=1))
    drafter, *_ = OFFICERS
    warning = await panel.draft(work, drafter, group, Fixed("exposure", {"advice": "test"}))
    await house.writer.commit(work)
    for officer, telephone in OFFICERS.items():
        while (code := provider.code_of(telephone)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        work = Work()
        panel.type_code(work, warning, officer, code)
        await house.writer.commit(work)
    return warning


if __name__ == "__main__":
    asyncio.run(main())
