from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.db.database import Database
from core.db.writer import Writer
from core.stats.queries import Figures
from core.stats.rollup import RollUp
from core.stats.targets import Targets
from tests.fakes.clock import KnownCodes, StoppedClock
from tests.stats.makers import ATHENS


class Desk:
    """Where figures are asked for."""

    def __init__(self, database: Database, clock: StoppedClock) -> None:
        self.database = database
        self.clock = clock
        self.writer = Writer(database, clock)
        self.rollup = RollUp(database, self.writer, ATHENS)
        self.figures = Figures(database, clock, ATHENS)
        self.targets = Targets(database, clock, KnownCodes(), ATHENS)


@pytest.fixture
async def desk(database: Database, clock: StoppedClock) -> AsyncIterator[Desk]:
    opened = Desk(database, clock)
    yield opened
    await opened.writer.close()
