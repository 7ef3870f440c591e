"""The file as the Bot API is handed it: every call is allowed by the official description."""

from __future__ import annotations

import pytest

from core.adapters.telegram import TelegramChats
from core.ports import SendingFailed
from tests.fakes.telegram_server import telegram_server


async def test_a_file_is_sent_as_a_document_with_its_caption() -> None:
    async with telegram_server() as server:
        person = server.person()
        chats = TelegramChats(server.token, server.base_url)
        receipt = await chats.send_file(str(person.id), "paso.zip", b"PK\x03\x04", "Όλα όσα κρατάμε")
        await chats.close()
        assert receipt.provider_id.isdigit()
        assert server.problems == []
        assert "Όλα όσα κρατάμε" in [message.text for message in person.from_bot]


async def test_a_chat_that_does_not_exist_is_a_permanent_failure() -> None:
    async with telegram_server() as server:
        chats = TelegramChats(server.token, server.base_url)
        with pytest.raises(SendingFailed) as failed:
            await chats.send_file("404404", "paso.zip", b"PK", "x")
        await chats.close()
        assert failed.value.kind == "permanent"
