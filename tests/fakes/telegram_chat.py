"""A private chat as its person sees it, and what the person can do there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.telegram_server import TelegramServer

PATIENCE_SECONDS = 10.0
"""How long an answer is waited for. Only a bot that never answers takes so long."""


@dataclass(eq=False)
class Shown:
    """A message on the screen. `raw` is the Bot API's Message."""

    raw: dict[str, Any]
    source: str = ""
    """Text or caption as it was sent, before its entities were parsed."""
    photo: bytes | None = None
    document: bytes | None = None

    @property
    def id(self) -> int:
        return int(self.raw["message_id"])

    @property
    def by_bot(self) -> bool:
        return bool(self.raw["from"]["is_bot"])

    @property
    def text(self) -> str:
        return str(self.raw.get("text") or self.raw.get("caption") or "")

    @property
    def rows(self) -> list[list[dict[str, Any]]]:
        """The inline buttons, row by row."""
        found: list[list[dict[str, Any]]] = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        return found

    @property
    def buttons(self) -> list[str]:
        """The labels of all inline buttons."""
        return [button["text"] for row in self.rows for button in row]

    def __str__(self) -> str:
        picture = ["[photo]"] if self.photo else ["[document]"] if self.document else []
        rows = [" ".join(f"[{button['text']}]" for button in row) for row in self.rows]
        return "\n".join([*picture, self.text, *rows])


class Chat:
    """One person's private chat with the bot. What the person does returns once the bot's side has it."""

    def __init__(self, server: TelegramServer, user_id: int, first_name: str, language: str | None) -> None:
        self._server = server
        self.id = user_id
        self.user: dict[str, Any] = {"id": user_id, "is_bot": False, "first_name": first_name}
        if language:
            self.user["language_code"] = language
        self.chat = {"id": user_id, "type": "private", "first_name": first_name}
        self.messages: list[Shown] = []
        """Oldest first; deleted ones are gone."""
        self.keyboard: list[list[dict[str, Any]]] = []
        """The reply keyboard at the bottom, row by row."""
        self.answers: list[dict[str, Any]] = []
        """Answers to button presses: {`text`, `show_alert`}."""
        self.actions: list[str] = []
        self.blocked = False
        self._message_ids = 0
        self._seen = 0
        self._changes = 0

    # what is on the screen

    @property
    def from_bot(self) -> list[Shown]:
        return [message for message in self.messages if message.by_bot]

    @property
    def last(self) -> Shown:
        """The bot's newest message."""
        assert self.from_bot, "the bot has said nothing"
        return self.from_bot[-1]

    @property
    def buttons(self) -> list[str]:
        """The labels under the newest message that has buttons."""
        return next((message.buttons for message in reversed(self.from_bot) if message.rows), [])

    @property
    def photos(self) -> list[bytes]:
        return [message.photo for message in self.from_bot if message.photo]

    @property
    def documents(self) -> list[bytes]:
        return [message.document for message in self.from_bot if message.document]

    def message(self, message_id: int) -> Shown | None:
        return next((message for message in self.messages if message.id == message_id), None)

    async def until(self, holds: Callable[[], object]) -> Shown:
        """Waits until `holds()` is true, asked again after every change; gives the bot's newest message."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not holds():
                await self._server.next_change()
        return self.last

    async def reply(self) -> Shown:
        """Waits until the bot has changed this chat since the person last did something."""
        return await self.until(lambda: self._changes > self._seen)

    # what the person does

    async def type(self, text: str) -> None:
        fields: dict[str, Any] = {"text": text}
        if text.startswith("/"):
            command = text.split()[0]
            fields["entities"] = [{"type": "bot_command", "offset": 0, "length": len(command)}]
        await self.send(**fields)

    async def start(self, parameter: str = "") -> None:
        """Opens the bot, by a deep link when there is a parameter."""
        await self.type(f"/start {parameter}".rstrip())

    async def press(self, label: str, message: Shown | None = None) -> None:
        """Presses the newest button so labelled, inline or on the keyboard; a clear part of it is enough."""
        for shown in [message] if message else reversed(self.from_bot):
            button = _named(label, [button for row in shown.rows for button in row])
            if button:
                assert "callback_data" in button, f"{label!r} does not lead to the bot: {button}"
                return await self.press_data(shown, button["callback_data"])
        key = _named(label, [button for row in self.keyboard for button in row])
        assert key, f"no button {label!r} among {self.buttons} and {self.keyboard}"
        assert not key.get("request_contact"), "share_contact() does this"
        return await self.type(key["text"])

    async def press_data(self, message: Shown, data: str) -> None:
        """Sends any data as if a button of this message had it: old buttons, forged ones."""
        query_id = self._server.new_query(self)
        query = {
            "id": query_id,
            "from": self.user,
            "chat_instance": str(self.id),
            "message": message.raw,
            "data": data,
        }
        self._acts()
        await self._server.push({"callback_query": query}, ("user", self.id))

    async def share_contact(self, phone: str, user_id: int | None = None) -> None:
        """Shares a contact: one's own, unless `user_id` says whose it is (0: nobody's on Telegram)."""
        owner = self.id if user_id is None else user_id
        contact = {"phone_number": phone, "first_name": self.user["first_name"]}
        await self.send(contact=contact | ({"user_id": owner} if owner else {}))

    async def send_sticker(self) -> None:
        size = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
        await self.send(sticker={"file_id": "s1", "file_unique_id": "s1", "type": "regular", **size})

    async def send_photo(self) -> None:
        await self.send(photo=[{"file_id": "p1", "file_unique_id": "p1", "width": 90, "height": 90}])

    async def send(self, **fields: Any) -> None:
        """Sends a message with any fields of the Bot API's Message."""
        message = self.new_message(self.user, **fields)
        self.messages.append(message)
        self._acts()
        await self._server.push({"message": message.raw}, ("chat", self.id))

    async def edit(self, message: Shown, text: str) -> None:
        """Edits a message of the person's own."""
        message.raw |= {"text": text, "edit_date": message.raw["date"] + 1}
        self._acts()
        await self._server.push({"edited_message": message.raw}, ("chat", self.id))

    async def block(self) -> None:
        await self._membership("kicked")

    async def unblock(self) -> None:
        await self._membership("member")

    async def _membership(self, status: str) -> None:
        self.blocked = status == "kicked"
        member: dict[str, Any] = {"user": self._server.bot, "status": status}
        if self.blocked:
            member["until_date"] = 0
        before = {"user": self._server.bot, "status": "member"}
        change = {"chat": self.chat, "from": self.user, "date": self._server.date()}
        change |= {"old_chat_member": before, "new_chat_member": member}
        await self._server.push({"my_chat_member": change}, ("chat", self.id))

    # used by the server

    def new_message(self, sender: dict[str, Any], **fields: Any) -> Shown:
        self._message_ids += 1
        raw = {"message_id": self._message_ids, "from": sender, "chat": self.chat}
        return Shown(raw | {"date": self._server.date()} | fields)

    def changed(self) -> None:
        self._changes += 1

    def _acts(self) -> None:
        self._seen = self._changes


def _named(label: str, buttons: list[dict[str, Any]]) -> dict[str, Any] | None:
    exact = [button for button in buttons if button["text"] == label]
    if exact:
        return exact[0]
    near = [button for button in buttons if label in button["text"]]
    assert len(near) < 2, f"{label!r} could be any of {json.dumps(near, ensure_ascii=False)}"
    return near[0] if near else None
