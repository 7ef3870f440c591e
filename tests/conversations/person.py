"""A person who talks with the city, in the words of the product; and transcripts, replayed line by line.

A transcript has one file; every channel replays it. Its lines:

    person   some words               typed
    person   [Label]                  a button whose label begins so
    person   [#1]                     the first button
    person   <code>                   the code that was sent
    person   /command argument
    city     words                    something the city said contains these words
    city     [One] [Two]              the question offers options whose labels begin so
    clock    minutes 6                time passes
    town     fills tennis +2 18:00    others act meanwhile (`tests/conversations/neighbours.py`)
    crowd    pool 2026-12-02 19:00 4  so many are taken in each lane of that hour
    gate     60                       whoever booked last was there in the last so many minutes
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import select, update

from core.activities.model import slots
from core.bookings.model import bookings
from core.db.work import Work
from core.visits.model import visits
from tests.conversations.neighbours import act

TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"


class Person(Protocol):
    """Someone on a channel."""

    async def type(self, words: str) -> None: ...

    async def press(self, label: str) -> None: ...

    async def command(self, name: str, argument: str = "") -> None: ...

    def heard(self) -> str:
        """All that the city said since the last turn, the question last."""
        ...

    def buttons(self) -> list[str]:
        """The labels of what can be pressed now."""
        ...


@dataclass(frozen=True)
class Line:
    number: int
    who: str
    words: str


def read(name: str) -> list[Line]:
    lines = []
    for number, text in enumerate((TRANSCRIPTS / name).read_text("utf-8").splitlines(), start=1):
        if text.strip() and not text.startswith("#"):
            who, _, words = text.strip().partition(" ")
            lines.append(Line(number, who, words.strip()))
    return lines


async def replay(name: str, person: Person, world, between) -> None:  # type: ignore[no-untyped-def]
    """Play a transcript. `between()` runs before each turn of the person: save, reload, start again."""
    for line in read(name):
        where = f"{name}:{line.number}"
        if line.who == "person":
            await between()
            await _act(person, world, line.words)
        elif line.who == "clock":
            unit, amount = line.words.split()
            world.clock.move(**{unit: float(amount)})
        elif line.who == "crowd":
            await crowd(world.side.house, *line.words.split())
        elif line.who == "gate":
            await _visit(world, int(line.words))
        elif line.who == "town":
            await act(world, line.words)
        else:
            _check(person, line.words, where)


async def crowd(house, key: str, day: str, hour: str, taken: str) -> None:  # type: ignore[no-untyped-def]
    """Others have been here before."""
    activity = await house.activities.get(key)
    seen = await house.occupancy.slots_of(activity, date.fromisoformat(day), "web")
    zone = house.settings.zone
    ids = [slot.id for slot in seen if f"{slot.starts_at.astimezone(zone):%H:%M}" == hour]
    async with house.database.writing() as connection:
        await connection.execute(update(slots).where(slots.c.id.in_(ids)).values(taken=int(taken)))


async def _act(person: Person, world, words: str) -> None:  # type: ignore[no-untyped-def]
    if words == "<code>":
        await person.type(world.code)
    elif words.startswith("[#"):
        await person.press(person.buttons()[int(words.strip("[#]")) - 1])
    elif words.startswith("["):
        await person.press(words.strip("[]"))
    elif words.startswith("/"):
        name, _, argument = words[1:].partition(" ")
        await person.command(name, argument)
    else:
        await person.type(words)


async def _visit(world, minutes: int) -> None:  # type: ignore[no-untyped-def]
    house, now = world.side.house, world.clock.now()
    newest = select(bookings.c.id, bookings.c.slot_id).order_by(
        bookings.c.created_at.desc(), bookings.c.id.desc()
    )
    async with house.database.reading() as connection:
        booking = (await connection.execute(newest.limit(1))).one()
    work = Work()
    work.insert(
        visits, id=world.codes.new_id(), facility="pool", place="", slot_id=booking.slot_id,
        booking_id=booking.id, persons=1, entered_at=now - timedelta(minutes=minutes), left_at=now, assumed=False,
    )  # fmt: skip
    await house.writer.commit(work)


def _check(person: Person, words: str, where: str) -> None:
    labels = re.findall(r"\[([^\]]+)\]", words)
    if labels:
        for label in labels:
            assert any(button.startswith(label) for button in person.buttons()), (
                where,
                label,
                person.buttons(),
            )
    else:
        assert words in person.heard(), (where, words, person.heard())
