"""The Bot API's methods, as far as the bot uses them (https://core.telegram.org/bots/api)."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from tests.fakes.spec_check import telegram
from tests.fakes.telegram_chat import Chat, Shown

if TYPE_CHECKING:
    from tests.fakes.telegram_server import TelegramServer

PHOTO_BYTES = 10 * 1024 * 1024


class ApiError(Exception):
    """What Telegram answers instead of a result."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        told: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            told["parameters"] = {"retry_after": self.retry_after}
        return told


def bad(description: str) -> ApiError:
    return ApiError(400, f"Bad Request: {description}")


@dataclass(frozen=True)
class Upload:
    name: str
    content: bytes


class Params:
    """A call's parameters, from a form or from JSON."""

    def __init__(self, given: dict[str, Any], files: dict[str, Upload]) -> None:
        self.given = given
        self.files = files

    def text(self, name: str, default: str = "") -> str:
        return str(self.given.get(name, default))

    def number(self, name: str, default: int = 0) -> int:
        return int(self.given.get(name, default))

    def flag(self, name: str) -> bool:
        return str(self.given.get(name, "")).lower() in ("true", "1", "yes")

    def structure(self, name: str) -> Any:
        value = self.given.get(name)
        return json.loads(value) if isinstance(value, str) else value


class Methods:
    """Each answers the Bot API's method of its name; `getUpdates` and the webhook are the server's."""

    def __init__(self, server: TelegramServer) -> None:
        self._server = server
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        """(scope as JSON, language) -> commands."""
        self.descriptions: dict[tuple[str, str], str] = {}
        """(`description` or `short`, language) -> words."""
        self.files: dict[str, Upload] = {}

    def getMe(self, _: Params) -> dict[str, Any]:  # noqa: N802
        can = ("can_join_groups", "can_read_all_group_messages", "supports_inline_queries")
        more = ("can_connect_to_business", "has_main_web_app")
        return self._server.bot | dict.fromkeys([*can, *more], False)

    def sendMessage(self, params: Params) -> dict[str, Any]:  # noqa: N802
        chat = self._chat(params)
        visible, source = _words(params, "text")
        return self._sent(chat, params, Shown({"text": visible}, source))

    def sendPhoto(self, params: Params) -> dict[str, Any]:  # noqa: N802
        chat = self._chat(params)
        return self._sent(chat, params, self._photo(params, params.text("photo"), "photo"))

    def sendDocument(self, params: Params) -> dict[str, Any]:  # noqa: N802
        chat = self._chat(params)
        return self._sent(chat, params, self._document(params, params.text("document"), "document"))

    def sendChatAction(self, params: Params) -> bool:  # noqa: N802
        self._chat(params).actions.append(params.text("action"))
        return True

    def editMessageText(self, params: Params) -> dict[str, Any]:  # noqa: N802
        chat, message = self._editable(params)
        if "text" not in message.raw:
            raise bad("there is no text in the message to edit")
        visible, source = _words(params, "text")
        return self._edited(chat, message, params, Shown({"text": visible}, source))

    def editMessageCaption(self, params: Params) -> dict[str, Any]:  # noqa: N802
        chat, message = self._editable(params)
        if "text" in message.raw:
            raise bad("there is no caption in the message to edit")
        visible, source = _words(params, "caption")
        return self._edited(chat, message, params, Shown({"caption": visible}, source))

    def editMessageMedia(self, params: Params) -> dict[str, Any]:  # noqa: N802
        chat, message = self._editable(params)
        media = params.structure("media")
        inner = Params(media, params.files)
        part = media["media"].removeprefix("attach://")
        make = self._photo if media["type"] == "photo" else self._document
        fresh = make(inner, media["media"], part)
        for name in ("text", "photo", "document", "caption"):
            message.raw.pop(name, None)
        message.photo = message.document = None
        return self._edited(chat, message, params, fresh)

    def editMessageReplyMarkup(self, params: Params) -> dict[str, Any]:  # noqa: N802
        chat, message = self._editable(params)
        return self._edited(chat, message, params, Shown({}, message.source))

    def deleteMessage(self, params: Params) -> bool:  # noqa: N802
        chat = self._chat(params)
        message = chat.message(params.number("message_id"))
        if message is None:
            raise bad("message to delete not found")
        chat.messages.remove(message)
        chat.changed()
        return True

    def answerCallbackQuery(self, params: Params) -> bool:  # noqa: N802
        chat = self._server.queries.pop(params.text("callback_query_id"), None)
        if chat is None:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        chat.answers.append({"text": params.text("text"), "show_alert": params.flag("show_alert")})
        return True

    def setMyCommands(self, params: Params) -> bool:  # noqa: N802
        self.commands[self._menu(params)] = params.structure("commands")
        return True

    def getMyCommands(self, params: Params) -> list[dict[str, str]]:  # noqa: N802
        return self.commands.get(self._menu(params), [])

    def deleteMyCommands(self, params: Params) -> bool:  # noqa: N802
        self.commands.pop(self._menu(params), None)
        return True

    def setMyDescription(self, params: Params) -> bool:  # noqa: N802
        self.descriptions["description", params.text("language_code")] = params.text("description")
        return True

    def setMyShortDescription(self, params: Params) -> bool:  # noqa: N802
        self.descriptions["short", params.text("language_code")] = params.text("short_description")
        return True

    def _menu(self, params: Params) -> tuple[str, str]:
        scope = params.structure("scope") or {"type": "default"}
        return json.dumps(scope, sort_keys=True), params.text("language_code")

    def _chat(self, params: Params) -> Chat:
        chat = self._server.chats.get(params.number("chat_id"))
        if chat is None:
            raise bad("chat not found")
        if chat.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return chat

    def _editable(self, params: Params) -> tuple[Chat, Shown]:
        chat = self._chat(params)
        message = chat.message(params.number("message_id"))
        if message is None:
            raise bad("message to edit not found")
        if not message.by_bot:
            raise bad("message can't be edited")
        return chat, message

    def _sent(self, chat: Chat, params: Params, shown: Shown) -> dict[str, Any]:
        markup = params.structure("reply_markup") or {}
        message = chat.new_message(self._server.bot, **shown.raw)
        message.source, message.photo, message.document = shown.source, shown.photo, shown.document
        if markup.get("inline_keyboard"):
            message.raw["reply_markup"] = {"inline_keyboard": markup["inline_keyboard"]}
        elif "keyboard" in markup:
            chat.keyboard = [
                [{"text": key} if isinstance(key, str) else key for key in row] for row in markup["keyboard"]
            ]
        elif markup.get("remove_keyboard"):
            chat.keyboard = []
        chat.messages.append(message)
        chat.changed()
        return dict(message.raw)

    def _edited(self, chat: Chat, message: Shown, params: Params, fresh: Shown) -> dict[str, Any]:
        rows = (params.structure("reply_markup") or {}).get("inline_keyboard", [])
        media = fresh.photo or fresh.document
        if not media and rows == message.rows and fresh.source == message.source:
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message"
            )
        message.raw |= fresh.raw | {"edit_date": self._server.date()}
        message.source = fresh.source
        if media:
            message.photo, message.document = fresh.photo, fresh.document
        message.raw.pop("reply_markup", None)
        if rows:
            message.raw["reply_markup"] = {"inline_keyboard": rows}
        chat.changed()
        return dict(message.raw)

    def _upload(self, params: Params, given: str, part: str, kind: str) -> tuple[str, Upload]:
        if part in params.files:
            file_id = f"{kind}-{len(self.files) + 1}"
            self.files[file_id] = params.files[part]
            return file_id, params.files[part]
        if given not in self.files or not given.startswith(kind):
            raise bad("wrong file identifier/HTTP URL specified")
        return given, self.files[given]

    def _photo(self, params: Params, given: str, part: str) -> Shown:
        file_id, upload = self._upload(params, given, part, "photo")
        if len(upload.content) > PHOTO_BYTES:
            raise ApiError(413, "Request Entity Too Large")
        try:
            width, height = Image.open(io.BytesIO(upload.content)).size
        except UnidentifiedImageError:
            raise bad("IMAGE_PROCESS_FAILED") from None
        if width + height > 10000 or max(width, height) > 20 * min(width, height):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        size = {"file_id": file_id, "file_unique_id": file_id, "width": width, "height": height}
        raw: dict[str, Any] = {"photo": [size | {"file_size": len(upload.content)}]}
        visible, source = _words(params, "caption")
        if visible:
            raw["caption"] = visible
        return Shown(raw, source, photo=upload.content)

    def _document(self, params: Params, given: str, part: str) -> Shown:
        file_id, upload = self._upload(params, given, part, "document")
        document = {"file_id": file_id, "file_unique_id": file_id, "file_name": upload.name}
        raw: dict[str, Any] = {"document": document | {"file_size": len(upload.content)}}
        visible, source = _words(params, "caption")
        if visible:
            raw["caption"] = visible
        return Shown(raw, source, document=upload.content)


def _words(params: Params, name: str) -> tuple[str, str]:
    """What is seen, and how it was written."""
    source, mode = params.text(name), params.text("parse_mode")
    visible, wrong = telegram().plain_text(source, mode or None)
    if wrong:
        raise bad(f"can't parse entities: {wrong}")
    return visible.strip(), f"{mode}:{source}"
