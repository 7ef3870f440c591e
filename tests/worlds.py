"""A whole town in a test: the real core on a real database, with a stopped clock and known chance."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core.activities.loading import load, parse
from core.adapters.keys import make_keys
from core.bootstrap.citizen import CitizenSide, citizen_side
from core.config import Settings
from core.db.schema import metadata
from core.db.work import Work
from tests.fakes.clock import KnownCodes, StoppedClock

DEMONSTRATION = Path(__file__).parent.parent / "core" / "activities" / "demonstration"


class World:
    """The citizens' side, and what a test may turn."""

    def __init__(self, side: CitizenSide, clock: StoppedClock, codes: KnownCodes) -> None:
        self.side = side
        self.clock = clock
        self.codes = codes

    @property
    def code(self) -> str:
        """The verification code sent last."""
        return next(given for given in reversed(self.codes.given) if len(given) == 6)


@asynccontextmanager
async def open_world(
    folder: Path, *, database_url: str | None = None, activities: tuple[str, ...] = (), **settings: object
) -> AsyncIterator[World]:
    """A town with these activities of the demonstration (all of them by default)."""
    clock, codes = StoppedClock(), KnownCodes()
    keys_dir = folder / "keys"
    make_keys(keys_dir)
    chosen = Settings(
        database_url=database_url or f"sqlite:///{folder}/paso.db",
        keys_dir=keys_dir,
        **settings,  # type: ignore[arg-type]
    )
    side = citizen_side(chosen, clock=clock, codes=codes)
    async with side.house.database.writing() as connection:
        await connection.run_sync(metadata.create_all)
    today = clock.now().astimezone(chosen.zone).date()
    for path in sorted(DEMONSTRATION.glob("*.json")):
        if activities and path.stem not in activities:
            continue
        work = Work()
        await side.house.activities.publish(work, load(parse(path.read_bytes()), today))
        await side.house.writer.commit(work)
    try:
        yield World(side, clock, codes)
    finally:
        await side.close()
