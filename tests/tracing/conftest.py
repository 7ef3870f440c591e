from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.db.database import Database
from tests.fakes.clock import StoppedClock
from tests.tracing.town import Alkyona, open_alkyona


@pytest.fixture
async def town(database: Database, clock: StoppedClock, tmp_path: Path) -> AsyncIterator[Alkyona]:
    async with open_alkyona(database, clock, tmp_path) as opened:
        yield opened
