"""Many verified people before the same question at the same moment, on both channels and at several servers."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import ClientSession, DummyCookieJar, TCPConnector

from core.conversations.model import conversations
from core.conversations.state import State
from core.conversations.talk import kept_for
from core.db.work import Work
from core.people.numbers import parse_number
from tests.conversations.core_person import CorePerson
from tests.conversations.page import Button, Form
from tests.conversations.web_person import WebPerson
from tests.fakes.telegram_chat import Chat, Shown
from tests.whole.channels import Telegram
from tests.whole.town import Town
from webhooks.portal.session import Session

AT_ONCE = 64
"""Connections of the crowd to a server."""


FIRST = "[the first button]"


class Racer:
    """Somebody in the crowd."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.channel = ""
        self.address = ""
        """Of the speaker, as the core knows it."""

    async def answer(self, offer: str, place: int) -> None:
        """Take an option of the question that everybody has before them."""
        raise NotImplementedError

    async def press(self, label: str) -> None:
        raise NotImplementedError

    def heard(self) -> str:
        raise NotImplementedError

    @property
    def holds(self) -> bool:
        """Whether they got a place, to be confirmed."""
        raise NotImplementedError


class WebRacer(Racer):
    def __init__(self, town: Town, person: WebPerson, session: Session) -> None:
        super().__init__(town)
        self.channel, self.address = "web", session.id
        self._person = person
        self._csrf = session.csrf

    async def answer(self, offer: str, place: int) -> None:
        once = base64.urlsafe_b64encode(self.town.codes.token(12)).decode()
        form = Form("/chat", "", {"csrf": self._csrf, "once": once, "turn": "1", "offer": offer})
        await self._person.send(Button(form, "pick", str(place), "choice"))
        assert self._person.status == 200

    async def press(self, label: str) -> None:
        await self._person.press(label)

    def heard(self) -> str:
        return self._person.heard()

    @property
    def holds(self) -> bool:
        return any(label.startswith("Επιβεβαιώνω") for label in self._person.buttons())


class TelegramRacer(Racer):
    def __init__(self, town: Town, chat: Chat, bot: dict[str, object]) -> None:
        super().__init__(town)
        self.channel, self.address = "telegram", str(chat.id)
        self._chat = chat
        self._bot = bot

    async def answer(self, offer: str, place: int) -> None:
        shown = self._chat.new_message(self._bot, text="Πόσοι;")
        self._chat.messages.append(shown)
        await self._chat.press_data(shown, f"o:{offer}:{place}")

    async def press(self, label: str) -> None:
        shown = next(each for each in reversed(self._chat.from_bot) if each.rows)
        await self._chat.press_data(shown, self._data(shown, label))

    @staticmethod
    def _data(shown: Shown, label: str) -> str:
        (row, *_) = [row for row in shown.rows if row[0]["text"].startswith(label)]
        return str(row[0]["callback_data"])

    def heard(self) -> str:
        return "\n".join(message.text for message in self._chat.from_bot)

    @property
    def holds(self) -> bool:
        return any(label.startswith("Επιβεβαιώνω") for label in self._chat.buttons)


async def at_people(town: Town, *said: str) -> State:
    """The conversation of somebody who has said all this, and is asked how many will come."""
    person = CorePerson(town, "prototype", channel="web")  # type: ignore[arg-type]
    await person.command("start", said[0])
    for words in said[1:]:
        await (person.press(person.buttons()[0]) if words == FIRST else person.type(words))
    assert person.question.step == "people", person.heard()
    talk = await town.side.conversations._open(person.speaker)
    return talk.state


@asynccontextmanager
async def open_crowd(
    town: Town,
    state: State,
    *,
    web: int,
    doors: Sequence[str] = (),
    telegram: tuple[Telegram, int] | None = None,
) -> AsyncIterator[list[Racer]]:
    """As many verified citizens at that place in the dialog; those on the web are spread over the doors."""
    connector = TCPConnector(limit=AT_ONCE)
    async with ClientSession(connector=connector, cookie_jar=DummyCookieJar()) as client:
        racers: list[Racer] = []
        for number in range(web):
            session = Session(base64.urlsafe_b64encode(town.codes.token(24)).decode())
            door = [town.address, *doors][number % (1 + len(doors))]
            person = WebPerson(door, client=client, cookies={"paso": session.id, "language": "el"})
            racers.append(WebRacer(town, person, session))
        if telegram is not None:
            channel, many = telegram
            racers += [TelegramRacer(town, channel.server.person(), channel.server.bot) for _ in range(many)]
        await asyncio.gather(*(_settle(town, state, racer, n) for n, racer in enumerate(racers)))
        yield racers


async def _settle(town: Town, state: State, racer: Racer, number: int) -> None:
    house = town.side.house
    work = Work()
    citizen = house.people.register(
        work,
        name="Κολυμβήτρια",
        birth_year=None,
        resident=True,
        language="el",
        number=parse_number(f"690{number:07d}", "GR"),
        telegram_chat=racer.address if racer.channel == "telegram" else None,
        reminders=False,
        notice_version=1,
    )
    await house.writer.commit(work)
    row, speaker = house.codes.new_id(), house.lookup.of(racer.channel, racer.address)
    work = Work()
    work.insert(
        conversations,
        id=row,
        channel=racer.channel,
        speaker=speaker,
        citizen_id=citizen,
        language="el",
        turn=1,
        kept=house.keeper.keep(kept_for(row, speaker, citizen), state.to_bytes()),
        heard_at=house.clock.now(),
    )
    await house.writer.commit(work)
