"""Rotation of keys: which kinds there are, how a new generation comes, and when an older one may go.

Readers are given a new key before writers are; every process looks at its files again by itself. What is sealed is
sealed anew by the worker (`core.conversations.resealing`); what is short-lived runs out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.adapters import keys
from core.adapters.keys import Generation, read_generations, whereabouts, write_generations
from core.adapters.sealing import MARK, AesKeeper, mark_of, sealing_key_of
from core.commands.counting import made_under
from core.commands.processes import renew_keys
from core.config import Settings
from core.db.work import Work
from core.errors import ConfigurationFault
from core.passes.model import passes
from core.people.staff_model import staff
from core.ports import BrokenBox

SETTLED = timedelta(minutes=15)
"""After a rotation, until nothing can still be under way that was begun under the older key."""
DIALOGS_LAST = timedelta(days=1, minutes=30)


class Kind(StrEnum):
    """What a key is for."""

    BOXES = "boxes"
    """`sealing.pub` and `opening.key`."""
    ORIGIN = "origin"
    """`origin.key`: MACs of boxes and of orders."""
    CONVERSATION = "conversation"
    """`conversation.key`: dialogs under way."""
    PASSES = "passes"
    """`pass_signing.key` and `pass_verifying.pub`."""
    PANEL = "panel"
    """`panel.key`: second factors of the staff."""
    LOOKUP = "lookup"
    """`lookup.key`, by `paso keys replace-lookup` alone."""


FILES = {
    Kind.BOXES: keys.OPENING,
    Kind.ORIGIN: keys.ORIGIN,
    Kind.CONVERSATION: keys.CONVERSATION,
    Kind.PASSES: keys.PASS_VERIFYING,
    Kind.PANEL: keys.PANEL,
    Kind.LOOKUP: keys.LOOKUP,
}
"""Where the generations of each kind are."""
UNNOTICED = tuple(kind for kind in Kind if kind is not Kind.LOOKUP)
"""What `paso keys rotate` rotates by itself."""


@dataclass(frozen=True)
class Standing:
    """How far a rotation is."""

    kind: Kind
    generations: Sequence[Generation]
    """The newest first; empty where the key is not on this machine."""
    under: Sequence[int]
    """What was made under each and is still there; empty where that is not counted."""
    strange: int
    """Made under none of them, or before there were marks."""
    waits_for: str
    """Why the older ones cannot be retired yet; empty when they can, or when there are none."""


def generations_of(settings: Settings, kind: Kind) -> list[Generation]:
    place = whereabouts(settings.keys_dir, FILES[kind])
    return [] if place is None else read_generations(place)


def rotate(settings: Settings, kind: Kind, now: datetime) -> None:
    """Make a new generation and hand it out. Raises `ConfigurationFault` where the key is not on this
    machine.
    """
    renew_keys(settings)  # what a rotation that was interrupted had left
    folder, name, at = settings.keys_dir, FILES[kind], now.replace(microsecond=0)
    if kind is Kind.PASSES:
        new = Generation(keys.new_key(keys.PASS_SIGNING), at)
        public = Generation(keys.verifying_key_of(new.key), at)
        _write(settings, name, [public, *_held(settings, name)])
        renew_keys(settings)
        _write(settings, keys.PASS_SIGNING, [new])
    else:
        new = Generation(keys.new_key(name), at)
        _write(settings, name, [new, *_held(settings, name)])
        if kind is Kind.BOXES:
            renew_keys(settings)
            write_generations(folder / keys.SEALING, [Generation(sealing_key_of(new.key), at)])
    renew_keys(settings)


def retire(settings: Settings, kind: Kind) -> None:
    """Take the older generations away, everywhere."""
    _write(settings, FILES[kind], _held(settings, FILES[kind])[:1])
    renew_keys(settings)


async def standing(
    settings: Settings, kind: Kind, connection: AsyncConnection | None, now: datetime
) -> Standing:
    """`connection` is None where there is no database yet: then nothing is counted."""
    found = generations_of(settings, kind)
    if connection is None or not found:
        return Standing(kind, found, (), 0, "")
    under: list[int] = []
    strange = 0
    if kind not in (Kind.PASSES, Kind.LOOKUP):
        public = sealing_key_of if kind is Kind.BOXES else bytes
        counts = await made_under(connection, kind)
        under = [counts.pop(mark_of(public(each.key)), 0) for each in found]
        strange = sum(counts.values())
    waits = (
        "" if len(found) == 1 else await _waits_for(connection, kind, found, sum(under[1:]) + strange, now)
    )
    return Standing(kind, found, under, strange, waits)


async def keep_factors_anew(connection: AsyncConnection, keeper: AesKeeper, work: Work) -> None:
    """The second factors of the staff, under the newest panel key, at once: there are few."""
    c = staff.c
    old = func.substr(c.factor, 1, MARK) != keeper.mark
    for row in await connection.execute(select(c.id, c.factor).where(old)):
        context = f"staff-factor:staff:{row.id}"
        try:
            factor = keeper.keep(context, keeper.read(context, row.factor))
        except BrokenBox:
            continue  # `paso staff renew` helps who cannot sign in
        work.run(update(staff).where(c.id == row.id, c.factor == row.factor).values(factor=factor))


async def _waits_for(
    connection: AsyncConnection, kind: Kind, found: Sequence[Generation], left: int, now: datetime
) -> str:
    made_at = found[0].made_at
    assert made_at is not None  # whatever comes after another is dated
    settled = made_at + (DIALOGS_LAST if kind is Kind.LOOKUP else SETTLED)
    if now < settled:
        return f"what was under way ends by {settled:%Y-%m-%d %H:%M} UTC"
    if kind is Kind.PASSES:
        shown = passes.c.state == "valid", passes.c.issued_at <= settled
        last = await connection.scalar(select(func.max(passes.c.ends_at)).where(*shown))
        if last is not None and last > now:
            return f"the last pass signed before ends {last:%Y-%m-%d %H:%M} UTC"
    if left:
        by_whom = "a day at most" if kind is Kind.CONVERSATION else "the worker goes through them"
        return f"{left} left under an older key ({by_whom})"
    return ""


def _held(settings: Settings, name: str) -> list[Generation]:
    place = whereabouts(settings.keys_dir, name)
    if place is None:
        raise ConfigurationFault(f"KEYS_DIR: {name} is not on this machine; rotate it where it is.")
    return read_generations(place)


def _write(settings: Settings, name: str, generations: Sequence[Generation]) -> None:
    """In the complete set; or where the key is, when it is its process's alone."""
    write_generations(whereabouts(settings.keys_dir, name) or settings.keys_dir / name, generations)
