"""Long polling: nothing is acknowledged before it is finished."""

from __future__ import annotations

import asyncio

from core.conversations.reply import Speaker
from core.dialog.heard import Heard, Typed
from tests.bot.running import running_bot
from tests.bot.script import Script, ask
from tests.fakes.telegram_server import TelegramServer

QUESTION = (ask("One?", "a"),)


async def test_a_dialog_by_long_polling(server: TelegramServer) -> None:
    script = Script([QUESTION, (ask("Two?", "b"),)])
    server.webhook = "https://an.old.one/"
    async with running_bot(server, script, webhook=False) as running:
        assert server.webhook == ""
        assert running.channel.routes == []
        maria = server.person()
        await maria.start()
        assert (await maria.reply()).text == "One?"
        await maria.press("a")
        await maria.until(lambda: maria.last.text == "Two?")
        await maria.until(lambda: not server.unacknowledged)
        assert len(script.heard) == 2


async def test_without_a_secret_or_a_certificate_it_is_long_polling(server: TelegramServer) -> None:
    for changes in ({"telegram_webhook_secret": None}, {"public_url": "http://paso.example"}):
        async with running_bot(server, Script([QUESTION]), webhook=False, **changes) as running:
            assert not running.channel.by_webhook
    without = {"telegram_webhook_secret": None, "public_url": "https://paso.example"}
    async with running_bot(server, Script([QUESTION]), webhook=False, **without) as running:
        assert not running.channel.by_webhook


async def test_an_unfinished_update_is_not_acknowledged_and_halts_nobody(server: TelegramServer) -> None:
    go = asyncio.Event()

    async def before(_: Speaker, heard: Heard) -> None:
        if heard == Typed("slow"):
            await go.wait()

    script = Script([QUESTION], before=before)
    async with running_bot(server, script, webhook=False):
        maria, nikos = server.person(), server.person("Νίκος")
        await maria.type("slow")
        await nikos.type("quick")
        assert (await nikos.reply()).text == "One?"
        assert server.updates[0] in server.unacknowledged
    async with running_bot(server, script, webhook=False):  # as after a kill
        go.set()
        await maria.reply()
        await maria.until(lambda: not server.unacknowledged)
        assert sorted(repr(heard) for _, heard in script.heard) == [
            "Typed(text='quick')",
            "Typed(text='slow')",
        ]
        assert len(maria.from_bot) == 1


async def test_a_poisonous_update_does_not_stay_in_the_queue(server: TelegramServer) -> None:
    async def before(_: Speaker, heard: Heard) -> None:
        if heard == Typed("poison"):
            raise ZeroDivisionError

    script = Script([QUESTION], before=before)
    async with running_bot(server, script, webhook=False) as running:
        maria = server.person()
        await maria.type("poison")
        assert (await maria.reply()).text.startswith("Συγγνώμη")
        await maria.until(lambda: not server.unacknowledged)
        assert running.counted("paso_telegram_updates", outcome="given_up") == 1


async def test_a_broken_line_is_tried_again(server: TelegramServer) -> None:
    script = Script([QUESTION])
    server.fail_next(502, method="getUpdates")
    async with running_bot(server, script, webhook=False):
        maria = server.person()
        await maria.start()
        assert (await maria.reply()).text == "One?"


async def test_where_telegram_is_not_reached_at_the_start_it_is_tried_again(server: TelegramServer) -> None:
    server.fail_next(502, method="getMe")
    async with running_bot(server, Script([QUESTION])) as running:
        assert running.channel.name == "paso_test_bot"
        maria = server.person()
        await maria.start()
        assert maria.last.text == "One?"
