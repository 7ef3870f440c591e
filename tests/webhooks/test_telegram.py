"""Telegram's door: who may come in, and what is not taken."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from edge.door import open_door
from tests.bot.running import SECRET, Running, running_bot, settings_for
from tests.bot.script import Script, ask
from tests.fakes.telegram_server import TelegramServer, telegram_server
from tests.worlds import open_world
from webhooks.server import make_application
from webhooks.side import BOT

HEADER = "X-Telegram-Bot-Api-Secret-Token"
GOOD = {HEADER: SECRET, "Content-Type": "application/json"}


class Door:
    def __init__(
        self, running: Running, script: Script, server: TelegramServer, session: ClientSession
    ) -> None:
        self.running = running
        self.script = script
        self.server = server
        self._session = session

    async def post(self, body: bytes | io.BytesIO, headers: Mapping[str, str] = GOOD) -> tuple[int, bytes]:
        async with self._session.post(self.running.address, data=body, headers=headers) as answer:
            return answer.status, await answer.read()

    async def update(self) -> dict[str, Any]:
        """One that nobody has delivered yet."""
        self.server.webhook = ""
        await self.server.person().type("hello")
        return self.server.updates[-1]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    script = Script([(ask("One?", "a"),)])
    async with (
        telegram_server() as server,
        running_bot(server, script) as running,
        ClientSession() as session,
    ):
        yield Door(running, script, server, session)
        assert server.problems == []


def _json(update: dict[str, Any]) -> bytes:
    return json.dumps(update).encode()


async def test_an_update_is_finished_before_it_is_acknowledged_and_the_answer_is_empty(door: Door) -> None:
    update = await door.update()
    assert await door.post(_json(update)) == (200, b"")
    assert len(door.script.heard) == 1
    assert [call.method for call in door.server.calls][-1] == "sendMessage"


@pytest.mark.parametrize("secret", ["", "a-secret-of-tests_", "a-secret-of-tests_12", "ά", SECRET.upper()])
async def test_a_wrong_secret_is_refused(door: Door, secret: str) -> None:
    update = await door.update()
    status, _ = await door.post(_json(update), GOOD | {HEADER: secret})
    assert status == 403
    assert door.script.heard == []


async def test_a_missing_secret_is_refused(door: Door) -> None:
    status, _ = await door.post(_json(await door.update()), {"Content-Type": "application/json"})
    assert status == 403
    assert door.script.heard == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"update_id"',
        b"{}",
        b'{"update_id": "7"}',
        b'{"update_id": true}',
        b'{"update_id": null}',
        b'{"update_id": ' + b"9" * 5000 + b"}",
        b'{"update_id": 7, "message": 1}',
        b'{"update_id": 7, "message": {}}',
        b'{"update_id": 7, "callback_query": []}',
        b"\xff\xfe{",
        b'{"update_id": 7, "message": {"text": "\xff"}}',
        b"[" * 500_000,
    ],
)
async def test_what_is_no_update_is_refused(door: Door, body: bytes) -> None:
    status, _ = await door.post(body)
    assert status == 400
    assert door.script.heard == []


async def test_another_content_type_is_refused(door: Door) -> None:
    update = _json(await door.update())
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        status, _ = await door.post(update, GOOD | {"Content-Type": kind})
        assert status == 415
    assert door.script.heard == []


async def test_more_than_a_megabyte_is_refused(door: Door) -> None:
    status, _ = await door.post(io.BytesIO(b'{"update_id": 7, "x": "' + b"a" * 1024 * 1024 + b'"}'))
    assert status == 413


async def test_an_update_of_a_kind_we_do_not_know_is_acknowledged(door: Door) -> None:
    assert await door.post(b'{"update_id": 7, "something_new": {"a": 1}}') == (200, b"")
    assert door.script.heard == []


async def test_the_whole_front_door_takes_updates(tmp_path: Path) -> None:
    async with telegram_server() as server:
        changes = settings_for(server, webhook=True).model_dump(
            include={"telegram_bot_token", "telegram_api_url", "telegram_webhook_secret", "public_url"}
        )
        async with open_world(tmp_path, activities=("pool",), **changes) as world:
            application = make_application(world.side)
            opened = await open_door(application, "127.0.0.1", 0)
            try:
                await application[BOT].ready.wait()  # type: ignore[union-attr]
                address = f"http://127.0.0.1:{opened.addresses[0][1]}"
                server.webhook = f"{address}/telegram"
                maria = server.person()
                await maria.start("pool")
                assert "Ποια ημέρα;" in maria.last.text
                assert len(maria.photos) == 1
                async with ClientSession() as session:
                    async with session.post(f"{address}/telegram", json=server.updates[0]) as refused:
                        assert refused.status == 403
                    async with session.get(f"{address}/telegram") as read:
                        assert read.status == 405
                    async with session.get(f"{address}/metrics") as metrics:
                        assert 'paso_telegram_updates_total{outcome="done"} 1.0' in await metrics.text()
            finally:
                await opened.cleanup()
        assert server.problems == []
