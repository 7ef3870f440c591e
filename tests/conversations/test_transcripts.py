"""Whole conversations as files, replayed on every channel; meanwhile the process ends and begins again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.conversations.person import TRANSCRIPTS, replay
from tests.whole.channels import open_channel
from tests.whole.town import open_town

NAMES = sorted(path.name for path in TRANSCRIPTS.glob("*.txt"))


@pytest.mark.parametrize(("channel", "turns"), [("core", 1), ("telegram", 3), ("web", 3)])
@pytest.mark.parametrize("name", NAMES)
async def test_a_transcript_on_every_channel(name: str, channel: str, turns: int, tmp_path: Path) -> None:
    async with open_town(tmp_path) as town, open_channel(channel, town) as opened:
        await replay(name, await opened.person(), town, every(turns, opened.restart))
        assert town.restarts > 3


def every(turns: int, restart: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Restart before each so many turns only: on a channel with a server it takes its time."""
    taken = 0

    async def between() -> None:
        nonlocal taken
        taken += 1
        if taken % turns == 0:
            await restart()

    return between
