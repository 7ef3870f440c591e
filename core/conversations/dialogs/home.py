"""The menu: what can be booked, the usual booking again, one's own bookings."""

from __future__ import annotations

from core.activities.definition import Activity
from core.conversations.by_keys import PHONE
from core.conversations.commands import begin_booking, obey
from core.conversations.dialogs import suggesting
from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.slots import time_value
from core.conversations.naming import usual_words
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.dialog.heard import Command
from core.dialog.phrases import AROUND_A_WISH, normalise, sounds, understand
from core.dialog.said import Option
from core.dialog.words import say

_SHORTEST_NAME, _STEM = 4, 5
_NOTHING = frozenset(sound for word in AROUND_A_WISH for sound in sounds(word))
_BOOK, _AGAIN = "book:", "again"


class Home(Dialog):
    name = "home"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        return Definition(self.name, (Step("wish", "choice", say("dialog.menu"), source="menu"),))

    async def options(self, talk: Talk, frame: Frame, step: Step) -> tuple[Option, ...]:
        options: list[Option] = []
        house = talk.house
        if talk.citizen_id is not None:
            usual = await house.bookings.usual(talk.citizen_id)
            if usual is not None:
                activity = await house.activities.get(usual.activity)
                options.append(Option(_AGAIN, usual_words(activity, usual)))
            if await house.bookings.next_pass(talk.citizen_id) is not None:
                options.append(Option("pass", say("dialog.my_pass")))
        for activity in await house.activities.published():
            options.append(Option(_BOOK + activity.key, activity.name.written()))
        by_phone = talk.speaker.channel == PHONE
        if talk.citizen_id is not None or by_phone:
            options.append(Option("my_bookings", say("dialog.my_bookings")))
        elif talk.speaker.channel == "desk":
            options.append(Option("lost_pass", say("desk.lost_pass.button")))
        if talk.citizen_id is not None and not by_phone:
            options.append(Option("account", say("dialog.my_account")))
        elif not by_phone:  # the language is chosen as the call begins
            options.append(Option("language", say("dialog.other_language")))
        options.append(Option("help", say("dialog.help_button")))
        return tuple(options)

    async def hears(self, talk: Talk, frame: Frame, text: str) -> bool:
        """«Πισίνα αύριο στις 7»: an activity named in the text begins its booking, with what else was said.

        What is left beside the name must be understood whole, or nothing is begun: «όχι πισίνα» is no booking.
        """
        words = normalise(text[:200]).split()
        named: dict[str, set[str]] = {}
        for activity in await talk.house.activities.published():
            hits = {word for word in words if _names(activity, word)}
            if hits:
                named[activity.key] = hits
        most = max((len(hits) for hits in named.values()), default=0)
        best = [key for key, hits in named.items() if len(hits) == most]
        if len(best) != 1:
            return False
        rest = " ".join(word for word in words if word not in named[best[0]] and not _says_nothing(word))
        phrase = understand(rest, today=talk.moment.today, now=talk.moment.now)
        if rest and (phrase.faults or not (phrase.days or phrase.times)):
            return False
        begun = await begin_booking(talk, best[0])
        wishes = {
            "day": [day.isoformat() for day in phrase.days],
            "time": [f"{at:%H:%M}" for at in phrase.times],
        }
        begun.wishes = {kind: values for kind, values in wishes.items() if values}
        return True

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        wish = str(frame.answers.pop("wish"))
        if wish == _AGAIN:
            await self._again(talk)
        elif wish.startswith(_BOOK):
            await begin_booking(talk, wish.removeprefix(_BOOK))
        else:
            await obey(talk, Command(wish))

    async def _again(self, talk: Talk) -> None:
        assert talk.citizen_id is not None
        usual = await talk.house.bookings.usual(talk.citizen_id)
        if usual is None:
            talk.say("dialog.usual_gone")
            return
        frame = await begin_booking(talk, usual.activity)
        suggesting.usual(frame)
        activity = await talk.house.activities.get(usual.activity)
        local = usual.starts_at.astimezone(talk.house.settings.zone)
        for step in activity.steps:
            known = {
                "day": local.date().isoformat(),
                "time": time_value(talk, activity, usual),
                "lane": usual.place,
                "people": str(usual.persons),
            }.get(step.kind)
            if known:
                frame.answers[step.key] = known


def _names(activity: Activity, word: str) -> bool:
    """Whether the word is one of the activity's names, in whatever case or letters: «πισίνας» and "pisina" name
    «Πισίνα»."""
    names = (
        activity.name.el,
        activity.name.en,
        activity.facility.name.el,
        activity.facility.name.en,
        activity.key,
    )
    known = normalise(" ".join(names)).replace("-", " ").split()
    return not _beginnings(word).isdisjoint(sound for name in known for sound in _beginnings(name))


def _beginnings(word: str) -> frozenset[str]:
    """How the stem of a word may sound; empty for words too short to be names."""
    return frozenset(sound[:_STEM] for sound in sounds(word)) if len(word) >= _SHORTEST_NAME else frozenset()


def _says_nothing(word: str) -> bool:
    return not _NOTHING.isdisjoint(sounds(word))
