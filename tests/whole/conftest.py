from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.whole.channels import Channel, open_channel
from tests.whole.town import Town, open_town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """A pool, on SQLite."""
    async with open_town(tmp_path, activities=("pool",)) as opened:
        yield opened


@pytest.fixture(params=["telegram", "web"])
async def channel(request: pytest.FixtureRequest, town: Town) -> AsyncIterator[Channel]:
    """Of that town."""
    async with open_channel(request.param, town) as opened:
        yield opened
