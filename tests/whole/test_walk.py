"""From a first visit to a pass in hand: real processes, real HTTP between them, on both databases."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zxingcpp
from icalendar import Calendar
from PIL import Image

from core.adapters.keys import PASS_VERIFYING, KeyFolder
from core.adapters.signing import Ed25519Verifier
from core.commands.processes import WEB, WORKER
from core.passes.token import decode
from tests.conversations.web_person import WebPerson
from tests.fakes.twilio_provider import TwilioProvider, twilio_provider
from tests.whole.people import LANDLINE, MOBILE
from tests.whole.processes import Processes, open_processes
from tests.whole.worker import provided_by, received, sent, until


@pytest.fixture
async def provider() -> AsyncIterator[TwilioProvider]:
    async with twilio_provider() as opened:
        yield opened


@pytest.fixture
async def town(tmp_path: Path, database_url: str, provider: TwilioProvider) -> AsyncIterator[Processes]:
    async with open_processes(
        tmp_path, database_url, activities=("pool", "tennis"), **provided_by(provider)
    ) as opened:
        yield opened


async def come_back(person: WebPerson) -> None:
    """The page is loaded again, and shows the same."""
    before = person.heard(), person.buttons()
    await person.visit("/chat")
    assert (person.heard(), person.buttons()) == before


async def hold(person: WebPerson, activity: str) -> None:
    """Tomorrow, or the next day on which there is something: the first hour, the first place."""
    await person.command("start", activity)
    for choice in (1, 0, 0, 0):
        await person.press(person.buttons()[choice])
    assert "Κρατάμε τη θέση σας" in person.heard()


async def code(provider: TwilioProvider, number: int) -> str:
    """The `number`th code that reached a telephone."""

    async def came() -> bool:
        return len(received(provider)) >= number

    await until(came)
    return received(provider)[number - 1]


async def test_from_a_first_visit_to_a_pass_in_hand(town: Processes, provider: TwilioProvider) -> None:
    async with WebPerson(town.address) as maria, WebPerson(town.address) as nikos:
        await hold(maria, "pool")
        await maria.press("Το διάβασα")
        await maria.type(LANDLINE)
        spoken = await code(provider, 1)
        assert sent(provider)[0].to == f"+30{LANDLINE}"
        await provider.delivery.settled()
        town.kill(WEB)
        town.kill(WORKER)
        await town.start(WEB)
        await come_back(maria)
        await maria.type(spoken)
        for answer in ("Μαρία Παππά", "ναι", "όχι"):
            await maria.type(answer)
        await maria.press("Επιβεβαιώνω")
        assert "Έγινε η κράτηση" in maria.heard()
        await pass_in_hand(town, maria, persons=1)

        await hold(nikos, "tennis")
        await nikos.press("Το διάβασα")
        await nikos.type(MOBILE)
        assert len(sent(provider)) == 1
        await town.start(WORKER)
        await nikos.type(await code(provider, 2))
        for answer in ("Νίκος Δήμου", "ναι", "όχι", "Άννα"):
            await nikos.type(answer)
        await nikos.press("Επιβεβαιώνω")
        assert "εσείς και 1 συνοδός" in nikos.heard()
        await pass_in_hand(town, nikos, persons=2)
    assert "error" not in re.findall(r'"level": ?"(\w+)"', town.logs())


async def pass_in_hand(town: Processes, person: WebPerson, persons: int) -> None:
    """The picture's code is read by a machine, signed by the town, and says what the page and the calendar say."""
    links = [link for link in person.page.links if link.startswith("/chat/pass/")]
    files = {link.rsplit(".")[-1]: await person.fetch(link) for link in links}
    assert {kind: status for kind, (status, _) in files.items()} == {"png": 200, "pdf": 200, "ics": 200}
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(files["png"][1])))
    verifier = Ed25519Verifier(KeyFolder(town.settings.keys_dir).load(PASS_VERIFYING))
    signed = decode(read.text)
    assert signed.is_genuine(verifier)
    token = signed.payload
    assert token.persons == persons
    assert token.starts_at > datetime.now(UTC)
    assert files["pdf"][1].startswith(b"%PDF-")
    (event,) = Calendar.from_ical(files["ics"][1].decode()).walk("VEVENT")
    assert event.decoded("dtstart") == token.starts_at
    assert event.decoded("dtend") == token.ends_at
