"""A reply as calls of the Bot API: questions edited in place, pictures sent once, what stands left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from telegram import Bot, InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove
from telegram.error import BadRequest, NetworkError

from bot.chats import Recent, Screen, Screens
from bot.compose import LONGEST_CAPTION, Note, Photo, compose, cut
from bot.hear import Incoming, OtherPage, Press
from bot.keyboards import contact_keyboard, deed_keyboard, question_keyboard, wants_contact
from core.conversations.reply import Drawn, Reply
from core.dialog.heard import Shared
from core.errors import Refused
from core.messages.texts import Texts

if TYPE_CHECKING:
    from core.conversations.service import Conversations

Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None

log = structlog.get_logger()


class Teller:
    """Says replies in their chats. Raises `Forbidden` where the person has blocked the bot."""

    def __init__(self, bot: Bot, conversations: Conversations, texts: Texts, screens: Screens) -> None:
        self._bot = bot
        self._conversations = conversations
        self._texts = texts
        self._screens = screens
        self._file_ids: Recent[tuple[str, str], str] = Recent(2_000)
        """(kind of picture, its version) -> what Telegram calls the file that it has of it."""

    async def tell(self, incoming: Incoming, reply: Reply) -> None:
        """Say it. The question is a new message, or takes the place of the one whose button was pressed."""
        screen = self._screens.of(incoming.chat_id)
        question = reply.question
        again = question is not None and question.offer == screen.offer
        messages = compose(reply, self._texts, again=again)
        if not messages:
            return
        before, place = screen.question, None
        press = incoming.press
        asks_contact = any(
            isinstance(each, Note) and each.ask and wants_contact(each.ask) for each in messages
        )
        keyboard_out = screen.contact_keyboard or isinstance(incoming.heard, Shared)
        if press is not None and not press.standing:
            if press.message_id == before or (before is None and not reply.stale):
                before = None
                if isinstance(messages[0], Note) and not asks_contact and not keyboard_out:
                    place = press.message_id
                else:
                    await self._mark(incoming.chat_id, press, reply.language)
            else:
                await self._take_keyboard(incoming.chat_id, press.message_id)
        if keyboard_out and not asks_contact:
            messages = await self._put_contact_keyboard_away(incoming.chat_id, messages, reply.language)
            screen.contact_keyboard = False
        for message in messages:
            if isinstance(message, Photo):
                await self._photo(incoming, message, reply.language)
            else:
                await self._note(incoming.chat_id, screen, message, reply.language, place)
            place = None
        if before is not None and before != screen.question:
            await self._take_keyboard(incoming.chat_id, before)

    async def turn_page(self, incoming: Incoming, page: OtherPage, reply: Reply) -> bool:
        """Show another page of the options; False where they are no longer those of the current question."""
        press, ask = incoming.press, reply.question
        if press is None or ask is None or ask.offer != page.offer:
            return False
        markup = question_keyboard(ask, self._texts, reply.language, page.page)
        try:
            await self._bot.edit_message_reply_markup(incoming.chat_id, press.message_id, reply_markup=markup)
        except BadRequest as fault:
            return _not_modified(fault)
        return True

    async def say(self, chat_id: int, key: str, language: str, **params: object) -> None:
        """One sentence, outside any conversation."""
        await self._bot.send_message(chat_id, self._texts.say(key, language, **params))

    # -- one message

    async def _note(self, chat_id: int, screen: Screen, note: Note, language: str, place: int | None) -> None:
        keyboard = self._keyboard(note, language)
        message_id = (
            place if place is not None and await self._edit(chat_id, place, note.whole, keyboard) else None
        )
        if message_id is None:
            sent = await self._bot.send_message(chat_id, note.whole, reply_markup=keyboard)
            message_id = sent.message_id
        if note.ask is None:
            screen.question = None if screen.question == message_id else screen.question
            return
        screen.offer = note.ask.offer
        screen.contact_keyboard = isinstance(keyboard, ReplyKeyboardMarkup)
        screen.question = message_id if isinstance(keyboard, InlineKeyboardMarkup) else None

    def _keyboard(self, note: Note, language: str) -> Keyboard:
        if note.ask is None:
            return deed_keyboard(note.deeds, self._texts, language)
        if wants_contact(note.ask):
            return contact_keyboard(note.ask, self._texts, language)
        return question_keyboard(note.ask, self._texts, language)

    async def _photo(self, incoming: Incoming, photo: Photo, language: str) -> None:
        """The picture, or the words that stand for it."""
        keyboard = deed_keyboard(photo.deeds, self._texts, language)
        drawn = await self._drawn(incoming, photo)
        if drawn is None or not await self._send_photo(incoming.chat_id, photo, drawn, keyboard):
            await self._bot.send_message(incoming.chat_id, photo.words, reply_markup=keyboard)

    async def _drawn(self, incoming: Incoming, photo: Photo) -> Drawn | None:
        try:
            return await self._conversations.picture(incoming.speaker, photo.picture)
        except Refused:  # somebody cancelled it on another channel meanwhile
            return None
        except Exception as fault:
            log.error("picture_not_drawn", kind=photo.picture.kind, exc_info=fault)
            return None

    async def _send_photo(self, chat_id: int, photo: Photo, drawn: Drawn, keyboard: Keyboard) -> bool:
        caption = cut(photo.words, LONGEST_CAPTION)
        key = (photo.picture.kind, drawn.version)
        file_id = self._file_ids.get(key)
        for file in (file_id, drawn.png) if file_id else (drawn.png,):
            try:
                sent = await self._bot.send_photo(
                    chat_id,
                    file,
                    caption=caption,
                    reply_markup=keyboard,
                    filename=f"{photo.picture.kind}.png",
                )
            except NetworkError as fault:  # a file that Telegram has lost, or a picture that it does not take
                self._file_ids.drop(key)
                log.warning("photo_not_sent", kind=photo.picture.kind, exc_info=fault)
            else:
                self._file_ids.put(key, sent.photo[-1].file_id)
                return True
        return False

    # -- what stood there before

    async def _edit(self, chat_id: int, message_id: int, text: str, keyboard: Keyboard) -> bool:
        """False where the message can no longer be edited: deleted, or too old."""
        assert keyboard is None or isinstance(keyboard, InlineKeyboardMarkup)
        try:
            await self._bot.edit_message_text(text, chat_id, message_id, reply_markup=keyboard)
        except BadRequest as fault:
            return _not_modified(fault)
        return True

    async def _mark(self, chat_id: int, press: Press, language: str) -> None:
        """Leave the question with what was chosen, and without its buttons."""
        text = self._texts.say("telegram.chosen", language, question=press.text, answer=press.label)
        if press.text and press.label and text == cut(text, 4096):
            await self._edit(chat_id, press.message_id, text, None)
        else:
            await self._take_keyboard(chat_id, press.message_id)

    async def _take_keyboard(self, chat_id: int, message_id: int) -> None:
        try:
            await self._bot.edit_message_reply_markup(chat_id, message_id, reply_markup=None)
        except BadRequest as fault:
            if not _not_modified(fault):
                log.info("old_keyboard_stays")

    async def _put_contact_keyboard_away(
        self, chat_id: int, messages: list[Note | Photo], language: str
    ) -> list[Note | Photo]:
        """A message takes a keyboard away or brings one, not both: the first words, or thanks, do it."""
        first = messages[0]
        words, rest = self._texts.say("telegram.noted", language), messages
        if isinstance(first, Note) and first.ask is not None and first.lead:
            words, rest = first.lead, [Note(first.text, ask=first.ask), *messages[1:]]
        elif isinstance(first, Note) and first.ask is None and not first.deeds:
            words, rest = first.text, messages[1:]
        await self._bot.send_message(chat_id, words, reply_markup=ReplyKeyboardRemove())
        return rest


def _not_modified(fault: BadRequest) -> bool:
    return "not modified" in fault.message.lower()
