"""As a process of its own."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import pytest
from aiohttp import ClientConnectorError, ClientSession

from standin.settings import Unfit, from_environment

ROOT = Path(__file__).resolve().parents[2]
GOOD = {"PASO_DEMONSTRATION": "1", "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"PASO_DEMONSTRATION": ""}, "PASO_DEMONSTRATION"),
        ({"PASO_DEMONSTRATION": "yes"}, "PASO_DEMONSTRATION"),
        ({"TWILIO_ACCOUNT_SID": ""}, "TWILIO_ACCOUNT_SID"),
        ({"TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN"),
        ({"STANDIN_PORT": "eighty"}, "STANDIN_PORT"),
        ({"STANDIN_PORT": "70000"}, "STANDIN_PORT"),
    ],
)
def test_what_is_missing_is_named_in_one_sentence(change: dict[str, str], named: str) -> None:
    with pytest.raises(Unfit, match=named) as unfit:
        from_environment(GOOD | change)
    assert "\n" not in str(unfit.value)


def test_the_port_is_8082_unless_another_is_given() -> None:
    assert from_environment(GOOD).port == 8082
    assert from_environment(GOOD | {"STANDIN_PORT": "9000"}).port == 9000


async def started(**environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "standin", cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
    )  # fmt: skip


async def test_outside_a_demonstration_it_does_not_start() -> None:
    process = await started(**(GOOD | {"PASO_DEMONSTRATION": "0"}))
    _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode().count("\n") == 1
    assert "demonstration" in said.decode()


async def test_a_port_taken_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = await started(**GOOD, STANDIN_PORT=str(port))
        _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode() == f"Port {port} is taken; choose another with STANDIN_PORT.\n"


async def test_it_serves_on_the_loopback_alone_and_ends_when_told(unused_tcp_port: int) -> None:
    process = await started(**GOOD, STANDIN_PORT=str(unused_tcp_port))
    async with ClientSession() as session:
        while process.returncode is None:
            try:
                async with session.get(f"http://127.0.0.1:{unused_tcp_port}/healthz") as answer:
                    assert answer.status == 200
                    break
            except ClientConnectorError:
                await asyncio.sleep(0.02)
        with pytest.raises(ClientConnectorError):
            await session.get(f"http://127.0.0.2:{unused_tcp_port}/healthz")
    process.terminate()
    _, said = await process.communicate()
    assert (process.returncode, said) == (0, b"")
