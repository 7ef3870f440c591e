"""Few taps: how many it takes, counted where people tap."""

from __future__ import annotations

from sqlalchemy import func, select

from core.bookings.model import bookings
from core.people.model import citizens, verifications
from tests.whole.channels import Channel
from tests.whole.people import book_lane, choose_lane
from tests.whole.town import Town


async def counted(town: Town, *what: object) -> int:
    async with town.side.house.database.reading() as connection:
        return int((await connection.scalar(select(func.count()).select_from(*what))) or 0)  # type: ignore[arg-type]


async def test_the_usual_lane_takes_a_verified_swimmer_two_taps(channel: Channel, town: Town) -> None:
    maria = await channel.person()
    await book_lane(maria, town)
    town.clock.move(minutes=10)
    await maria.command("start")
    maria.taps = 0
    await maria.press("Ξανά: Τετ 9/12")
    assert "19:00" in maria.heard()
    assert "Διαδρομή 2" in maria.heard()
    await maria.press("Επιβεβαιώνω")
    assert "Έγινε η κράτηση" in maria.heard()
    assert maria.taps <= 4
    assert await counted(town, bookings) == 2


async def test_a_lane_that_is_not_the_usual_one_takes_a_verified_swimmer_six(
    channel: Channel, town: Town
) -> None:
    maria = await channel.person()
    await book_lane(maria, town)
    town.clock.move(minutes=10)
    await maria.command("start")
    maria.taps = 0
    for label in ("Κλειστό κολυμβητήριο", "Πέμ 3/12", "18:00", "Διαδρομή 4", "1 άτομο", "Επιβεβαιώνω"):
        await maria.press(label)
    assert "Έγινε η κράτηση" in maria.heard()
    assert maria.taps == 6


async def test_the_next_pass_is_one_tap_away(channel: Channel, town: Town) -> None:
    maria = await channel.person()
    await book_lane(maria, town)
    town.clock.move(minutes=10)
    await maria.command("start")
    maria.taps = 0
    await maria.press("Το πάσο μου")
    assert maria.taps == 1
    assert "Διαδρομή 2" in maria.heard()
    assert "19:00" in maria.heard()


async def test_the_next_pass_is_one_tap_away_from_any_question(channel: Channel, town: Town) -> None:
    maria = await channel.person()
    await book_lane(maria, town)
    await maria.command("start", "pool")
    asked = maria.buttons()
    await maria.command("pass")
    assert "Διαδρομή 2" in maria.heard()
    assert [label for label in asked if label in maria.buttons()] == asked


async def test_anyone_may_look_before_registering(channel: Channel, town: Town) -> None:
    nobody = await channel.person()
    await nobody.command("start")
    await nobody.press("Κλειστό κολυμβητήριο")
    await nobody.press("Πέμ 3/12")
    await nobody.press("18:00")
    assert any(label.startswith("Διαδρομή 4") for label in nobody.buttons())
    assert await counted(town, citizens) == await counted(town, verifications) == 0
    assert await counted(town, bookings) == 0
    await nobody.press("Διαδρομή 4")
    await nobody.press("1 άτομο")
    assert "Κρατάμε τη θέση σας" in nobody.heard()
    assert await counted(town, bookings) == 1
    assert await counted(town, verifications) == 0


async def test_the_place_is_held_while_one_registers(channel: Channel, town: Town) -> None:
    """Five of a lane's six places are for the chats; the one who registers keeps hers."""
    swimmers = [await channel.person() for _ in range(6)]
    for swimmer in swimmers[:5]:
        await choose_lane(swimmer)
        assert "Κρατάμε τη θέση σας" in swimmer.heard()
    await swimmers[5].command("start", "pool")
    await swimmers[5].type("αύριο στις 7 το απόγευμα")
    lane = [label for label in swimmers[5].buttons() if label.startswith("Διαδρομή 2")]
    assert lane == ["Διαδρομή 2 · αναμονή"]
