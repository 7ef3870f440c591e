"""Messages pushed into Telegram chats by the worker."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from core.ports import Receipt, SendingFailed


class TelegramChats:
    """`ChatSender` and `FileSender` of the Bot API. Both raise `SendingFailed`: permanent where the person has blocked
    the bot."""

    def __init__(self, token: str, api_url: str | None = None) -> None:
        self._request = HTTPXRequest()
        self._bot = (
            Bot(token, base_url=api_url, request=self._request)
            if api_url
            else Bot(token, request=self._request)
        )

    async def send(self, chat_id: str, text: str, deeds: Sequence[tuple[str, str, str]]) -> Receipt:
        rows = [
            [InlineKeyboardButton(label, callback_data=f"d:{name}:{subject}")]
            for label, name, subject in deeds
        ]
        keyboard = InlineKeyboardMarkup(rows) if rows else None
        return await _taken(self._bot.send_message(int(chat_id), text, reply_markup=keyboard))

    async def send_file(self, chat_id: str, name: str, content: bytes, caption: str) -> Receipt:
        sent = self._bot.send_document(
            int(chat_id),
            content,
            caption=caption,
            filename=name,
            disable_content_type_detection=True,
        )
        return await _taken(sent)

    async def close(self) -> None:
        await (
            self._request.shutdown()
        )  # the bot's own does nothing: it was never initialised, which would ask who it is


async def _taken(sending: Awaitable[Message]) -> Receipt:
    try:
        sent = await sending
    except (Forbidden, BadRequest) as refused:
        raise SendingFailed("permanent", type(refused).__name__) from None
    except RetryAfter:
        raise SendingFailed("temporary", "429") from None
    except TimedOut:
        raise SendingFailed("unknown", "timeout") from None
    except TelegramError as fault:
        raise SendingFailed("temporary", type(fault).__name__) from None
    return Receipt(str(sent.message_id))
