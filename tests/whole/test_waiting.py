"""From a freed place to the telephone: the real worker, the provider, the Bot API and the town's own server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from core.bookings.model import waiting
from standin.store import Call, Message
from tests.bot.running import running_bot
from tests.bot.telegram_person import TelegramPerson
from tests.conversations.core_person import CorePerson
from tests.conversations.neighbours import act
from tests.conversations.person import Person
from tests.fakes.clock import StoppedClock
from tests.fakes.telegram_server import telegram_server
from tests.fakes.twilio_provider import TwilioProvider, twilio_provider
from tests.whole.people import LANDLINE, MOBILE, register
from tests.whole.town import Town, open_town
from tests.whole.worker import hurry, idles, provided_by, sent, until, worker

HOUR = "pool +2 19:00 lane-2"


@pytest.fixture
async def provider(clock: StoppedClock) -> AsyncIterator[TwilioProvider]:
    async with twilio_provider(clock.now) as opened:
        yield opened


@asynccontextmanager
async def waiting_town(
    folder: Path,
    clock: StoppedClock,
    provider: TwilioProvider,
    patch: pytest.MonkeyPatch,
    **settings: object,
) -> AsyncIterator[Town]:
    """Lane 2 is full at that hour."""
    given = provided_by(provider) | settings
    async with open_town(folder, activities=("pool",), clock=clock, **given) as town:
        hurry(town, patch)
        await act(town, f"fills {HOUR}")
        yield town


async def wait(person: Person, town: Town, number: str) -> None:
    await person.command("start", "pool")
    for words in ("μεθαύριο", "στις 7 το απόγευμα", "διαδρομή 2", "1 άτομο"):
        await person.type(words)
    await person.press("Λίστα αναμονής")
    await register(person, town, number)
    assert "στην 1η θέση" in person.heard()


async def state(town: Town) -> str:
    async with town.side.house.database.reading() as connection:
        return str(await connection.scalar(select(waiting.c.state)))


def said(provider: TwilioProvider, words: str) -> list[Message | Call]:
    return [
        item
        for item in sent(provider)
        if words in (item.text if isinstance(item, Message) else " ".join(item.spoken))
    ]


async def test_a_mobile_gets_an_sms_that_says_until_when_and_where_to_take_it(
    tmp_path: Path, clock: StoppedClock, provider: TwilioProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with waiting_town(tmp_path, clock, provider, monkeypatch) as town, worker(town):
        person = CorePerson(town, channel="web")  # type: ignore[arg-type]
        await wait(person, town, MOBILE)
        await act(town, f"cancels {HOUR}")
        await within_five_seconds(clock)
        await until_said(provider, "Ελευθερώθηκε θέση")
        [message] = said(provider, "Ελευθερώθηκε θέση")
        assert isinstance(message, Message)
        assert f"{town.settings.public_url}/chat" in message.text
        await person.command("my_bookings")
        await person.press("Θέση για εσάς")
        await person.press("Τη θέλω")
        await person.press("Επιβεβαιώνω")
        assert "Έγινε η κράτηση" in person.heard()
        assert await state(town) == "taken"
    assert provider.problems == []


async def test_a_landline_is_called_and_1_books_the_place(
    tmp_path: Path, clock: StoppedClock, provider: TwilioProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with waiting_town(tmp_path, clock, provider, monkeypatch) as town, worker(town):
        person = CorePerson(town, channel="web")  # type: ignore[arg-type]
        await wait(person, town, LANDLINE)
        await act(town, f"cancels {HOUR}")
        await within_five_seconds(clock)
        await until_said(provider, "Η κράτησή σας έγινε")
        await person.command("pass")
        assert "Διαδρομή 2" in person.heard()
    assert provider.problems == []


async def within_five_seconds(clock: StoppedClock) -> None:
    """The worker's chores come round: it looks every 0.02 s of real time, and does what is due by the town's clock."""
    clock.move(seconds=4)


async def until_said(provider: TwilioProvider, words: str) -> None:
    async def heard() -> object:
        return said(provider, words)

    await until(heard)


async def test_a_chat_is_told_and_takes_it_with_one_button(
    tmp_path: Path, clock: StoppedClock, provider: TwilioProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with telegram_server() as server:
        chat = {"telegram_bot_token": server.token, "telegram_api_url": server.base_url}
        async with (
            waiting_town(tmp_path, clock, provider, monkeypatch, **chat) as town,
            running_bot(server, town.side.conversations),
            worker(town),
        ):
            person = TelegramPerson(server.person())
            await wait(person, town, MOBILE)
            await act(town, f"cancels {HOUR}")
            await within_five_seconds(clock)
            told = await person.chat.until(
                lambda: "Ελευθερώθηκε η θέση που περιμένατε" in person.chat.last.text
            )
            assert told.buttons == ["Τη θέλω", "Όχι, ευχαριστώ"]
            await person.press("Τη θέλω")
            assert "Η θέση είναι δική σας ως" in person.heard()
            await person.press("Επιβεβαιώνω")
            assert "Έγινε η κράτηση" in person.heard()
            assert await state(town) == "taken"
        assert server.problems == []


async def test_a_call_that_only_a_machine_heard_is_made_again_until_somebody_answers(
    tmp_path: Path, clock: StoppedClock, provider: TwilioProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with waiting_town(tmp_path, clock, provider, monkeypatch) as town, worker(town):
        await wait(CorePerson(town, channel="web"), town, LANDLINE)  # type: ignore[arg-type]
        provider.callee.mode = "machine"
        await act(town, f"cancels {HOUR}")
        await within_five_seconds(clock)
        for times in (1, 2):

            async def rung(times: int = times) -> bool:
                return len(said(provider, "Ελευθερώθηκε η θέση")) == times

            await until(rung)
            assert await state(town) == "offered"
            provider.callee.mode = "automatic" if times == 2 else "machine"
            clock.move(minutes=10 if times == 1 else 20)
        await until_said(provider, "Η κράτησή σας έγινε")
        assert await state(town) == "taken"
        calls = len(provider.calls)
        clock.move(minutes=60)
        await idles(town, clock, 5)
        assert len(provider.calls) == calls
