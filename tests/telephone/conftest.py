from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.telephone.caller import Exchange, open_exchange


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    """Of a town with a pool."""
    async with open_exchange(tmp_path, "pool") as opened:
        yield opened
