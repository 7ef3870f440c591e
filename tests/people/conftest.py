from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.db.database import Database
from tests.fakes.clock import StoppedClock
from tests.fakes.post import Post, open_post


@pytest.fixture
async def post(database: Database, clock: StoppedClock) -> AsyncIterator[Post]:
    async with open_post(database, clock) as opened:
        yield opened
