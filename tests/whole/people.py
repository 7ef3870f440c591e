"""What people do on any channel."""

from __future__ import annotations

from tests.conversations.person import Person
from tests.whole.town import Town

MOBILE, LANDLINE = "6971234567", "2101234567"


async def register(person: Person, town: Town, number: str = MOBILE, name: str = "Μαρία Παππά") -> None:
    """From the notice to the last question about the person."""
    await person.press("Το διάβασα")
    await person.type(number)
    await person.type(town.code)
    await person.type(name)
    await person.press("Ναι")
    await person.press("Όχι")


async def choose_lane(person: Person, when: str = "αύριο στις 7 το απόγευμα", lane: int = 2) -> None:
    """A place for one is held."""
    await person.command("start", "pool")
    await person.type(when)
    await person.press(f"Διαδρομή {lane}")
    await person.press("1 άτομο")


async def book_lane(
    person: Person, town: Town, number: str = MOBILE, *, lane: int = 2, name: str = "Μαρία Παππά"
) -> None:
    """Somebody new gets a lane and a pass."""
    await choose_lane(person, lane=lane)
    await register(person, town, number, name)
    await person.press("Επιβεβαιώνω")
    assert "Έγινε η κράτηση" in person.heard(), person.heard()
