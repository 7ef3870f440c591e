"""One update, from what was heard to what is said."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from telegram import Bot, Update
from telegram.error import Forbidden, TelegramError
from telegram.ext import CallbackContext

from bot.chats import Screen, Screens
from bot.hear import Incoming, OtherPage, Press, SomebodyElsesContact, hear, spoken_to_in_group
from bot.measures import Measures
from bot.say import Teller
from core.conversations.reply import Reply
from core.dialog.heard import Picked
from core.dialog.said import Problem
from core.dialog.words import say
from core.messages.texts import Texts

if TYPE_CHECKING:
    from core.conversations.service import Conversations


class Turns:
    """The application's one handler."""

    def __init__(self, bot: Bot, conversations: Conversations, texts: Texts, measures: Measures) -> None:
        self._bot = bot
        self._conversations = conversations
        self._texts = texts
        self._measures = measures
        self._screens = Screens()
        self._teller = Teller(bot, conversations, texts, self._screens)
        self._back_labels = frozenset(texts.say("telegram.back", each) for each in texts.languages)

    async def take(self, update: Update, _context: CallbackContext[Any, Any, Any, Any]) -> None:
        """Hear, and reply. Returns once everything is said; whoever has blocked the bot is left in peace."""
        query = update.callback_query
        answering = asyncio.create_task(self._answer(query.id)) if query is not None else None
        try:
            incoming = hear(update, self._back_labels)
            if incoming is not None:
                await self._converse(incoming)
            elif spoken_to_in_group(update):
                await self._point_to_private_chat(update)
        except Forbidden:
            self._measures.blocked.inc()
        finally:
            if answering is not None:
                await answering

    async def apologise(self, update: Update) -> None:
        """Where an update fails however often it comes."""
        chat, user = update.effective_chat, update.effective_user
        if chat is None or chat.id < 0:
            return
        language = self._texts.choose(user.language_code if user else None)
        with suppress(TelegramError):
            await self._teller.say(chat.id, "telegram.apology", language)

    async def _converse(self, incoming: Incoming) -> None:
        screen = self._screens.of(incoming.chat_id)
        if incoming.press is not None and _tapped_twice(incoming, incoming.press, screen):
            return
        if isinstance(incoming.heard, OtherPage):
            now = await self._conversations.now(incoming.speaker)
            if await self._teller.turn_page(incoming, incoming.heard, now):
                return
        reply = await self._reply(incoming)
        if incoming.press is not None:
            screen.pressed = (incoming.press.message_id, incoming.press.data)
        await self._teller.tell(incoming, reply)

    async def _reply(self, incoming: Incoming) -> Reply:
        match incoming.heard:
            case SomebodyElsesContact():
                reply = await self._conversations.now(incoming.speaker)
                problem = Problem(say("dialog.refused.someone_elses_contact"))
                return replace(reply, said=(problem, *((reply.question,) if reply.question else ())))
            case OtherPage(offer):  # of an older question
                return await self._conversations.hear(incoming.speaker, Picked(offer, -1), incoming.once)
            case heard:
                return await self._conversations.hear(incoming.speaker, heard, incoming.once)

    async def _answer(self, query_id: str) -> None:
        """At once, so that the button stops turning. A query that is too old needs no answer any more."""
        with suppress(TelegramError):
            await self._bot.answer_callback_query(query_id)

    async def _point_to_private_chat(self, update: Update) -> None:
        chat, user = update.effective_chat, update.effective_user
        assert chat is not None
        language = self._texts.choose(user.language_code if user else None)
        await self._teller.say(chat.id, "telegram.group", language, link=self._bot.link)


def _tapped_twice(incoming: Incoming, press: Press, screen: Screen) -> bool:
    """The same button again, after its question has been answered: no need to explain that it is old."""
    answered = press.data.startswith(("o:", "b:")) and press.data.split(":")[1] != screen.offer
    return answered and screen.pressed == (press.message_id, press.data)
