"""The menu: what can be booked, the usual booking again, one's own bookings."""

from __future__ import annotations

from core.conversations.commands import begin_booking, obey
from core.conversations.dialogs.base import Dialog
from core.conversations.naming import usual_words
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.dialog.heard import Command
from core.dialog.kinds import clean_text
from core.dialog.phrases import normalise, understand
from core.dialog.said import Option
from core.dialog.words import say

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
        if talk.citizen_id is not None:
            options.append(Option("my_bookings", say("dialog.my_bookings")))
        options.append(Option("language", say("dialog.other_language")))
        options.append(Option("help", say("dialog.help_button")))
        return tuple(options)

    async def hears(self, talk: Talk, frame: Frame, text: str) -> bool:
        """«Πισίνα αύριο στις 7»: an activity named in the text begins its booking, with what else was said."""
        words = set(normalise(text[:200]).split())
        best, most = None, 0
        for activity in await talk.house.activities.published():
            names = f"{activity.name.el} {activity.name.en} {activity.facility.name.el} {activity.facility.name.en}"
            named = [word for word in normalise(names + " " + activity.key).split() if len(word) > 3]
            hits = sum(any(word[:5] == name[:5] for name in named) for word in words if len(word) > 3)
            if hits > most:
                best, most = activity, hits
        if best is None:
            return False
        phrase = understand(clean_text(text), today=talk.moment.today, now=talk.moment.now)
        wishes = {
            "day": [day.isoformat() for day in phrase.days],
            "time": [f"{at:%H:%M}" for at in phrase.times],
        }
        begun = await begin_booking(talk, best.key)
        begun.wishes = {kind: values for kind, values in wishes.items() if values and not phrase.faults}
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
        activity = await talk.house.activities.get(usual.activity)
        local = usual.starts_at.astimezone(talk.house.settings.zone)
        for step in activity.steps:
            known = {
                "day": local.date().isoformat(),
                "time": f"{local:%H:%M}",
                "lane": usual.place,
                "people": str(usual.persons),
            }.get(step.kind)
            if known:
                frame.answers[step.key] = known

