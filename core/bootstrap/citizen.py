"""The citizens' front door, built: what `web` may know, and no more."""

from __future__ import annotations

from dataclasses import dataclass

import core.tables
from core.activities.service import Activities
from core.adapters import keys
from core.adapters.painting import InkPainter
from core.adapters.sealing import (
    AesKeeper,
    HmacLookUp,
    HmacOrigin,
    HpkeSealer,
)
from core.adapters.signing import Ed25519Signer
from core.adapters.system import SystemClock, SystemCodes
from core.bookings.box_office import BoxOffice
from core.bookings.queries import Occupancy
from core.bookings.service import Bookings
from core.config import Settings
from core.conversations.at_home import AtHome
from core.conversations.house import House
from core.conversations.my_data.asking import DataRequests
from core.conversations.service import Conversations
from core.db.database import Database
from core.db.writer import Writer
from core.messages.outbox import Outbox
from core.messages.texts import Texts
from core.passes.service import Passes
from core.people.call_back import CallBacks
from core.people.desk import DeskTickets
from core.people.service import People
from core.people.verification import Verification
from core.ports import Clock, Codes, Origin
from core.tracing.spoken import SpokenWords

assert core.tables


@dataclass(frozen=True)
class CitizenSide:
    """The citizens' front door: `web`. Holds no key that opens."""

    house: House
    conversations: Conversations
    origin: Origin
    spoken: SpokenWords
    desk: DeskTickets

    async def close(self) -> None:
        await self.house.writer.close()
        await self.house.database.close()


def citizen_side(
    settings: Settings, *, clock: Clock | None = None, codes: Codes | None = None
) -> CitizenSide:
    """Raises `ConfigurationFault` for a key that is missing."""
    folder = keys.KeyFolder(settings.keys_dir)
    origin = HmacOrigin(folder.file(keys.ORIGIN))
    sealer = HpkeSealer(folder.file(keys.SEALING), origin)
    lookup = HmacLookUp(folder.file(keys.LOOKUP))
    keeper = AesKeeper(folder.file(keys.CONVERSATION))
    signer = Ed25519Signer(folder.file(keys.PASS_SIGNING))
    clock, codes = clock or SystemClock(), codes or SystemCodes()
    database = Database(settings.database_url)
    writer = Writer(database, clock)
    activities = Activities(database, clock, codes)
    passes = Passes(database, clock, codes, signer)
    box_office = BoxOffice(activities, clock, settings)
    outbox = Outbox(codes, clock, origin, sealer)
    people = People(database, clock, codes, sealer, lookup)
    bookings = Bookings(database, clock, codes, sealer, box_office, activities, passes, settings)
    house = House(
        settings=settings,
        database=database,
        writer=writer,
        clock=clock,
        codes=codes,
        keeper=keeper,
        lookup=lookup,
        sealer=sealer,
        signer=signer,
        painter=InkPainter(),
        texts=Texts(settings.zone),
        people=people,
        verification=Verification(database, clock, codes, lookup, origin, keeper, settings, outbox, writer),
        call_backs=CallBacks(database, clock, codes, lookup, origin, keeper, settings, outbox, writer),
        activities=activities,
        occupancy=Occupancy(database, clock),
        bookings=bookings,
        passes=passes,
        at_home=AtHome(database, writer, clock, codes, keeper, lookup, outbox, people, bookings),
        data_requests=DataRequests(database, writer, clock, lookup, origin, outbox, settings.contact_phone),
    )
    return CitizenSide(
        house,
        Conversations(house),
        origin,
        SpokenWords(database, clock, AesKeeper),
        DeskTickets(database, clock, codes),
    )
