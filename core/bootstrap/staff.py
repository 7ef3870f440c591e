"""The staff panel, built: what `admin` may know, and no more."""

from __future__ import annotations

from dataclasses import dataclass

import core.tables
from core.activities.closing import Closing
from core.activities.drafts import Drafts
from core.activities.service import Activities
from core.adapters import keys
from core.adapters.sealing import (
    AesKeeper,
)
from core.adapters.signing import Ed25519Verifier
from core.adapters.system import SystemClock, SystemCodes
from core.bookings.box_office import BoxOffice
from core.bookings.counter import Counter
from core.bookings.queries import Occupancy
from core.config import Settings
from core.db.database import Database
from core.db.writer import Writer
from core.messages.texts import Texts
from core.passes.service import Passes
from core.people.desk import DeskTickets
from core.people.gate_phones import GatePhones
from core.people.staff import Staff
from core.people.staff_entry import Entry
from core.people.staff_factor import Factors
from core.people.staff_passwords import Passwords
from core.people.staff_sessions import StaffSessions
from core.ports import Clock, Codes, PassVerifier
from core.stats.queries import Figures
from core.stats.rollup import RollUp
from core.stats.targets import Targets
from core.tracing.choosing import Choosing
from core.tracing.claims import Claims
from core.tracing.enrolling import Invitations
from core.tracing.finding import Finder
from core.tracing.panel import Tracing
from core.tracing.reports import Reports
from core.tracing.wording import Wordings
from core.visits.bundle import Bundles
from core.visits.live import Live
from core.visits.service import Visits

assert core.tables


@dataclass(frozen=True)
class StaffSide:
    """The staff panel: `admin`. Holds the panel key and the pass-verifying key, and so no one's name or number."""

    settings: Settings
    database: Database
    writer: Writer
    clock: Clock
    codes: Codes
    texts: Texts
    verifier: PassVerifier
    staff: Staff
    sessions: StaffSessions
    entry: Entry
    activities: Activities
    occupancy: Occupancy
    gate_phones: GatePhones
    desk: DeskTickets
    visits: Visits
    live: Live
    bundles: Bundles
    tracing: Tracing
    choosing: Choosing
    reports: Reports
    invitations: Invitations
    closing: Closing
    drafts: Drafts
    counter: Counter
    rollup: RollUp
    figures: Figures
    targets: Targets

    async def close(self) -> None:
        await self.writer.close()
        await self.database.close()


def staff_side(
    settings: Settings,
    *,
    clock: Clock | None = None,
    codes: Codes | None = None,
    passwords: Passwords | None = None,
) -> StaffSide:
    """Raises `ConfigurationFault` for a key that is missing."""
    folder = keys.KeyFolder(settings.keys_dir)
    keeper = AesKeeper(folder.file(keys.PANEL))
    clock, codes = clock or SystemClock(), codes or SystemCodes()
    passwords = passwords or Passwords(codes)
    database = Database(settings.database_url)
    writer = Writer(database, clock)
    factors = Factors(keeper, clock, codes)
    sessions = StaffSessions(database, clock, codes)
    activities = Activities(database, clock, codes)
    verifying_keys = folder.file(keys.PASS_VERIFYING)
    verifier = Ed25519Verifier(verifying_keys)
    texts = Texts(settings.zone)
    claims = Claims(Finder(database), Wordings(texts, settings, activities), clock, settings)
    return StaffSide(
        settings=settings,
        database=database,
        writer=writer,
        clock=clock,
        codes=codes,
        texts=texts,
        verifier=verifier,
        staff=Staff(database, clock, codes, passwords, factors),
        sessions=sessions,
        entry=Entry(database, writer, clock, codes, keeper, sessions, passwords, factors),
        activities=activities,
        occupancy=Occupancy(database, clock),
        gate_phones=GatePhones(database, clock, sessions),
        desk=DeskTickets(database, clock, codes),
        visits=Visits(database, clock, codes, activities, verifier, presence_days=settings.presence_days),
        live=Live(database, clock, activities),
        bundles=Bundles(database, clock, codes, activities, verifying_keys),
        tracing=Tracing(database, writer, clock, codes, claims),
        choosing=Choosing(database, clock, activities, settings),
        reports=Reports(database, clock, codes, settings),
        invitations=Invitations(database, clock, codes),
        closing=Closing(database, clock, codes),
        drafts=Drafts(database, clock, codes, activities),
        counter=Counter(
            database,
            clock,
            codes,
            activities,
            Occupancy(database, clock),
            BoxOffice(activities, clock, settings),
            Passes(database, clock, codes),
        ),
        rollup=RollUp(database, writer, settings.zone),
        figures=Figures(database, clock, settings.zone),
        targets=Targets(database, clock, codes, settings.zone),
    )
