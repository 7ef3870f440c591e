"""What is kept for desk and telephone is told to everybody who looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conversations.core_person import CorePerson
from tests.worlds import open_world

POOL = "Κάθε φορά κρατάμε, σε κάθε διαδρομή ή χώρο: 1 θέση για όσους έρχονται στο γραφείο."
CINEMA = "Κάθε φορά κρατάμε: 10 θέσεις για όσους έρχονται στο γραφείο, 10 θέσεις για όσους τηλεφωνούν."


@pytest.mark.parametrize(("key", "words"), [("pool", POOL), ("cinema", CINEMA), ("tennis", "")])
async def test_the_first_question_of_a_booking_says_it_once(tmp_path: Path, key: str, words: str) -> None:
    async with open_world(tmp_path, activities=(key,)) as world:
        person = CorePerson(world)
        await person.command("start", key)
        said = person.heard().replace("\u00a0", " ")
        assert said.count("Κάθε φορά κρατάμε") == (1 if words else 0)
        assert words in said
        await person.press(person.buttons()[0])
        assert "Κάθε φορά κρατάμε" not in person.heard()
