"""The worker's part of tracing, built: officers are asked, warnings released, and what their messages say."""

from __future__ import annotations

from collections.abc import Mapping

from core.activities.service import Activities
from core.adapters.journal import FileStore
from core.adapters.sealing import AesKeeper, HmacOrigin
from core.config import Settings
from core.db.database import Database
from core.db.writer import Writer
from core.messages.outbox import Outbox
from core.messages.templates import Template
from core.messages.texts import Texts
from core.ports import Clock, Codes, Opener, Origin
from core.tracing.asking import Asking
from core.tracing.chores import forget, other_roads, release
from core.tracing.claims import Claims
from core.tracing.finding import Finder
from core.tracing.journal import Journal
from core.tracing.officer_message import ENROLMENT, NOTICE, RELEASE, OfficerMessage
from core.tracing.officers import Officers
from core.tracing.releasing import Releasing
from core.tracing.spoken import SpokenWords
from core.tracing.warning_message import WARNING, WarningMessage
from core.tracing.wording import Wordings


class TracingSide:
    """Raises `ConfigurationFault` where the journal is damaged, or open to others."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        writer: Writer,
        clock: Clock,
        codes: Codes,
        texts: Texts,
        activities: Activities,
        outbox: Outbox,
        origin: Origin,
        opener: Opener,
    ) -> None:
        wordings = Wordings(texts, settings, activities)
        claims = Claims(Finder(database), wordings, clock, settings)
        journal = Journal(FileStore(settings.tracing_journal), clock)
        key = HmacOrigin(journal.key)
        asking = Asking(clock, codes, settings, texts, wordings, outbox, journal, key)
        self.officers = Officers(database, clock, opener)
        spoken = SpokenWords(database, clock, AesKeeper)
        to_officers = OfficerMessage(texts, settings, codes, spoken)
        self.releasing = Releasing(
            database, writer, clock, codes, settings, claims, self.officers, outbox, journal, asking
        )
        self.templates: Mapping[str, Template] = {
            WARNING: WarningMessage(clock, codes, outbox, spoken),
            ENROLMENT: to_officers,
            RELEASE: to_officers,
            NOTICE: to_officers,
        }
        self.chores = [
            release(self.releasing),
            other_roads(database, clock, codes, outbox, origin),
            forget(database, clock),
        ]
