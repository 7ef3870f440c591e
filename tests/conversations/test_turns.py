"""Turns: what a stale press, a silent person and a language with its command lead to."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from core.conversations.model import conversations
from core.dialog.heard import Command, Picked, Silence
from core.dialog.said import Show
from tests.conversations.core_person import CorePerson
from tests.worlds import World, open_world


async def test_a_stale_press_on_a_page_leaves_the_page_as_it_was(tmp_path: Path) -> None:
    async with open_world(tmp_path, activities=("pool",)) as world:
        person = CorePerson(world, channel="web")
        await person.command("start")
        await person.press("Κλειστό κολυμβητήριο")
        before = await world.side.conversations.now(person.speaker)
        await person.hear(Picked("long-ago", 0))
        assert person.reply is not None
        assert person.reply.stale
        assert "παλιότερη ερώτηση" in person.heard()
        assert person.reply.history == before.history
        assert person.question.step == "day"


async def test_a_page_loaded_again_shows_the_same(tmp_path: Path) -> None:
    async with open_world(tmp_path, activities=("pool",)) as world:
        person = CorePerson(world, channel="web")
        await person.command("start")
        said = person.heard()
        person.reply = await world.side.conversations.now(person.speaker)
        assert person.heard() == said
        turn = person.reply.turn
        person.reply = await world.side.conversations.now(person.speaker)
        assert person.reply.turn == turn


async def test_something_without_words_is_answered_and_the_question_comes_again(tmp_path: Path) -> None:
    async with open_world(tmp_path, activities=("pool",)) as world:
        person = CorePerson(world)
        await person.command("start")
        await person.hear(Silence())
        assert "μόνο γραπτά λόγια" in person.heard()
        assert person.question.step == "wish"


async def test_five_thousand_characters_are_too_long_for_any_question(tmp_path: Path) -> None:
    async with open_world(tmp_path, activities=("pool",)) as world:
        person = CorePerson(world)
        await person.command("start")
        await person.type("α" * 5000)
        assert "πολύ μεγάλο" in person.heard()


async def test_a_language_named_with_its_command_is_taken_at_once(tmp_path: Path) -> None:
    async with open_world(tmp_path, activities=("pool",)) as world:
        person = CorePerson(world)
        await person.hear(Command("language", "en"))
        assert person.reply is not None
        assert person.reply.language == "en"


async def test_a_silent_person_may_stay_and_an_absent_one_is_forgotten(tmp_path: Path) -> None:
    async with open_world(tmp_path, activities=("pool",)) as world:
        person = CorePerson(world, channel="web")
        await person.command("start")
        await person.press("Κλειστό κολυμβητήριο")
        world.clock.move(minutes=14)
        await world.side.conversations.stay(person.speaker)
        world.clock.move(minutes=14)
        person.reply = await world.side.conversations.now(person.speaker)
        assert not person.reply.expired
        world.clock.move(minutes=16)
        person.reply = await world.side.conversations.now(person.speaker)
        assert person.reply.expired
        assert person.question.step == "wish"


async def test_the_buttons_and_the_picture_agree_on_what_is_free(tmp_path: Path) -> None:
    async with open_world(tmp_path, activities=("pool",)) as world:
        person = CorePerson(world, channel="web")
        await person.command("start", "pool")
        await person.type("αύριο στις 19:00")
        labels = person.buttons()
        assert all("· 5 ελ." in label for label in labels), labels  # one of six is kept for the desk
        await person.back()
        await person.type("αύριο")
        assert person.reply is not None
        [picture] = [said.picture for said in person.reply.said if isinstance(said, Show)]
        drawn = await world.side.conversations.picture(person.speaker, picture)
        assert drawn.grid is not None
        row = next(cells for hour, cells in drawn.grid.rows if hour == "19:00")
        assert [cell.capacity - cell.taken for cell in row] == [5] * 6


async def test_a_hold_says_until_when(tmp_path: Path) -> None:
    async with open_world(tmp_path, activities=("pool",)) as world:
        person = CorePerson(world, channel="web")
        await person.command("start", "pool")
        await person.type("αύριο στις 19:00")
        await person.press("Διαδρομή 1")
        await person.press("1 άτομο")
        assert person.reply is not None
        assert person.reply.held_until is not None
        assert (person.reply.held_until - world.clock.now()).total_seconds() == 300


async def test_a_limit_of_the_day_asks_for_another_day_and_not_for_another_lane(tmp_path: Path) -> None:
    async with open_world(
        tmp_path, activities=("pool",), twilio_account_sid="AC0", twilio_from="Paso"
    ) as world:
        person = CorePerson(world)
        await person.command("start", "pool")
        for words in ("αύριο στις 19:00", "διαδρομή 1", "1"):
            await person.type(words)
        await person.press("Το διάβασα")
        await person.type("6971234561")
        await person.type(world.code)
        await person.type("Μαρία Παππά")
        for words in ("ναι", "όχι", "ναι"):
            await person.type(words)
        assert "Έγινε η κράτηση" in person.heard()
        await person.command("start", "pool")
        for words in ("αύριο στις 10:00", "διαδρομή 3", "1"):
            await person.type(words)
        assert person.question.step == "day", person.heard()


async def register(person: CorePerson, world: World, number: str) -> None:
    await person.command("my_bookings")
    await person.press("Το διάβασα")
    await person.type(number)
    await person.type(world.code)
    await person.type("Μαρία Παππά")
    for words in ("ναι", "όχι"):
        await person.type(words)


@pytest.mark.parametrize("stolen", ["citizen_id", "speaker"])
async def test_who_only_writes_the_database_speaks_for_nobody(tmp_path: Path, stolen: str) -> None:
    """A session is given a citizen, or a citizen's dialog is given to another session: both know nobody then."""
    async with open_world(tmp_path, twilio_account_sid="AC0", twilio_from="Paso") as world:
        victim = CorePerson(world, channel="web")
        await register(victim, world, "6971234561")
        assert victim.reply is not None
        assert victim.reply.verified
        thief = CorePerson(world, channel="web", address="thief")
        await thief.command("start")
        mine = world.side.house.lookup.all_of("web", "thief")[0]
        async with world.side.house.database.writing() as connection:
            row = (
                await connection.execute(select(conversations).where(conversations.c.citizen_id.is_not(None)))
            ).one()
            if stolen == "citizen_id":
                change = update(conversations).where(conversations.c.speaker == mine)
                await connection.execute(change.values(citizen_id=row.citizen_id))
            else:
                await connection.execute(delete(conversations).where(conversations.c.speaker == mine))
                change = update(conversations).where(conversations.c.id == row.id)
                await connection.execute(change.values(speaker=mine))
        reply = await world.side.conversations.now(thief.speaker)
        assert not reply.verified
        await thief.command("my_bookings")
        assert thief.question.step == "notice"


@pytest.mark.parametrize(
    ("typed", "step"),
    [
        ("θέλω κολυμβητήριο αύριο στις 7 το απόγευμα", "lane"),
        ("thelo kolymvitirio avrio stis 7 to apogevma", "lane"),
        ("pool tomorrow at 7pm", "lane"),
        ("Πισίνα", "day"),
        ("τένις μεθαύριο", "time"),
        ("όχι κολυμβητήριο", "wish"),
        ("diadromi 4", "wish"),
        ("κολυμβητήριο ή τένις", "wish"),
    ],
)
async def test_an_activity_named_in_free_text_begins_its_booking(
    tmp_path: Path, typed: str, step: str
) -> None:
    async with open_world(tmp_path, activities=("pool", "tennis", "painting", "gym")) as world:
        person = CorePerson(world)
        await person.command("start")
        await person.type(typed)
        assert person.question.step == step, person.heard()
