"""Whole conversations as files, replayed on every channel, saved and reloaded between the turns."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conversations.core_person import CorePerson
from tests.conversations.person import TRANSCRIPTS, replay
from tests.worlds import open_world

NAMES = sorted(path.name for path in TRANSCRIPTS.glob("*.txt"))


async def nothing() -> None:
    return None


@pytest.mark.parametrize("name", NAMES)
async def test_a_transcript_without_a_channel(name: str, tmp_path: Path) -> None:
    async with open_world(tmp_path, twilio_account_sid="AC0", twilio_from="+302100000001") as world:
        await replay(name, CorePerson(world), world, nothing)
