"""Conversations: one engine behind every channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from core.conversations import pictures
from core.conversations.calling_back import move_over
from core.conversations.commands import obey
from core.conversations.dialogs import DIALOGS, Dialog
from core.conversations.house import House
from core.conversations.model import conversations
from core.conversations.my_data.beginning import file_of
from core.conversations.reply import Drawn, PassFiles, Reply, Speaker
from core.conversations.state import Frame, State
from core.conversations.talk import Talk, kept_for
from core.db.work import Work
from core.dialog.definition import Definition, Step
from core.dialog.engine import Offer, accept, advance, present
from core.dialog.heard import Command, Deed, GoBack, Heard, Picked, Silence, Typed
from core.dialog.journey import journey
from core.dialog.kinds import Offered
from core.dialog.phrases import understand
from core.dialog.said import Ask, Option, Picture, Said, Say, Show
from core.dialog.words import Text
from core.errors import Conflict, Duplicate, Refused
from core.ports import BrokenBox

IDLE = {"web": timedelta(minutes=15), "desk": timedelta(minutes=10)}
"""On channels that draw a page: after how much silence a session ends."""
_T = TypeVar("_T")
_TRIES = 4
_MOST_STEPS_A_TURN = 24
_SPOKEN_COMMANDS = frozenset({"cancel", "help", "pass", "menu", "my_bookings", "language", "report"})


class Conversations:
    """Hears a person, and says what comes next. The same for every channel.

    Turns of one speaker follow each other; those of different speakers run side by side. A turn is committed whole,
    with the idempotency key of what was heard, so that the same update twice has one effect, and a process that dies
    goes on at the same question.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def hear(self, speaker: Speaker, heard: Heard, once: str | None = None) -> Reply:
        """Take what was heard and reply. `once` is the idempotency key of the update or form."""
        async with self._turn(speaker):
            return await self._insist(lambda: self._answer(speaker, heard, once))

    async def now(self, speaker: Speaker) -> Reply:
        """The current question again."""
        async with self._turn(speaker):
            return await self._insist(lambda: self._now(speaker))

    async def knows(self, speaker: Speaker) -> bool:
        """Whether a conversation has begun with this speaker."""
        return not (await self._open(speaker)).is_new

    async def called_back(self, speaker: Speaker, token: str) -> Reply | None:
        """Whoever picked up the call with this token has pressed the key; None where that leads nowhere any more."""

        async def turn() -> Reply | None:
            await move_over(self.house, token, speaker)
            return await self._now(speaker) if await self.knows(speaker) else None

        async with self._turn(speaker):
            return await self._insist(turn)

    async def stay(self, speaker: Speaker) -> None:
        """The person is still there, and silent: the time after which a session ends begins anew."""
        house, now = self.house, self.house.clock.now()
        work = Work()
        work.run(
            update(conversations)
            .where(
                conversations.c.channel == speaker.channel,
                conversations.c.speaker.in_(house.lookup.all_of(speaker.channel, speaker.address)),
                conversations.c.heard_at >= now - IDLE[speaker.channel],  # what has ended does not come back
            )
            .values(heard_at=now)
        )
        await house.writer.commit(work)

    async def forget(self, speaker: Speaker) -> None:
        """End the session: the dialog under way is erased, a held place is freed."""
        async with self._turn(speaker):
            talk = await self._open(speaker)
            for frame in talk.state.frames:
                await DIALOGS[frame.dialog].leave(talk, frame)
            talk.work.run(delete(conversations).where(conversations.c.id == talk.row_id))
            await self.house.writer.commit(talk.work)

    async def picture(self, speaker: Speaker, picture: Picture) -> Drawn:
        """A picture, for this speaker. Raises `Refused("passes.unknown")` for somebody else's pass."""
        talk = await self._open(speaker)
        return await pictures.draw(talk, picture)

    async def pass_files(self, speaker: Speaker, booking_id: int) -> PassFiles:
        """The pass as picture, PDF and calendar file. Raises `Refused("passes.unknown")` for somebody else's."""
        talk = await self._open(speaker)
        return await pictures.pass_files(talk, booking_id)

    async def fetch(self, speaker: Speaker, file: int) -> bytes | None:
        """The file that was left for this speaker's browser: see `DataRequests.take`."""
        known_by = self.house.lookup.all_of(speaker.channel, speaker.address)
        return await self.house.data_requests.take(known_by, file)

    # -- one turn

    @asynccontextmanager
    async def _turn(self, speaker: Speaker) -> AsyncIterator[None]:
        lock = self._turns.setdefault((speaker.channel, speaker.address), asyncio.Lock())
        async with lock:
            yield

    @staticmethod
    async def _insist(turn: Callable[[], Awaitable[_T]]) -> _T:
        """Again, where another process took a turn of the same speaker meanwhile."""
        for _ in range(_TRIES - 1):
            try:
                return await turn()
            except Conflict:
                continue
        return await turn()

    async def _answer(self, speaker: Speaker, heard: Heard, once: str | None) -> Reply:
        try:
            return await self._hear(speaker, heard, once)
        except Duplicate:
            return replace(await self._now(speaker), repeated=True)
        except Refused as why:  # found out only as it was written
            return await self._refuse(speaker, why, once)

    async def _hear(self, speaker: Speaker, heard: Heard, once: str | None) -> Reply:
        talk = await self._open(speaker)
        talk.work.once = once
        page = talk.state.question, tuple(talk.state.told), talk.state.offer
        await self._take(talk, heard)
        self._turn_the_page(talk, heard, *page)
        for frame in talk.dropped:
            await DIALOGS[frame.dialog].leave(talk, frame)
        await self._go_on(talk)
        await self._commit(talk)
        return self._reply(talk)

    async def _refuse(self, speaker: Speaker, why: Refused, once: str | None) -> Reply:
        talk = await self._open(speaker)
        talk.work.once = once
        talk.problem(why)
        await self._go_on(talk)
        await self._commit(talk)
        return self._reply(talk)

    async def _now(self, speaker: Speaker) -> Reply:
        talk = await self._open(speaker)
        offer = talk.state.offer
        talk.said = list(talk.state.told)
        await self._go_on(talk)
        if talk.is_new or talk.state.offer is not offer:
            await self._commit(talk)
        return self._reply(talk)

    async def _open(self, speaker: Speaker) -> Talk:
        house = self.house
        keys = house.lookup.all_of(speaker.channel, speaker.address)
        async with house.database.reading() as connection:
            row = (
                await connection.execute(
                    select(conversations).where(
                        conversations.c.channel == speaker.channel, conversations.c.speaker.in_(keys)
                    )
                )
            ).first()
        language = house.texts.choose(speaker.language)
        if row is None:
            talk = Talk(house, speaker, keys[0], house.codes.new_id(), language, State())
            if speaker.channel == "telegram":
                await self._recognise(talk)
            return talk
        idle = IDLE.get(speaker.channel)
        expired = idle is not None and row.heard_at < house.clock.now() - idle
        talk = Talk(house, speaker, row.speaker, row.id, row.language, State())
        talk.is_new, talk.turn, talk.expired = False, row.turn, expired
        try:
            kept = house.keeper.read(kept_for(row.id, row.speaker, row.citizen_id), row.kept)
        except BrokenBox:  # the conversation key was replaced, or the row tampered with: it begins again
            if speaker.channel == "telegram":
                await self._recognise(talk)
            return talk
        if not expired:
            talk.state, talk.citizen_id = State.from_bytes(kept), row.citizen_id
        return talk

    async def _recognise(self, talk: Talk) -> None:
        """A chat that was verified before stays so, though its last dialog is long forgotten."""
        citizen_id = await self.house.people.citizen_of_chat(talk.speaker.address)
        citizen = await self.house.people.citizen(citizen_id) if citizen_id is not None else None
        if citizen is not None:
            talk.citizen_id, talk.language = citizen.id, citizen.language

    async def _commit(self, talk: Talk) -> None:
        talk.save(talk.work, talk.state)
        await self._write(talk)
        talk.saved()

    async def _write(self, talk: Talk) -> None:
        try:
            await self.house.writer.commit(talk.work)
        except IntegrityError:
            if talk.is_new:  # two first messages at once: the other was quicker
                raise Conflict("the conversation has begun elsewhere") from None
            raise

    async def _take(self, talk: Talk, heard: Heard) -> None:
        """What was heard changes the answers, or begins or leaves a dialog."""
        if isinstance(heard, Typed):
            wish = self._spoken_command(talk, heard.text)
            if wish == "back":
                heard = GoBack()
            elif wish in _SPOKEN_COMMANDS:
                heard = Command(wish)
        if isinstance(heard, Command | Deed):
            talk.moved = True
            await obey(talk, heard)
            return
        frame = talk.state.top
        dialog = DIALOGS[frame.dialog]
        if isinstance(heard, Silence):
            talk.problem(Refused("dialog.no_words"))
            return
        definition = await dialog.definition(talk, frame)
        if isinstance(heard, Typed) and await dialog.hears(talk, frame, heard.text):
            return
        step = advance(definition, frame.answers, talk.state.offer, heard, talk.moment)
        if step.stale:
            talk.stale = True
            if not isinstance(heard, Picked | GoBack):
                return
            talk.say("dialog.stale")
            return
        if step.problem is not None:
            talk.problem(step.problem)
            return
        if step.left:
            talk.moved = True
            await dialog.leave(talk, frame)
            talk.state.pop()
            return
        talk.moved = True
        frame.wishes.update({kind: list(values) for kind, values in step.wishes.items()})
        before = dict(frame.answers)
        frame.answers = dict(step.answers)
        if step.answered in frame.answers:
            try:
                await dialog.answered(talk, frame, definition.step(step.answered))
            except Refused as why:
                frame.answers = before
                talk.problem(why)

    def _spoken_command(self, talk: Talk, text: str) -> str | None:
        """A command said in words; not where a name or a text of one's own is asked for."""
        offer = talk.state.offer
        if offer is not None and offer.step in ("name", "companions") and not text.startswith("/"):
            return None
        return understand(text, today=talk.moment.today, now=talk.moment.now).command

    async def _go_on(self, talk: Talk) -> None:
        """Work through what needs no answer, until there is a question to ask."""
        for _ in range(_MOST_STEPS_A_TURN):
            frame = talk.state.top
            dialog = DIALOGS[frame.dialog]
            definition = await dialog.definition(talk, frame)
            await dialog.prepare(talk, frame, definition)
            if await self._settled(talk) or talk.state.top is not frame:
                continue
            here = journey(definition, frame.answers)
            if here.next is None:
                await dialog.finish(talk, frame, definition)
                await self._settled(talk)
                continue
            step = here.next
            options = await dialog.options(talk, frame, step)
            if step.source and not options:
                await dialog.nothing_to_choose(talk, frame, step)
                continue
            if self._grant_wish(frame, definition, step, options):
                continue
            await self._ask(talk, dialog, frame, definition, step, options)
            return
        raise AssertionError(f"the dialog {talk.state.top.dialog} asks no question")

    async def _settled(self, talk: Talk) -> bool:
        """Where a desk was asked, commit now: what comes next depends on its decision."""
        if not talk.undecided:
            return False
        await self._write(talk)
        talk.decided()
        return True

    @staticmethod
    def _grant_wish(frame: Frame, definition: Definition, step: Step, options: tuple[Option, ...]) -> bool:
        """What the person said before («αύριο στις 7») answers this question, where it fits exactly one option."""
        wishes = frame.wishes.pop(step.kind, None)
        fitting = [option.value for option in options if wishes and option.value in wishes]
        if len(fitting) != 1:
            return False
        frame.answers = dict(accept(definition, frame.answers, step, fitting[0]).answers)
        return True

    async def _ask(
        self,
        talk: Talk,
        dialog: Dialog,
        frame: Frame,
        definition: Definition,
        step: Step,
        options: tuple[Option, ...],
    ) -> None:
        state, say = talk.state, self.house.texts.say
        state.told = list(talk.said)
        await dialog.before(talk, frame, step)
        same = (
            state.offer
            if state.offer is not None and state.offer.step == step.key and not talk.moved
            else None
        )
        offer_id = same.id if same else self.house.codes.token(6).hex()
        ask = present(definition, frame.answers, options, offer_id, can_leave=len(state.frames) > 1)
        assert ask is not None
        if same is not None:
            ask = _as_offered(ask, same)
        else:
            offered = tuple(Offered(option.value, say(option.label, talk.language)) for option in ask.options)
            state.offer = Offer(offer_id, step.key, offered)
        state.question = say(ask.prompt, talk.language)
        talk.said.append(ask)

    def _reply(self, talk: Talk) -> Reply:
        return Reply(
            said=tuple(talk.said),
            language=talk.language,
            turn=talk.turn,
            verified=talk.citizen_id is not None,
            stale=talk.stale,
            expired=talk.expired,
            history=tuple(talk.state.history),
            held_until=_held_until(talk),
            file=file_of(talk),
        )

    def _turn_the_page(
        self, talk: Talk, heard: Heard, question: str, told: tuple[Said, ...], offer: Offer | None
    ) -> None:
        """What was said and is now answered becomes history, for channels that draw a page."""
        state = talk.state
        if talk.speaker.channel not in IDLE or offer is None:
            return
        if talk.stale:  # nothing was answered: the page stays as it was
            talk.said = [*told, *talk.said]
            return
        for each in told:
            if isinstance(each, Say | Show):
                words = each.words if isinstance(each, Say) else each.instead
                state.remember("city", self.house.texts.say(words, talk.language))
        state.remember("city", question)
        if isinstance(heard, Picked):
            state.remember("person", offer.options[heard.place].label)
        elif isinstance(heard, Typed) and not offer.step.endswith("code"):
            state.remember("person", heard.text[:200])


def _held_until(talk: Talk) -> datetime | None:
    for frame in talk.state.frames:
        if "held" in frame.facts:
            return datetime.fromtimestamp(frame.facts["until"], UTC)
    return None


def _as_offered(ask: Ask, offer: Offer) -> Ask:
    """The question as the person has it before them: a place taken meanwhile does not shift the others."""
    by_value = {option.value: option for option in ask.options}
    options = tuple(
        by_value.get(each.value) or Option(each.value, Text("dialog.as_offered", {"label": each.label}))
        for each in offer.options
    )
    return replace(ask, options=options)
