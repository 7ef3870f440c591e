from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.db.database import Database
from tests.fakes.clock import StoppedClock
from tests.makers import Town


@pytest.fixture
async def town(database: Database, clock: StoppedClock) -> AsyncIterator[Town]:
    opened = Town(database, clock)
    yield opened
    await opened.writer.close()
