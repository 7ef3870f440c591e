"""Whole calls as files; meanwhile the process ends and begins again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conversations.person import TRANSCRIPTS, replay
from tests.telephone.caller import open_exchange

NAMES = sorted(path.name for path in (TRANSCRIPTS / "phone").glob("*.txt"))


@pytest.mark.parametrize("name", NAMES)
async def test_a_transcript_by_keys(name: str, tmp_path: Path) -> None:
    async with open_exchange(tmp_path) as exchange:
        turns = 0

        async def between() -> None:
            nonlocal turns
            turns += 1
            if turns % 4 == 0:
                await exchange.town.restart()

        await replay(f"phone/{name}", exchange.caller(), exchange.town, between)
