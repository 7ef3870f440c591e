"""Somebody with twelve keys: hears TwiML, presses what the voice says, and is called back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree

from aiohttp import ClientSession
from twilio.request_validator import RequestValidator

from core.adapters.keys import OPENING, KeyFolder
from core.adapters.sealing import HpkeOpener
from core.messages.delivery import Delivery
from core.messages.states import CALL
from core.messages.templates import Saying
from core.people.call_back import TEMPLATE, CallBackMessage
from core.people.reaching import Addresses
from core.ports import Receipt
from tests.whole.town import Town, open_town

ACCOUNT, TOKEN, TOWN = "AC0", "a-token-for-tests", "+302110000000"
LANDLINE, MOBILE = "+302101234567", "+306971234567"
_OPTION = re.compile(r"(?P<label>.*), (?:πατήστε|press) (?P<key>\d)\.", re.DOTALL)


class Line:
    """`Medium` of calls that only notes them."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, str]] = []
        """(number, path under which the words are fetched)."""

    async def send(self, to: str, saying: Saying, reference: str) -> Receipt:
        self.rung.append((to, str(saying)))
        return Receipt(f"CA{reference}")

    async def find(self, to: str, saying: Saying, since: datetime) -> Receipt | None:
        return None


class Exchange:
    """The town's number, and its worker, as far as it calls back."""

    def __init__(self, town: Town, http: ClientSession) -> None:
        self.town = town
        self.http = http
        self.line = Line()
        self.calls = 0

    async def post(self, path: str, fields: dict[str, str], *, token: str = TOKEN) -> tuple[int, str]:
        """As Twilio signs it."""
        url = self.town.settings.public_url + path
        signature = RequestValidator(token).compute_signature(url, fields)
        headers = {"X-Twilio-Signature": signature}
        async with self.http.post(url, data=fields, headers=headers) as answer:
            return answer.status, await answer.text()

    async def deliver(self) -> None:
        """What is due is called."""
        house, origin = self.town.side.house, self.town.side.origin
        opener = HpkeOpener(KeyFolder(self.town.settings.keys_dir).file(OPENING), origin)  # type: ignore[arg-type]
        delivery = Delivery(
            house.database, house.writer, house.clock, house.codes, origin, opener,
            media={CALL: self.line}, templates={TEMPLATE: CallBackMessage()}, reach=Addresses(house.database, opener),
        )  # fmt: skip
        await delivery.once()

    def caller(self, number: str = LANDLINE, language: str = "el") -> Caller:
        return Caller(self, number, language)


class Caller:
    """Rings, presses, and picks up. `said`: the sentences of the last answer, the question's included."""

    def __init__(self, exchange: Exchange, number: str, language: str) -> None:
        self.exchange = exchange
        self.number = number
        self.language = language
        self.said: list[str] = []
        self.hung_up = False
        self.document = ""
        self.action = ""
        self.sid = ""
        self.path = ""
        self._gather: ElementTree.Element | None = None
        self._outgoing = False

    @property
    def fields(self) -> dict[str, str]:
        ends = (TOWN, self.number) if self._outgoing else (self.number, TOWN)
        direction = "outbound-api" if self._outgoing else "inbound"
        return {
            "CallSid": self.sid, "AccountSid": ACCOUNT, "From": ends[0], "To": ends[1], "Direction": direction,
            "CallStatus": "in-progress", "ApiVersion": "2010-04-01",
        }  # fmt: skip

    # -- what a person does

    async def ring(self) -> None:
        """To the first question."""
        self._begin_call(outgoing=False)
        await self.fetch("/twilio/voice/incoming")
        await self.keys("2" if self.language == "en" else "1")

    async def keys(self, digits: str) -> None:
        """For the question that was heard; `#` ends what is typed and is not sent, as at the provider."""
        assert self._gather is not None, self.said
        most = self._gather.get("numDigits")
        if finish := self._gather.get("finishOnKey"):
            digits = digits.removesuffix(finish)
        assert most is None or len(digits) <= int(most)
        await self.fetch(self.action, Digits=digits)

    async def silence(self) -> None:
        assert self._gather is not None
        if self._gather.get("actionOnEmptyResult") == "true":
            await self.fetch(self.action, Digits="")

    async def pick_up(self, key: str = "1") -> None:
        """The telephone rings: our own call."""
        self.exchange.town.clock.move(seconds=10)  # type: ignore[attr-defined]
        await self.exchange.deliver()
        number, path = self.exchange.line.rung[-1]
        assert number == self.number
        self._begin_call(outgoing=True)
        await self.fetch(path)
        await self.keys(key)

    async def fetch(self, path: str, **more: str) -> None:
        status, document = await self.exchange.post(path, {**self.fields, **more})
        assert status == 200, (path, status)
        self._hear(document, path)

    # -- a person of the transcripts

    async def type(self, words: str) -> None:
        await self.keys(words)

    async def press(self, label: str) -> None:
        """By its label, at whichever level it is."""
        for _ in range(9):
            for known, key in self.options:
                if known.startswith(label):
                    await self.keys(key)
                    return
            assert any(known in ("Για περισσότερα", "For more") for known, _ in self.options), (
                label,
                self.said,
            )
            await self.keys("9")
        raise AssertionError(label)

    async def command(self, name: str, argument: str = "") -> None:
        match name:
            case "rings":
                await self.ring()
            case "picks_up":
                await self.pick_up(argument or "1")
            case "silent":
                await self.silence()
            case _:
                raise AssertionError(name)

    def heard(self) -> str:
        return "\n".join(self.said)

    def buttons(self) -> list[str]:
        return [label for label, _ in self.options]

    @property
    def options(self) -> list[tuple[str, str]]:
        """(label, key), of this level."""
        found = [_OPTION.fullmatch(sentence) for sentence in self.said]
        return [(each["label"], each["key"]) for each in found if each is not None]

    @property
    def code(self) -> str:
        """Of the pass, as it was spelt."""
        groups = [said.replace(" ", "") for said in self.said if re.fullmatch(r"\d( \d){0,2}", said)]
        code = "".join(groups)
        assert len(code) == 20, groups
        assert code[:10] == code[10:]
        return code[:10]

    def _begin_call(self, *, outgoing: bool) -> None:
        self.exchange.calls += 1
        self.sid = f"CA{self.exchange.calls:032x}"
        self.hung_up, self._outgoing = False, outgoing

    def _hear(self, document: str, path: str) -> None:
        root = ElementTree.fromstring(document)
        assert root.tag == "Response"
        self.document, self.path = document, path
        self.said = [" ".join((each.text or "").split()) for each in root.iter("Say")]
        self._gather = root.find("Gather")
        self.hung_up = self._gather is None
        self.action = urljoin(path, self._gather.get("action", "")) if self._gather is not None else ""


@asynccontextmanager
async def open_exchange(folder: Path, *activities: str, **settings: object) -> AsyncIterator[Exchange]:
    given: dict[str, object] = {"twilio_auth_token": TOKEN, "twilio_from": TOWN, **settings}
    async with open_town(folder, activities=activities, **given) as town, ClientSession() as http:  # type: ignore[arg-type]
        yield Exchange(town, http)
