"""Proves a telephone by calling it: whoever picks up presses a key, and no code is needed.

Somebody has rung the town, and the call claims a number. That claim is worth nothing: it can be forged. So the number
itself is called, under the limits of codes and counted with them, and a key that is pressed there says that it is at
hand. What a forged claim can bring about is one bounded call, which names the town and asks.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.schema import events
from core.db.work import Work
from core.errors import Conflict
from core.messages.outbox import Order, void
from core.messages.states import CALL
from core.messages.templates import ChatMessage, NothingToSay
from core.people.model import verifications
from core.people.numbers import PhoneNumber
from core.people.verification import LIFE, Verification

TEMPLATE = "call_back"
PATH = "/twilio/voice/back/"
RINGS_AFTER = timedelta(seconds=8)
"""The caller hears that they are called back, and puts the receiver down: before that the line is busy."""


@dataclass(frozen=True)
class CalledBack:
    """A call that is on its way to a number, or has just reached it."""

    id: int
    number: PhoneNumber
    speaker: bytes
    """Look-up of the call that claimed the number."""


class CallBacks(Verification):
    """`start` orders the call instead of a code. `check` is of no use here: there is nothing to type."""

    async def ringing(self, token: str) -> CalledBack | None:
        """What the call with this token is for; None when somebody has answered it, or it is ten minutes old."""
        found = await self._kept_for_call(hash_of_token(token), _context)
        if found is None:
            return None
        row, kept = found[0], json.loads(found[1])
        return CalledBack(row.id, PhoneNumber(**kept["number"]), bytes.fromhex(kept["speaker"]))

    def prove(self, work: Work, called: CalledBack) -> None:
        """The key was pressed: have `work` note that the number is at hand. Committing raises `Conflict` the second
        time."""
        now = self._clock.now()

        async def use(transaction: AsyncConnection, work: Work) -> None:
            mine = verifications.c.id == called.id, verifications.c.state == "pending"
            erased = {"code_mac": None, "spoken_code": None, "call_token": None}
            used = await transaction.execute(
                update(verifications).where(*mine).values(state="used", **erased)
            )
            if used.rowcount == 0:
                raise Conflict("the call was answered before")
            await void(transaction, [called.id], now)
            work.insert(events, at=now, name="code_used", facts={"kind": called.number.kind})

        work.job(use)

    def _prepare(
        self,
        verification_id: int,
        number: PhoneNumber,
        found: bytes,
        speaker: bytes,
        language: str,
        now: datetime,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        kept = json.dumps({"number": asdict(number), "speaker": speaker.hex()}).encode()
        sealed = {
            "to": number.e164,
            "token": base64.urlsafe_b64encode(self._codes.token(24)).decode(),
            "kept": base64.b64encode(self._keeper.keep(_context(verification_id), kept)).decode(),
        }
        order = self._outbox.row(
            verification_id, TEMPLATE, CALL, language=language, expires_at=now + LIFE, sealed=sealed
        )
        row = {
            "id": verification_id,
            "lookup": found,
            "prefix": number.prefix,
            "number_class": number.kind,
            "speaker": speaker,
            "language": language,
            "state": "pending",
            "tries_left": 0,
            "sent_at": now,
            "expires_at": now + LIFE,
        }
        return row, order | {"due_at": now + RINGS_AFTER}


class CallBackMessage:
    """`Template` of what `CallBacks` orders. What was kept, `web` alone can read."""

    def text(self, order: Order, sealed: Mapping[str, str]) -> str:
        raise NothingToSay  # only a voice can be answered

    def chat(self, order: Order, sealed: Mapping[str, str]) -> ChatMessage:
        raise NothingToSay

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        ready = (
            update(verifications)
            .where(verifications.c.id == order.box_row, verifications.c.state == "pending")
            .values(spoken_code=base64.b64decode(sealed["kept"]), call_token=hash_of_token(sealed["token"]))
        )
        work.run(ready, or_else=NothingToSay())
        return f"{PATH}{sealed['token']}?language={order.language}"


def hash_of_token(token: str) -> bytes:
    """How the random id in the call's address is stored; never the same as that of a call about a code."""
    return hashlib.sha256(b"call back\x00" + token.encode()).digest()


def _context(verification_id: int) -> str:
    return f"call_back:{verification_id}"
