"""Replacing the look-up key: every number and chat is opened, and the value it is found by made anew.

For a key that has to change, or that was lost. It needs the key that opens, so it runs on the worker's machine. While
it runs, `web` finds people under the older key too; where that was lost, it asks them for some minutes' patience, so
that nobody is registered twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from core.adapters import keys
from core.adapters.keys import Generation, KeyFile, read_generations, whereabouts, write_generations
from core.adapters.sealing import HmacLookUp, HmacOrigin, HpkeOpener
from core.adapters.system import SystemClock
from core.commands.processes import renew_keys
from core.config import Settings
from core.db import audit
from core.db.database import Database
from core.db.work import Work
from core.db.writer import Writer
from core.errors import ConfigurationFault
from core.people.model import addresses
from core.people.numbers import LANDLINE, MOBILE
from core.people.service import TELEGRAM
from core.ports import BrokenBox, LookUp, Opener

_BATCH = 200
_NUMBER = "number"


@dataclass(frozen=True)
class Done:
    made_anew: int = 0
    broken: int = 0
    """Boxes that do not open, or are another citizen's: they lead to nobody."""
    twice: int = 0
    """Addresses that somebody has registered anew meanwhile; theirs counts."""

    def plus(self, **more: int) -> Done:
        return replace(self, **{name: getattr(self, name) + count for name, count in more.items()})


def begin(settings: Settings, now: datetime) -> None:
    """Make the new key and give it to `web`; where a change is under way already, go on with that."""
    renew_keys(settings)
    held = whereabouts(settings.keys_dir, keys.LOOKUP)
    place = held or settings.keys_dir / keys.LOOKUP
    at = now.replace(microsecond=0)
    older = read_generations(held) if held is not None else [Generation(b"", at)]
    if len(older) == 1:
        new = Generation(keys.new_key(keys.LOOKUP), at)
        write_generations(place, [new, *older])
    renew_keys(settings)


def end(settings: Settings) -> None:
    """What was lost is not missed any more. A key that is known stays a day, for dialogs under way."""
    place = whereabouts(settings.keys_dir, keys.LOOKUP)
    assert place is not None
    write_generations(place, [each for each in read_generations(place) if not each.is_lost])
    renew_keys(settings)


async def make_anew(settings: Settings) -> Done:
    """Go through all addresses until none has an older value. May be stopped and begun again at any time."""
    opening, origin_key, lookup_key = (
        _file(settings, name) for name in (keys.OPENING, keys.ORIGIN, keys.LOOKUP)
    )
    opener = HpkeOpener(opening, HmacOrigin(origin_key))
    lookup = HmacLookUp(lookup_key)
    database, clock = Database(settings.database_url), SystemClock()
    writer = Writer(database, clock)
    total = Done()
    try:
        while True:
            done = await _go_through(database, writer, opener, lookup)
            total = Done(total.made_anew + done.made_anew, done.broken, done.twice)
            if not done.made_anew:
                break
        facts: audit.Facts = {"why": "look-up key", "boxes": total.made_anew}
        work = Work()
        audit.append(work, at=clock.now(), actor="command", action="opened", facts=facts)
        await writer.commit(work)
    finally:
        await writer.close()
        await database.close()
    return total


async def _go_through(database: Database, writer: Writer, opener: Opener, lookup: LookUp) -> Done:
    done, after = Done(), -1
    c = addresses.c
    while True:
        query = select(addresses).where(c.id > after).order_by(c.id).limit(_BATCH)
        async with database.reading() as connection:
            rows = (await connection.execute(query)).all()
        if not rows:
            return done
        after = rows[-1].id
        work, changed = Work(), []
        for row in rows:
            try:
                plain = json.loads(opener.open(addresses.name, row.id, row.box))
            except BrokenBox:
                done = done.plus(broken=1)
                continue
            if plain["citizen"] != row.citizen_id:
                done = done.plus(broken=1)
                continue
            kind = _NUMBER if row.kind in (MOBILE, LANDLINE) else TELEGRAM
            value = lookup.of(kind, plain["to"])
            if value != row.lookup:
                changed.append(update(addresses).where(c.id == row.id, c.box == row.box).values(lookup=value))
        for statement in changed:
            work.run(statement)
        try:
            if changed:
                await writer.commit(work)
            done = done.plus(made_anew=len(changed))
        except IntegrityError:  # one of them is there under its new value already
            for statement in changed:
                alone = Work()
                alone.run(statement)
                try:
                    await writer.commit(alone)
                    done = done.plus(made_anew=1)
                except IntegrityError:
                    done = done.plus(twice=1)


def _file(settings: Settings, name: str) -> KeyFile:
    place = whereabouts(settings.keys_dir, name)
    if place is None:
        raise ConfigurationFault(f"KEYS_DIR: {name} is not on this machine; this runs where the worker is.")
    return KeyFile(place)
