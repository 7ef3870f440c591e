"""What a person did in Telegram, in the core's words."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType

from core.conversations.reply import Speaker
from core.dialog.heard import Command, Deed, GoBack, Heard, Picked, Shared, Silence, Typed

_COMMAND = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(?P<argument>.*))?", re.DOTALL)
_ANSWER = re.compile(r"o:(?P<offer>[0-9a-f]{1,32}):(?P<place>[0-9]{1,4})")
_BACK = re.compile(r"b:(?P<offer>[0-9a-f]{1,32})")
_PAGE = re.compile(r"p:(?P<offer>[0-9a-f]{1,32}):(?P<page>[0-9]{1,3})")
_DEED = re.compile(r"d:(?P<name>[a-z_]{1,20}):(?P<subject>[0-9]{1,19})")
_NO_BUTTON = Picked("", -1)


@dataclass(frozen=True)
class SomebodyElsesContact:
    """A shared contact that is not the sender's own."""


@dataclass(frozen=True)
class OtherPage:
    """Another page of a list of options that is too long for one keyboard."""

    offer: str
    page: int


@dataclass(frozen=True)
class Press:
    """A button that was pressed: on which message, and what stood there."""

    query_id: str
    message_id: int
    data: str
    text: str
    """The message's words; empty where Telegram no longer tells them."""
    label: str
    standing: bool
    """The message has buttons that stay valid (a pass): it is left as it is."""


@dataclass(frozen=True)
class Incoming:
    """One update that is for the conversations."""

    speaker: Speaker
    chat_id: int
    heard: Heard | SomebodyElsesContact | OtherPage
    once: str
    press: Press | None = None


def hear(update: Update, back_labels: Collection[str]) -> Incoming | None:
    """None for what asks for no answer (service messages, edits) and for what was said in a group."""
    chat, user = update.effective_chat, update.effective_user
    if chat is None or user is None or user.is_bot or chat.type != ChatType.PRIVATE:
        return None
    speaker = Speaker("telegram", str(chat.id), user.language_code)
    once = f"telegram:{update.update_id}"
    query = update.callback_query
    if query is not None and query.message is not None and query.data is not None:
        return Incoming(speaker, chat.id, _pressed(query.data), once, _press(query, query.data))
    if update.message is None:
        return None
    heard = _said(update.message, user.id, back_labels)
    return Incoming(speaker, chat.id, heard, once) if heard is not None else None


def spoken_to_in_group(update: Update) -> bool:
    """Whether somebody in a group gave a command: only then it is answered there."""
    message = update.message
    return (
        message is not None and message.chat.type != ChatType.PRIVATE and (message.text or "").startswith("/")
    )


def _said(
    message: Message, user_id: int, back_labels: Collection[str]
) -> Heard | SomebodyElsesContact | None:
    if message.text is not None:
        text = _mended(message.text)
        if text in back_labels:
            return GoBack()
        command = _COMMAND.fullmatch(text)
        if command is not None:
            return Command(command["name"].lower(), (command["argument"] or "").strip()[:64])
        return Typed(text)
    if message.contact is not None:
        if message.contact.user_id != user_id:
            return SomebodyElsesContact()
        number = message.contact.phone_number
        # Telegram tells one's own number in international form, with or without its plus.
        return Shared(number if number.startswith("+") else f"+{number}")
    return Silence() if message.effective_attachment is not None else None


def _pressed(data: str) -> Heard | OtherPage:
    """Callback data can be forged: whatever it says is checked by the core, and nonsense is an old button."""
    if found := _ANSWER.fullmatch(data):
        return Picked(found["offer"], int(found["place"]))
    if found := _BACK.fullmatch(data):
        return GoBack(found["offer"])
    if found := _PAGE.fullmatch(data):
        return OtherPage(found["offer"], int(found["page"]))
    if found := _DEED.fullmatch(data):
        return Deed(found["name"], found["subject"])
    return _NO_BUTTON


def _press(query: CallbackQuery, data: str) -> Press:
    assert query.message is not None
    message = query.message if isinstance(query.message, Message) else None
    markup = message.reply_markup if message else None
    buttons = [button for row in markup.inline_keyboard for button in row] if markup else []
    return Press(
        query_id=query.id,
        message_id=query.message.message_id,
        data=data,
        text=(message.text if message else None) or "",
        label=next((button.text for button in buttons if button.callback_data == data), ""),
        standing=data.startswith("d:") or (message is not None and message.text is None),
    )


def _mended(text: str) -> str:
    """Half a surrogate pair, which JSON can carry and no encoding can, becomes a question mark."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
