"""Who may release a warning, and on which telephone: enrolled on the worker's machine, sealed, and read by it alone.

The panel has no part in it. Whoever has taken it over may write accounts and rows as he likes, but cannot make a box
that opens, nor give one person's box to another.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select, update

from core.db import audit
from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.errors import Refused
from core.messages.outbox import Outbox
from core.messages.states import CALL, CHAT, SMS
from core.messages.to_staff import Colleague
from core.people.numbers import LANDLINE, PhoneNumber
from core.people.staff_model import staff
from core.ports import BrokenBox, Clock, Codes, Opener, Sealer
from core.tracing.model import officers
from core.tracing.officer_message import CODE_LASTS, ENROLMENT

log = logging.getLogger(__name__)
TABLE = "officers"


class Duty(StrEnum):
    """What somebody is enrolled for."""

    TRACING = "tracing"
    """Drafts and releases."""
    ADMINISTRATOR = "administrator"
    """Told of alarms, and of what one officer alone released."""
    PROTECTION = "protection"
    """The data protection officer; told the same."""
    ALERTS = "alerts"
    """Told of news while on duty: a facility that fills, a key figure (`core.messages.to_staff`)."""


@dataclass(frozen=True)
class Officer:
    staff_id: int
    duties: frozenset[Duty]
    medium: str
    to: str = field(repr=False)
    language: str
    on_duty: bool
    place: int

    @property
    def has_number(self) -> bool:
        return self.medium != CHAT


@dataclass(frozen=True)
class Enrolling:
    """Somebody whose telephone is being tried. Kept by whoever asks, for some minutes, and nowhere else."""

    staff_id: int
    duties: frozenset[Duty]
    medium: str
    to: str = field(repr=False)
    language: str
    place: int
    code: str = field(repr=False)


class Enrolment:
    """For the command on the worker's machine, which has the origin key."""

    def __init__(
        self, database: Database, clock: Clock, codes: Codes, sealer: Sealer, outbox: Outbox
    ) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._sealer = sealer
        self._outbox = outbox

    async def begin(
        self,
        work: Work,
        login: str,
        to: PhoneNumber | str,
        duties: Sequence[Duty],
        *,
        place: int = 1,
        language: str = "el",
    ) -> Enrolling:
        """Have a code sent to a number, or to a chat (its id). Raises `Refused("tracing.unknown_login")`."""
        async with self._database.reading() as connection:
            staff_id = await connection.scalar(
                select(staff.c.id).where(staff.c.login == login.lower(), staff.c.active)
            )
        if staff_id is None:
            raise Refused("tracing.unknown_login")
        medium = CHAT if isinstance(to, str) else CALL if to.kind == LANDLINE else SMS
        address = to if isinstance(to, str) else to.e164
        code = self._codes.digits(6)
        self._outbox.order(
            work,
            ENROLMENT,
            medium,
            language=language,
            expires_at=self._clock.now() + CODE_LASTS,
            sealed={"to": address, "code": code},
        )
        return Enrolling(staff_id, frozenset(duties), medium, address, language, place, code)

    def finish(self, work: Work, enrolling: Enrolling, typed: str) -> None:
        """They read the code out. An earlier enrolment is replaced. Raises `Refused("tracing.wrong_code")`."""
        if "".join(typed.split()) != enrolling.code:
            raise Refused("tracing.wrong_code")
        row_id = self._codes.new_id()
        plain = {
            "to": enrolling.to,
            "medium": enrolling.medium,
            "language": enrolling.language,
            "staff": enrolling.staff_id,
            "duties": sorted(enrolling.duties),
        }
        self.leave(work, enrolling.staff_id)
        work.insert(
            officers,
            id=row_id,
            staff_id=enrolling.staff_id,
            place=enrolling.place,
            on_duty=True,
            box=self._sealer.seal(TABLE, row_id, json.dumps(plain).encode()),
            enrolled_at=self._clock.now(),
        )

    def leave(self, work: Work, staff_id: int) -> None:
        """Not an officer any more."""
        work.run(delete(officers).where(officers.c.staff_id == staff_id))

    def set_duty(self, work: Work, staff_id: int, on_duty: bool) -> None:
        work.run(update(officers).where(officers.c.staff_id == staff_id).values(on_duty=on_duty))


class Officers:
    """The worker's view."""

    def __init__(self, database: Database, clock: Clock, opener: Opener) -> None:
        self._database = database
        self._clock = clock
        self._opener = opener

    async def all(self, work: Work) -> list[Officer]:
        """In the order of the duty list. A box that does not open, or is another's, is reported and left out."""
        query = select(officers).join(staff, staff.c.id == officers.c.staff_id).where(staff.c.active)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.order_by(officers.c.place, officers.c.id))).all()
        found: list[Officer] = []
        for row in rows:
            officer = self._open(row)
            if officer is None:
                facts = {"officer": str(row.id)}
                work.insert(events, at=self._clock.now(), name="officer_forged", facts=facts)
                log.error("officer %s is not enrolled by us: left out", row.id)
            else:
                found.append(officer)
        return found

    async def on_duty(self, work: Work) -> Colleague | None:
        """`OnDuty`: the first of the duty list who is enrolled for alerts and on duty."""
        every = await self.all(work)
        chosen = next((each for each in every if each.on_duty and Duty.ALERTS in each.duties), None)
        if every:
            facts: audit.Facts = {"why": "alerts", "boxes": len(every)}
            audit.append(work, at=self._clock.now(), actor="worker", action="opened", facts=facts)
        return None if chosen is None else Colleague(chosen.medium, chosen.to, chosen.language)

    def _open(self, row: Any) -> Officer | None:
        try:
            plain = json.loads(self._opener.open(TABLE, row.id, row.box))
        except (BrokenBox, ValueError):
            return None
        if plain["staff"] != row.staff_id:
            return None
        duties = frozenset(Duty(each) for each in plain["duties"])
        where = (plain["medium"], plain["to"], plain["language"])
        return Officer(row.staff_id, duties, *where, row.on_duty, row.place)
