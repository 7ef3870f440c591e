"""A Bot API server on the loopback; every call to it must be allowed by the official description."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.telegram_server import TelegramServer, telegram_server


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as opened:
        yield opened
        assert opened.problems == []
