"""A town with bookings behind the running panel, and a gate that speaks as the scanner page does."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from core.adapters.keys import PASS_SIGNING, KeyFolder
from core.adapters.signing import Ed25519Signer
from core.bookings.views import BookingView
from core.db.types import to_milliseconds
from core.passes.service import Passes
from tests.admin.conftest import Panel
from tests.admin.pages import Browser
from tests.makers import Town

TEN = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)
"""The hall's slot of ten persons: 10:00 in Athens."""


@dataclass
class Gatehouse:
    """A hall that is booked; its passes are signed with the key that the panel knows. `other` is another hall."""

    panel: Panel
    town: Town
    nonces: Any = field(default_factory=lambda: itertools.count(1))

    @classmethod
    async def build(cls, panel: Panel, **changes: Any) -> Gatehouse:
        town = Town(panel.side.database, panel.clock, codes=panel.side.codes)
        key = KeyFolder(panel.side.settings.keys_dir).load(PASS_SIGNING)
        town.passes = Passes(town.database, town.clock, town.codes, Ed25519Signer(key))
        await town.make_activity(**changes)
        return cls(panel, town)

    async def close(self) -> None:
        await self.town.writer.close()

    def at(self, minutes: float) -> datetime:
        """The clock is moved to so many minutes after ten."""
        self.panel.clock.at = TEN + timedelta(minutes=minutes)
        return self.panel.clock.at

    async def book(self, persons: int = 1, at: datetime = TEN, **changes: Any) -> BookingView:
        slot_id = await self.town.slot_at(at)
        return await self.town.make_booking(
            slot_id, await self.town.make_citizen(), persons=persons, **changes
        )

    async def cancel(self, booking: BookingView) -> None:
        row = await self.town.booking_row(booking.id)
        await self.town.cancel(booking, row.citizen_id)

    async def token(self, booking: BookingView) -> str:
        return await self.town.passes.token(booking.id)

    def question(self, shown: str, /, **changes: Any) -> dict[str, Any]:
        now = to_milliseconds(self.panel.clock.now())
        return {"nonce": f"nonce-{next(self.nonces):012}", "shown": shown, "scanned_at": now, **changes}

    async def send(self, browser: Browser, *questions: dict[str, Any], **changes: Any) -> tuple[int, Any]:
        """Status and answer of scans that are sent at once."""
        body = {
            "facility": "hall",
            "gate": "gate-1",
            "sent_at": to_milliseconds(self.panel.clock.now()),
            "scans": list(questions),
            **changes,
        }
        return await self.post(browser, body)

    async def post(self, browser: Browser, body: Any) -> tuple[int, Any]:
        headers = {"X-CSRF-Token": (await self.bundle(browser))["csrf"]}
        async with browser.session.post("/gate/scans", json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def scan(self, browser: Browser, shown: str, **changes: Any) -> Any:
        status, answer = await self.send(browser, self.question(shown, **changes))
        assert status == 200, answer
        return answer["answers"][0]

    async def bundle(self, browser: Browser, facility: str = "hall") -> Any:
        async with browser.session.get("/gate/bundle", params={"facility": facility}) as answer:
            assert answer.status == 200
            return await answer.json()

    async def inside(self) -> int:
        """Counted both ways, which agree."""
        counted = await self.panel.side.live.inside_now()
        assert counted == await self.panel.side.live.recount()
        return sum(counted.values())
