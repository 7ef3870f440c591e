"""What conversations need of the rest of the house; built once by the bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

from core.activities.service import Activities
from core.bookings.queries import Occupancy
from core.bookings.service import Bookings
from core.config import Settings
from core.conversations.at_home import AtHome
from core.conversations.my_data.asking import DataRequests
from core.db.database import Database
from core.db.writer import Writer
from core.dialog.words import Words, Written
from core.messages.texts import Texts
from core.passes.service import Passes
from core.people.call_back import CallBacks
from core.people.service import People
from core.people.verification import Verification
from core.ports import Clock, Codes, Keeper, LookUp, Painter, PassSigner, Sealer


@dataclass(frozen=True)
class House:
    settings: Settings
    database: Database
    writer: Writer
    clock: Clock
    codes: Codes
    keeper: Keeper
    lookup: LookUp
    sealer: Sealer
    signer: PassSigner
    painter: Painter
    texts: Texts
    people: People
    verification: Verification
    call_backs: CallBacks
    activities: Activities
    occupancy: Occupancy
    bookings: Bookings
    passes: Passes
    at_home: AtHome
    data_requests: DataRequests

    def town(self) -> Words:
        """The municipality's name."""
        return Written({"el": self.settings.municipality_el, "en": self.settings.municipality_en})
