"""Asks officers on their own telephones: who is next, when again, and what they are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.config import Settings
from core.db import audit
from core.db.work import Work
from core.messages.outbox import Outbox
from core.messages.states import CALL
from core.messages.texts import Texts
from core.ports import Clock, Codes, Origin
from core.tracing.claims import Claim
from core.tracing.journal import Journal
from core.tracing.model import releases
from core.tracing.officer_message import NOTICE, RELEASE
from core.tracing.officers import Duty, Officer
from core.tracing.wording import Wordings

DRAFTER, APPROVER = "drafter", "approver"
PATIENCE = timedelta(minutes=5)
"""A message that nobody answers becomes a call, and a call goes to the next on the duty list."""
CODE_DIGITS = 8
_MESSAGE_LASTS = timedelta(hours=1)
_BETWEEN_ALARMS = timedelta(minutes=10)


@dataclass(frozen=True)
class Due:
    """Somebody did not answer."""

    part: str
    staff_id: int
    again: bool
    """By a call; else the next one is asked."""


class Asking:
    def __init__(
        self,
        clock: Clock,
        codes: Codes,
        settings: Settings,
        texts: Texts,
        wordings: Wordings,
        outbox: Outbox,
        journal: Journal,
        key: Origin,
    ) -> None:
        """`key` makes MACs under the journal's own key."""
        self._clock = clock
        self._codes = codes
        self._settings = settings
        self._texts = texts
        self._wordings = wordings
        self._outbox = outbox
        self._journal = journal
        self._key = key
        self._alarmed_at: datetime | None = None

    async def tell(
        self,
        work: Work,
        claim: Claim,
        warning_id: int,
        order: bytes,
        officer: Officer,
        part: str,
        medium: str,
    ) -> None:
        """Order a message with everything that is to be released, and a code that fits this order, this person and
        this part alone.
        """
        code, now = self._codes.digits(CODE_DIGITS), self._clock.now()
        row = {"warning_id": warning_id, "staff_id": officer.staff_id, "part": part, "medium": medium}
        mac = self._key.mac(*_bound(order, row, code))
        work.insert(releases, id=self._codes.new_id(), mac=mac, state="asked", asked_at=now, **row)
        words = self._say(
            f"tracing.officer.asked.{part}",
            officer,
            group=await self._wordings.group(claim.group, claim.found),
            texts=" / ".join(f"«{text}»" for text in claim.texts.values()),
            again=self._again(claim, officer, now),
            **claim.counts | {"segments": sum(claim.counts["segments"].values())},
        )
        self._order(work, RELEASE, officer, medium, {"to": officer.to, "words": words, "code": code})
        facts: audit.Facts = {"why": "release", "boxes": 1, "warning": str(warning_id), "part": part}
        audit.append(work, at=now, actor="worker", action="opened", facts=facts)

    def fits(self, order: bytes, asked: Any, code: str) -> bool:
        """Whether a code is the one that was sent for this row of `releases`, whoever wrote the row."""
        return self._key.check(asked["mac"], *_bound(order, asked, code))

    def next_approver(self, every: Iterable[Officer], drafter: Officer, asked: set[int]) -> Officer | None:
        """The first on duty who was not asked yet and has a telephone of their own."""
        free = (
            each
            for each in every
            if Duty.TRACING in each.duties and each.on_duty and each.staff_id not in asked
        )
        others = (each for each in free if each.staff_id != drafter.staff_id and each.to != drafter.to)
        return next(others, None)

    def due(self, order: bytes, now: datetime, drafter_id: int, *, one: bool) -> list[Due]:
        """Who did not answer in time: of each part, the one asked last."""
        confirmed, found = self._journal.parts(order), []
        for part in (DRAFTER,) if one else (DRAFTER, APPROVER):
            told = [each for each in self._journal.messages(order) if each.part == part]
            if part in confirmed:
                continue
            if not told:  # whoever died before it was noted: ask again
                found.append(Due(part, drafter_id if part == DRAFTER else 0, part == DRAFTER))
            elif now >= told[-1].at + PATIENCE:
                times = sum(each.staff_id == told[-1].staff_id for each in told)
                again = times == 1
                if again or part == APPROVER:
                    found.append(Due(part, told[-1].staff_id, again))
        return found

    def choose(
        self, due: Iterable[Due], order: bytes, every: list[Officer]
    ) -> list[tuple[Officer, str, str]]:
        """Whom to tell now, and how."""
        by_id = {officer.staff_id: officer for officer in every}
        told = self._journal.messages(order)
        drafter = next((by_id.get(each.staff_id) for each in told if each.part == DRAFTER), None)
        chosen: list[tuple[Officer, str, str]] = []
        for each in due:
            officer = by_id.get(each.staff_id)
            if each.again and officer is not None and officer.has_number:
                chosen.append((officer, each.part, CALL))
            elif each.part == APPROVER and drafter is not None:
                asked = {one.staff_id for one in told if one.part == APPROVER}
                following = self.next_approver(every, drafter, asked)
                if following is not None:
                    chosen.append((following, APPROVER, following.medium))
        return chosen

    # -- those who watch

    def watchers(self, every: Iterable[Officer]) -> list[Officer]:
        return [each for each in every if each.duties & {Duty.ADMINISTRATOR, Duty.PROTECTION}]

    async def tell_watchers(
        self, work: Work, every: list[Officer], claim: Claim, what: str, at: datetime
    ) -> None:
        """Told at once of what one officer alone released."""
        group = await self._wordings.group(claim.group, claim.found)
        for officer in self.watchers(every):
            words = self._say(
                f"tracing.officer.{what}", officer, group=group, at=at, people=claim.counts["people"]
            )
            self._order(work, NOTICE, officer, officer.medium, {"to": officer.to, "words": words})

    async def alarm(self, work: Work, every: list[Officer], reason: str) -> None:
        """Tell those who watch that somebody tried; not more often than every ten minutes."""
        now = self._clock.now()
        if self._alarmed_at is not None and now < self._alarmed_at + _BETWEEN_ALARMS:
            return
        self._alarmed_at = now
        for officer in self.watchers(every):
            why = self._texts.say(f"tracing.refused.{reason.removeprefix('tracing.')}", officer.language)
            words = self._say("tracing.officer.alarm", officer, why=why)
            self._order(work, NOTICE, officer, officer.medium, {"to": officer.to, "words": words})

    def _order(
        self, work: Work, template: str, officer: Officer, medium: str, sealed: dict[str, str]
    ) -> None:
        self._outbox.order(
            work,
            template,
            medium,
            language=officer.language,
            expires_at=self._clock.now() + _MESSAGE_LASTS,
            sealed=sealed,
        )

    def _again(self, claim: Claim, officer: Officer, now: datetime) -> str:
        before = self._journal.group_released_at(claim.group_hash)
        if before is None or before < now - timedelta(hours=1):
            return ""
        return self._say("tracing.officer.again", officer, at=before) + " "

    def _say(self, key: str, officer: Officer, **params: object) -> str:
        return self._texts.say(key, self._texts.choose(officer.language), **params)


def _bound(order: bytes, row: Any, code: str) -> tuple[bytes, ...]:
    named = (str(row[name]).encode() for name in ("warning_id", "staff_id", "part"))
    return (b"release", order, *named, code.encode())
