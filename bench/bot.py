"""How fast the bot is: `python -m bench.bot`.

Telegram's side (the Bot API server and the people) is a process of its own. Measured, on SQLite with synchronous
FULL and without Telegram's rate limits:

- a booking: the webhook is called with the confirming press, the booking is committed, the pass is drawn and sent,
  the next question asked; beside raw `sqlite3`, one durable commit per booking;
- another step: a press that is answered by the next question; beside the same bot without a city behind it, which
  parses the update and replies.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from core.db.work import Work
from core.people.numbers import parse_number
from tests.bot.running import running_bot
from tests.bot.script import Script, ask
from tests.fakes.telegram_chat import Chat
from tests.fakes.telegram_server import TelegramServer, telegram_server
from tests.worlds import World, open_world

PEOPLE = 200
LONGEST_S = 60
"""For everybody together, after which the measurement is given up."""
AT_ONCE = 40
"""Telegram's default for a webhook's connections."""


# -- Telegram's side


async def for_all(chats: list[Chat], act: Callable[[Chat], Awaitable[None]]) -> float:
    """Seconds until everybody has been answered, so many at once as Telegram delivers."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(chat: Chat) -> None:
        async with gate:
            await act(chat)

    begun = time.perf_counter()
    await asyncio.gather(*(one(chat) for chat in chats))
    return time.perf_counter() - begun


async def press_first(chat: Chat) -> None:
    message = next(message for message in reversed(chat.from_bot) if message.rows)
    await chat.press_data(message, message.rows[0][0]["callback_data"])


async def press_last(chat: Chat) -> None:
    message = next(message for message in reversed(chat.from_bot) if message.rows)
    await chat.press_data(message, message.rows[-1][0]["callback_data"])


async def start(chats: list[Chat]) -> float:
    return await for_all(chats, lambda chat: chat.type("/start festival"))


async def steps(chats: list[Chat]) -> float:
    """An answer, and one question back, three times."""
    return sum([await for_all(chats, press) for _ in range(3) for press in (press_first, press_last)])


async def review(chats: list[Chat]) -> float:
    """A concert, and one person."""
    return sum([await for_all(chats, press_first) for _ in range(2)])


async def confirm(chats: list[Chat]) -> float:
    seconds = await for_all(chats, press_first)
    passes = sum(1 for chat in chats if chat.photos)
    assert passes == len(chats), f"{passes} passes for {len(chats)} bookings"
    return seconds


WISHES = {each.__name__: each for each in (start, steps, review, confirm)}


async def telegram_side(pipe: Connection) -> None:
    async with telegram_server(checked=False) as server:
        chats = [server.person() for _ in range(PEOPLE)]
        pipe.send((server.base_url, [chat.id for chat in chats]))
        while True:
            wish, server.webhook = await asyncio.to_thread(pipe.recv)
            if wish == "end":
                return
            async with asyncio.timeout(LONGEST_S):
                pipe.send(await WISHES[wish](chats))


def run_telegram_side(pipe: Connection) -> None:
    try:
        asyncio.run(telegram_side(pipe))
    except TimeoutError:
        print(f"not everybody was answered within {LONGEST_S} seconds")


# -- the bot's side


class FarServer:
    """What `running_bot` needs to know of a server in another process."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.token = TelegramServer().token
        self.webhook = "https://paso.example/telegram"


async def register(world: World, chat_ids: list[int]) -> None:
    for place, chat_id in enumerate(chat_ids):
        work = Work()
        world.side.house.people.register(
            work,
            name="Μαρία Παππά",
            birth_year=None,
            resident=True,
            language="el",
            number=parse_number(f"69{place:08}", "GR"),
            telegram_chat=str(chat_id),
            reminders=False,
            notice_version=1,
        )
        await world.side.house.writer.commit(work)


def raw_bookings(folder: Path) -> float:
    """Durable bookings a second, one commit each, as a program without a city would write them."""
    with closing(sqlite3.connect(folder / "raw.db", isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.execute("create table slots (id integer primary key, taken integer, capacity integer)")
        connection.execute(
            "create table bookings (id integer primary key, slot integer, citizen integer, code text)"
        )
        connection.execute("insert into slots values (1, 0, 100000)")
        begun, count = time.perf_counter(), 1000
        for number in range(count):
            connection.execute("begin immediate")
            connection.execute("update slots set taken = taken + 1 where id = 1 and taken < capacity")
            connection.execute("insert into bookings values (?, 1, ?, ?)", (number, number, f"{number:010}"))
            connection.execute("commit")
        return count / (time.perf_counter() - begun)


@dataclass(frozen=True)
class Speed:
    """Of `count` updates."""

    count: int
    seconds: float
    cpu: float
    """Seconds of the bot's process."""

    def __str__(self) -> str:
        return f"{self.count / self.seconds:8.0f}/s   {1000 * self.cpu / self.count:6.1f} ms of CPU"


class Telegram:
    def __init__(self, pipe: Connection, address: str) -> None:
        self._pipe = pipe
        self._address = address

    async def act(self, wish: str, each: int = 1) -> Speed:
        """Have everybody do it; `each` is how many updates that makes of one person."""
        begun = time.process_time()
        self._pipe.send((wish, self._address))
        seconds: float = await asyncio.to_thread(self._pipe.recv)
        return Speed(each * PEOPLE, seconds, time.process_time() - begun)


def bare_bot() -> Script:
    concerts = ask("Ποια βραδιά;", *(f"Βραδιά {n} · Παρ 10/7 21:00" for n in range(3)), back=True)
    people = ask("Πόσοι θα έρθετε;", *(f"{n} άτομα" for n in range(1, 7)), back=True)
    return Script([(concerts,), *[(people,), (concerts,)] * 3])


async def measure(pipe: Connection, folder: Path) -> None:
    base_url, chat_ids = await asyncio.to_thread(pipe.recv)
    server: Any = FarServer(base_url)
    async with running_bot(server, bare_bot()) as running:
        telegram = Telegram(pipe, running.address)
        await telegram.act("start")
        bare = await telegram.act("steps", each=6)
    server.webhook = "https://paso.example/telegram"
    async with open_world(folder, activities=("festival",)) as world:
        await register(world, chat_ids)
        async with running_bot(server, world.side.conversations) as running:
            telegram = Telegram(pipe, running.address)
            await telegram.act("start")
            step = await telegram.act("steps", each=6)
            await telegram.act("review", each=2)
            booking = await telegram.act("confirm")
    raw = raw_bookings(folder)
    pipe.send(("end", ""))
    ratio = booking.count / booking.seconds / raw
    print(f"{'booking: webhook, commit, pass drawn and sent':48} {booking}")
    print(f"{'raw sqlite3, one durable commit per booking':48} {raw:8.0f}/s   ratio {ratio:.2f}")
    ratio = (step.count / step.seconds) / (bare.count / bare.seconds)
    print(f"{'another step of the dialog':48} {step}")
    print(f"{'the same bot, which only parses and replies':48} {bare}   ratio {ratio:.2f}")


def main() -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    telegram = context.Process(target=run_telegram_side, args=(there,))
    telegram.start()
    there.close()  # so that its end is noticed here
    try:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(measure(here, Path(folder)))
    except EOFError:  # Telegram's side has said why
        sys.exit(1)
    finally:
        telegram.terminate()
        telegram.join()


if __name__ == "__main__":
    main()
