"""From ring to spoken pass, with the real worker and the provider that plays the citizen's telephone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from core.bookings.model import bookings, waiting
from standin.store import Call
from tests.conversations.neighbours import act
from tests.fakes.clock import StoppedClock
from tests.fakes.twilio_provider import twilio_provider
from tests.telephone.caller import LANDLINE, Exchange
from tests.whole.town import open_town
from tests.whole.worker import hurry, provided_by, sent, until, worker


@pytest.mark.parametrize("full", [False, True])
async def test_a_landline_books_a_lane_or_waits_for_it(
    tmp_path: Path, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    async with twilio_provider(clock.now) as provider:
        given: dict[str, Any] = provided_by(provider)
        async with (
            open_town(tmp_path, activities=("pool",), clock=clock, **given) as town,
            ClientSession() as http,
        ):
            hurry(town, monkeypatch)
            if full:
                await act(town, "fills pool +2 19:00 lane-2")
            caller = Exchange(town, http).caller()
            async with worker(town):
                provider.callee.keys = ["1", "1", "1", "2", *([] if full else ["#", "*"])]
                await caller.ring()
                for label in ("Κλειστό", "Πέμπτη 3", "επτά το απόγευμα", "Διαδρομή 2", "1 άτομο"):
                    await caller.press(label)
                if full:
                    await caller.press("Λίστα αναμονής")
                assert caller.hung_up
                clock.move(seconds=9)

                async def has_ended() -> bool:
                    return any(isinstance(item, Call) and item.final for item in sent(provider))

                await until(has_ended)
            [call] = [item for item in sent(provider) if isinstance(item, Call)]
            assert (call.to, call.error) == (LANDLINE, None)
            async with town.side.house.database.reading() as connection:
                wanted = select(waiting.c.state) if full else select(bookings.c.state)
                assert await connection.scalar(wanted) == ("waiting" if full else "confirmed")
                citizen = await connection.scalar(
                    select(bookings.c.citizen_id).where(bookings.c.channel == "phone")
                )
            heard = "\n".join(call.spoken)
            assert "σταματάμε εδώ" in heard
            if full:
                assert "στην 1η θέση" in heard
            else:
                assert citizen is not None
                view = await town.side.house.bookings.next_pass(citizen)
                assert view is not None
                spelt = [said.replace(" ", "") for said in call.spoken if re.fullmatch(r"\d( \d)*", said)]
                assert "".join(spelt) == str(view.code) * 6, (
                    spelt
                )  # twice, and again at the star and after silence
        assert provider.problems == []
