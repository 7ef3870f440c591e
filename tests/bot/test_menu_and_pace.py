"""The commands menu, and Telegram's limits."""

from __future__ import annotations

import re

import pytest
from prometheus_client import CollectorRegistry, Counter
from telegram.ext import AIORateLimiter

from bot.menu import COMMANDS
from bot.pace import Pace
from bot.request import Later
from core.errors import ConfigurationFault
from tests.bot.running import running_bot
from tests.bot.script import Script, ask
from tests.fakes.telegram_server import TelegramServer

SCRIPT = Script([(ask("One?", "a"),)])


async def test_commands_and_description_are_set_in_both_languages(server: TelegramServer) -> None:
    async with running_bot(server, SCRIPT):
        menus = {language: commands for (_, language), commands in server.methods.commands.items()}
        assert {language: [each["command"] for each in commands] for language, commands in menus.items()} == {
            language: list(COMMANDS) for language in ("", "el", "en")
        }
        assert menus[""] == menus["el"]
        assert menus["el"] != menus["en"]
        assert re.search("αυτόματος", server.methods.descriptions["description", "el"])
        assert re.search("automatic", server.methods.descriptions["description", "en"])


async def test_without_a_menu_the_bot_works(server: TelegramServer) -> None:
    server.fail_next(400, method="setMyCommands")
    async with running_bot(server, SCRIPT):
        maria = server.person()
        await maria.start()
        assert maria.last.text == "One?"


async def test_a_token_that_telegram_does_not_know_is_said_in_a_sentence(server: TelegramServer) -> None:
    wrong = {"telegram_bot_token": "7:wrong"}
    with pytest.raises(
        ConfigurationFault, match=r"^TELEGRAM_BOT_TOKEN: Telegram does not know this token\.$"
    ):
        async with running_bot(server, SCRIPT, **wrong):
            raise AssertionError("it started")


async def test_a_secret_that_telegram_would_refuse_is_said_in_a_sentence(server: TelegramServer) -> None:
    with pytest.raises(ConfigurationFault, match="TELEGRAM_WEBHOOK_SECRET"):
        async with running_bot(server, SCRIPT, telegram_webhook_secret="ein Geheimnis"):
            raise AssertionError("it started")


class _Telegram:
    """Answers at once; the first `refusals` calls with 429."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.calls = 0

    async def __call__(self) -> bool:
        self.calls += 1
        if self.calls <= self.refusals:
            raise Later(0)
        return True


def _pace(overall: float = 1000) -> Pace:
    return Pace(Counter("waits", "", registry=CollectorRegistry()), overall=overall)


async def test_a_chat_has_its_burst_and_then_waits_while_others_do_not() -> None:
    pace, telegram = _pace(), _Telegram()
    for _ in range(5):
        await pace.process_request(telegram, (), {}, "sendMessage", {"chat_id": 1}, None)
    chat = pace._chats.get(1)
    assert chat is not None
    assert not chat.limiter.has_capacity()
    for other in range(2, 50):
        await pace.process_request(telegram, (), {}, "sendMessage", {"chat_id": other}, None)
    assert telegram.calls == 53


async def test_calls_about_no_chat_are_not_slowed() -> None:
    pace, telegram = _pace(), _Telegram()
    for _ in range(100):
        await pace.process_request(telegram, (), {}, "answerCallbackQuery", {}, None)
    assert telegram.calls == 100


async def test_refused_thrice_it_is_left_to_the_next_delivery() -> None:
    pace, telegram = _pace(), _Telegram(refusals=9)
    with pytest.raises(Later):
        await pace.process_request(telegram, (), {}, "sendMessage", {"chat_id": 1}, None)
    assert telegram.calls == 3
    assert isinstance(pace, AIORateLimiter)
