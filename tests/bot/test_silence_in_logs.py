"""What the bot logs says nothing of who, and nothing of what."""

from __future__ import annotations

from structlog.testing import capture_logs

from core.conversations.reply import Speaker
from core.dialog.heard import Heard, Typed
from tests.bot.running import running_bot
from tests.bot.script import Script, ask
from tests.bot.test_say import WEEK
from tests.fakes.telegram_server import TelegramServer

ALLOWED = {"event", "log_level", "exc_info", "times", "kind", "webhook"}
"""`exc_info` is reduced to its kind and place by `core.adapters.logs`."""


async def test_neither_chats_nor_words_are_logged(server: TelegramServer) -> None:
    async def before(_: Speaker, heard: Heard) -> None:
        if heard == Typed("poison"):
            raise ZeroDivisionError

    script = Script([(WEEK, ask("One?", "a"))], before=before)
    with capture_logs() as entries:
        async with running_bot(server, script):
            maria = server.person()
            await maria.start()
            await maria.type("poison")
            server.methods.files.clear()
            await maria.start()
            script.broken_picture = True
            await maria.start()
            server.fail_next(0, method="sendMessage")
            await maria.type("Μαρία")
            maria.messages.clear()
            await maria.type("x")
    assert {"telegram_update_failed", "photo_not_sent", "picture_not_drawn", "old_keyboard_stays"} <= {
        entry["event"] for entry in entries
    }
    for entry in entries:
        assert set(entry) <= ALLOWED
        entry.pop("exc_info", None)
        assert str(maria.id) not in str(entry)
        assert "Μαρία" not in str(entry)
