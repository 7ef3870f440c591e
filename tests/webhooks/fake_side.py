"""A citizens' side whose conversation is scripted, for what the real one seldom says: faults, every kind of
question, markup in words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from core.activities.definition import Activity
from core.activities.loading import load, parse
from core.adapters.painting.card import paint_card
from core.adapters.painting.grid import paint_grid
from core.config import Settings
from core.conversations.reply import Drawn, Line, PassFiles, Reply, Speaker
from core.dialog.heard import Command, Deed, GoBack, Heard, Picked, Silence, Typed
from core.dialog.said import Ask, DeedButton, Hint, Option, Picture, Problem, Said, Say, Show
from core.dialog.words import Written
from core.errors import Refused
from core.messages.texts import Texts
from core.ports import OccupancyCell, OccupancyGrid, PassCard
from tests.fakes.clock import KnownCodes, StoppedClock

BOOKING = "4242"


def w(el: str, en: str) -> Written:
    return Written({"el": el, "en": en})


def _options(*labels: tuple[str, str]) -> tuple[Option, ...]:
    return tuple(Option(str(place), w(*label)) for place, label in enumerate(labels))


MENU = Ask(
    "menu",
    w("Τι θα θέλατε να κάνετε;", "What would you like to do?"),
    _options(
        ("Κολυμβητήριο", "Swimming pool"),
        ("Γήπεδα τένις", "Tennis courts"),
        ("Θερινό σινεμά", "Summer cinema"),
    ),
    Hint("choice"),
    "",
)
DAY = Ask(
    "day",
    w("Ποια ημέρα;", "Which day?"),
    tuple(
        Option(str(n), w(f"Τρ {n}/12", f"Tue {n}/12"), w(f"{n * 9} % γεμάτη", f"{n * 9} % full"))
        for n in range(1, 8)
    ),
    Hint("choice"),
    "",
    can_go_back=True,
    columns=3,
)
NAME = Ask("name", w("Πώς λέγεστε;", "What is your name?"), (), Hint("name"), "", can_go_back=True)
PHONE = Ask(
    "phone",
    w("Ποιο είναι το τηλέφωνό σας;", "What is your phone number?"),
    (),
    Hint("phone"),
    "",
    can_go_back=True,
)
CODE = Ask(
    "code",
    w("Γράψτε τον κωδικό που σας στείλαμε.", "Enter the code we sent you."),
    (),
    Hint("code", 6),
    "",
    can_go_back=True,
)
PARTY = Ask(
    "party",
    w("Πόσα άτομα θα έρθετε;", "How many of you will come?"),
    (),
    Hint("number"),
    "",
    can_go_back=True,
)
DONE = Ask(
    "done",
    w("Θέλετε κάτι άλλο;", "Anything else?"),
    _options(("Ναι", "Yes"), ("Όχι", "No")),
    Hint("choice"),
    "",
    columns=2,
)
SCRIPT = (MENU, DAY, PARTY, NAME, PHONE, CODE, DONE)

_STATES = ("open", "full", "closed", "past")
GRID = OccupancyGrid(
    "Κολυμβητήριο, Τρίτη 1 Δεκεμβρίου",
    ("1", "2", "3", "4", "5", "6"),
    tuple(
        (
            f"{hour}:00",
            tuple(
                OccupancyCell((hour * lane) % 7, 6, "full" if (hour * lane) % 7 == 6 else "open")
                for lane in range(1, 7)
            ),
        )
        for hour in range(11, 22)
    ),
    (("open", "ελεύθερα"), ("full", "πλήρες")),
)
CARD = PassCard(
    "Κολυμβητήριο",
    ("Τρίτη 1 Δεκεμβρίου", "19:00 – 20:00", "Διαδρομή 2", "Αθλητικό Κέντρο"),
    "2 άτομα",
    "1234567897",
    "6BF+70G9/9FVJ" * 8,
    "Δείξτε τον κωδικό στην είσοδο.",
)


@cache
def drawn(kind: str) -> bytes:
    return paint_card(CARD) if kind == "pass" else paint_grid(GRID)


@dataclass
class Sitting:
    language: str
    step: int = 0
    turn: int = 1
    told: tuple[Said, ...] = ()
    history: list[Line] = field(default_factory=list)


class ScriptedConversations:
    """Asks the questions of SCRIPT in order; «wrong» is refused, «crash» breaks, whatever else is taken."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.sittings: dict[str, Sitting] = {}
        self.heard: list[tuple[Heard, str | None]] = []
        self.expire_next = False
        self.stayed = 0
        self._done: set[str] = set()

    async def hear(self, speaker: Speaker, heard: Heard, once: str | None = None) -> Reply:
        sitting = self._sitting(speaker)
        if once in self._done:
            return replace(self._reply(sitting), repeated=True)
        if once:
            self._done.add(once)
        self.heard.append((heard, once))
        say = self.texts.say
        stale = isinstance(heard, Picked) and heard.offer != self._offer(sitting)
        if not stale:
            sitting.turn += 1
            sitting.told = ()
        match heard:
            case Typed("crash"):
                raise RuntimeError("secret 6912345678")
            case Typed("wrong") | Silence():
                sitting.told = (
                    Problem(
                        w(
                            "Αυτό δεν το κατάλαβα. Δοκιμάστε αλλιώς.",
                            "I did not understand that. Try another way.",
                        )
                    ),
                )
            case Command("start"):
                sitting.told = (
                    Say(
                        w(
                            "Καλώς ήρθατε! Εδώ απαντά ένα αυτόματο σύστημα.",
                            "Welcome! This is an automatic system.",
                        )
                    ),
                )
                sitting.step = 1 if heard.argument else 0
            case Command("pass") | Deed("pass"):
                sitting.told = (self._pass(),)
            case Command("language"):
                sitting.language = heard.argument
            case Command():
                sitting.step = 0
            case GoBack():
                sitting.step = max(0, sitting.step - 1)
            case Picked() if not stale:
                asked = SCRIPT[sitting.step]
                self._go_on(sitting, say(asked.options[heard.place].label, sitting.language))
            case Typed(text):
                self._go_on(sitting, text)
        return replace(self._reply(sitting), stale=stale)

    async def now(self, speaker: Speaker) -> Reply:
        if self.expire_next:
            self.expire_next = False
            self.sittings.pop(speaker.address, None)
            return replace(self._reply(self._sitting(speaker)), expired=True)
        return self._reply(self._sitting(speaker))

    async def stay(self, speaker: Speaker) -> None:
        self.stayed += 1

    async def forget(self, speaker: Speaker) -> None:
        self.sittings.pop(speaker.address, None)

    async def picture(self, speaker: Speaker, picture: Picture) -> Drawn:
        if picture.subject == "gone":
            raise Refused("passes.unknown")
        return Drawn(drawn(picture.kind), "1", None if picture.kind == "pass" else GRID)

    async def pass_files(self, speaker: Speaker, booking_id: int) -> PassFiles:
        if str(booking_id) != BOOKING or speaker.address not in self.sittings:
            raise Refused("passes.unknown")
        return PassFiles(drawn("pass"), b"%PDF-1.7", b"BEGIN:VCALENDAR", "1234567897")

    def _go_on(self, sitting: Sitting, answer: str) -> None:
        asked = self.texts.say(SCRIPT[sitting.step].prompt, sitting.language)
        sitting.history += [Line("city", asked), Line("person", answer)]
        sitting.step = min(sitting.step + 1, len(SCRIPT) - 1)
        if SCRIPT[sitting.step] is DAY:
            words = w("Πόσο γεμάτη είναι η ημέρα.", "How full the day is.")
            sitting.told = (Show(Picture("day", "pool", {"day": "2026-12-01"}), words),)
        if SCRIPT[sitting.step] is DONE:
            sitting.told = (self._pass(),)

    @staticmethod
    def _pass() -> Show:
        words = w(
            "Η κράτησή σας επιβεβαιώθηκε.\n"
            "Κολυμβητήριο, Τρίτη 1 Δεκεμβρίου, 19:00, Διαδρομή 2\nΑριθμός: 123 456 789 7",
            "Your booking is confirmed.\n"
            "Swimming pool, Tuesday 1 December, 19:00, Lane 2\nNumber: 123 456 789 7",
        )
        deeds = (
            DeedButton(w("Αλλαγή", "Move"), "move", BOOKING),
            DeedButton(w("Ακύρωση", "Cancel"), "cancel", BOOKING),
        )
        return Show(Picture("pass", BOOKING), words, deeds, standing=True)

    def _sitting(self, speaker: Speaker) -> Sitting:
        return self.sittings.setdefault(speaker.address, Sitting(self.texts.choose(speaker.language)))

    @staticmethod
    def _offer(sitting: Sitting) -> str:
        return f"o{sitting.step}-{sitting.turn}"

    def _reply(self, sitting: Sitting) -> Reply:
        ask = replace(SCRIPT[sitting.step], offer=self._offer(sitting))
        return Reply(
            (*sitting.told, ask), sitting.language, sitting.turn, False, history=tuple(sitting.history)
        )


@cache
def demonstration(today: date) -> tuple[Activity, ...]:
    folder = Path("core/activities/demonstration")
    return tuple(load(parse(path.read_bytes()), today) for path in sorted(folder.glob("*.json")))


class Catalogue:
    """The demonstration's activities, some with free places."""

    def __init__(self, today: date) -> None:
        self.all = list(demonstration(today))
        self.free = 12

    async def published(self) -> list[Any]:
        return self.all

    async def days(self, activity: Any, channel: str) -> list[Any]:
        return [
            SimpleNamespace(day=date(2026, 12, 1), free=0),
            SimpleNamespace(day=date(2026, 12, 2), free=self.free),
        ]

    async def slots_of(self, activity: Any, day: date, channel: str) -> list[Any]:
        return [SimpleNamespace(free=self.free // 2), SimpleNamespace(free=self.free // 2)]

    async def ahead(self, activity: Any, channel: str) -> list[Any]:
        """Two days with hours of every kind: quiet, crowded, full, closed."""
        return [
            SimpleNamespace(
                starts_at=datetime(2026, 12, day, hour, tzinfo=UTC),
                occasion="",
                taken=taken,
                free=self.free - taken,
                state="closed" if hour == 19 else "open",
            )
            for day in (2, 3)
            for hour, taken in ((15, 1), (16, self.free // 2), (17, self.free - 1), (18, self.free), (19, 0))
        ]


def fake_side(**settings: object) -> SimpleNamespace:
    given = Settings(_env_file=None, **settings)  # type: ignore[call-arg]
    texts, clock = Texts(given.zone), StoppedClock()
    catalogue = Catalogue(clock.now().date())
    house = SimpleNamespace(
        settings=given,
        texts=texts,
        clock=clock,
        codes=KnownCodes(),
        activities=catalogue,
        occupancy=catalogue,
    )
    return SimpleNamespace(house=house, conversations=ScriptedConversations(texts))
