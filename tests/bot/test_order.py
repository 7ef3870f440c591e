"""Order within a chat, haste between chats, and each update once."""

from __future__ import annotations

import asyncio

from aiohttp import ClientSession

from core.conversations.reply import Speaker
from core.dialog.heard import Heard, Typed
from core.dialog.said import Ask
from tests.bot.running import SECRET, running_bot
from tests.bot.script import Script, ask
from tests.fakes.telegram_server import TelegramServer

QUESTION = (ask("One?", "a", "b"),)


async def test_one_chat_in_order_and_another_meanwhile(server: TelegramServer) -> None:
    go, begun = asyncio.Event(), asyncio.Event()

    async def before(_: Speaker, heard: Heard) -> None:
        if heard == Typed("0"):
            begun.set()
            await go.wait()

    script = Script([QUESTION], before=before)
    async with running_bot(server, script) as running, ClientSession() as session:
        maria, nikos = server.person(), server.person("Νίκος")
        server.webhook = ""
        for number in range(5):
            await maria.type(str(number))
        server.webhook = running.address
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        posts = []
        for update in server.updates:
            posts.append(asyncio.create_task(session.post(running.address, json=update, headers=headers)))
            await asyncio.sleep(0.01)
        await begun.wait()
        await nikos.type("quick")
        assert [each for _, each in script.heard] == [Typed("quick")]
        go.set()
        assert [answer.status for answer in await asyncio.gather(*posts)] == [200] * 5
        assert [heard for speaker, heard in script.heard if speaker.address == str(maria.id)] == [
            Typed(str(number)) for number in range(5)
        ]


async def test_the_same_update_ten_times_at_once_has_one_effect(server: TelegramServer) -> None:
    script = Script([QUESTION])
    async with running_bot(server, script) as running:
        maria = server.person()
        server.webhook = ""
        await maria.type("hello")
        server.webhook = running.address
        await asyncio.gather(*(server.deliver(server.updates[0]) for _ in range(10)))
        await server.deliver(server.updates[0])
        assert len(script.heard) == 1
        assert len(maria.from_bot) == 1


async def test_an_update_that_comes_again_after_a_restart_shows_the_question(server: TelegramServer) -> None:
    script = Script([QUESTION, (ask("Two?", "c"),)])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        await maria.press("a")
    async with running_bot(server, script):
        await server.deliver(server.updates[-1])
        assert [message.text for message in maria.from_bot] == ["Two?"]
        await server.deliver(server.updates[0])
        assert [message.text for message in maria.from_bot] == ["Two?", "Two?"]
        assert len(script.heard) == 2
        await maria.press("c")
        assert len(script.heard) == 3


async def test_after_a_restart_an_old_button_is_answered_below(server: TelegramServer) -> None:
    script = Script([QUESTION, (ask("Two?", "c"),)])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        old, data = maria.last, maria.last.rows[0][0]["callback_data"]
        await maria.type("a")
    async with running_bot(server, script):
        await maria.press_data(old, data)
        assert [message.text for message in maria.from_bot] == ["One?", "Two?", "old button\n\nTwo?"]


async def test_a_failing_update_is_given_up_the_third_time_with_an_apology(server: TelegramServer) -> None:
    async def before(_: Speaker, heard: Heard) -> None:
        if heard == Typed("poison"):
            raise ZeroDivisionError

    script = Script([QUESTION], before=before)
    async with running_bot(server, script) as running:
        maria = server.person()
        await maria.type("poison")
        assert server.refused == [500, 500]
        assert maria.last.text.startswith("Συγγνώμη, κάτι δεν πήγε καλά")
        await maria.type("hello")
        assert maria.last.text == "One?"
        assert running.counted("paso_telegram_updates", outcome="failed") == 2
        assert running.counted("paso_telegram_updates", outcome="given_up") == 1
        await server.deliver(server.updates[0])
        assert len(maria.from_bot) == 2


async def test_a_failure_that_passes_is_not_noticed(server: TelegramServer) -> None:
    faults = [OSError(), OSError()]

    async def before(_: Speaker, heard: Heard) -> None:
        if faults:
            raise faults.pop()

    script = Script([QUESTION], before=before)
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        assert [message.text for message in maria.from_bot] == ["One?"]
        assert server.refused == [500, 500]


async def test_a_reply_that_does_not_arrive_comes_with_the_next_delivery(server: TelegramServer) -> None:
    script = Script([QUESTION])
    async with running_bot(server, script):
        maria = server.person()
        server.fail_next(0, method="sendMessage")
        await maria.start()
        assert [message.text for message in maria.from_bot] == ["One?"]
        assert len(script.heard) == 1
        server.fail_next(502, method="sendMessage")
        await maria.type("x")
        assert len(maria.from_bot) == 2
        assert len(script.heard) == 2


async def test_who_has_blocked_the_bot_is_counted_and_left_in_peace(server: TelegramServer) -> None:
    script = Script([QUESTION])
    async with running_bot(server, script) as running:
        maria = server.person()
        await maria.start()
        maria.blocked = True
        await maria.press("a")
        assert server.refused == []
        assert running.counted("paso_telegram_blocked") == 1
        assert len(script.heard) == 2


async def test_429_makes_one_chat_wait_and_nothing_is_lost(server: TelegramServer) -> None:
    script = Script([QUESTION])
    async with running_bot(server, script) as running:
        maria, nikos = server.person(), server.person("Νίκος")
        server.fail_next(429, method="sendMessage", retry_after=1)
        waiting = asyncio.create_task(maria.start())
        while not running.counted("paso_telegram_told_to_wait"):  # noqa: ASYNC110 (a count says nothing by itself)
            await asyncio.sleep(0.005)
        await nikos.start()
        assert nikos.last.text == "One?"
        assert maria.from_bot == []
        await waiting
        assert [message.text for message in maria.from_bot] == ["One?"]
        assert server.refused == []


async def test_a_picture_refused_with_429_comes_later_as_a_picture(server: TelegramServer) -> None:
    from tests.bot.test_say import WEEK

    async with running_bot(server, Script([(WEEK, *QUESTION)])):
        maria = server.person()
        server.fail_next(429, method="sendPhoto", retry_after=1)
        await maria.start()
        assert len(maria.photos) == 1
        assert isinstance(QUESTION[0], Ask)
        assert maria.last.text == "One?"
