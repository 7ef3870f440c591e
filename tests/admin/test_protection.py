"""Headers, slow clients, faults, and what the process may hold."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from admin.app import make_application
from core.adapters.keys import PANEL, PASS_VERIFYING, make_keys
from core.config import Settings
from core.errors import ConfigurationFault, Conflict, Refused
from core.people.staff_roles import Role
from edge import bodies, door
from tests.admin.conftest import Panel

STRICT = {
    "Content-Security-Policy": re.compile(
        r"default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'"
    ),
    "X-Frame-Options": re.compile("DENY"),
    "X-Content-Type-Options": re.compile("nosniff"),
    "Referrer-Policy": re.compile("no-referrer"),
    "Cache-Control": re.compile("no-store"),
    "Server": re.compile("Paso"),
}
INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


async def raw(panel: Panel, *parts: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", panel.port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize(
    "path", ["/", "/in", "/staff", "/audit", "/account/telephone", "/nothing", "/healthz", "/metrics"]
)
async def test_every_answer_is_strict_and_no_page_has_anything_inline(panel: Panel, path: str) -> None:
    browser = await panel.sign_in(*Role)
    seen = await browser.visit(path)
    for name, wanted in STRICT.items():
        assert wanted.search(seen.headers[name]), name
    assert not INLINE.search(seen.html)


async def test_static_parts_may_be_kept_and_nothing_else_is_served(panel: Panel) -> None:
    browser = await panel.browser()
    await browser.visit("/in")
    for address in re.findall(r'"(/static/[^"]+)"', browser.last.html):
        seen = await browser.visit(address)
        assert seen.status == 200
        assert "immutable" in seen.headers["Cache-Control"]
    for name in ("nothing.css", "..%2fapp.py", "%2e%2e/app.py"):
        assert (await browser.visit(f"/static/{name}")).status == 404


async def test_the_cookie_is_out_of_reach_of_scripts(panel: Panel) -> None:
    browser = await panel.browser()
    seen = await browser.visit("/in")
    assert re.search(r"panel=[\w-]{43}; HttpOnly; Path=/; SameSite=Lax", seen.headers["Set-Cookie"])


async def test_a_client_that_dawdles_over_its_headers_is_cut_off(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "FIRST_REQUEST_S", 0.05)
    assert await raw(panel, b"GET / HTTP/1.1\r\nHost: x\r\n") == b""


async def test_a_client_that_dawdles_over_its_body_is_cut_off(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_S", 0.05)
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        head = f"POST /in HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: 100\r\n\r\n--x\r\n"
        answer = await raw(panel, head.encode())
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"Connection: close" in answer


async def test_what_is_no_http_names_no_software(panel: Panel) -> None:
    answer = await raw(panel, b"\x16\x03\x01 hello\r\n\r\n")
    assert answer.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
    assert b"aiohttp" not in answer
    assert b"Python" not in answer


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (RuntimeError("secret words"), 500, "Something went wrong"),
        (Conflict(), 409, "Somebody else was faster"),
        (Refused("staff.unknown"), 409, "This account does not exist"),
    ],
)
async def test_a_fault_is_told_without_a_trace(
    panel: Panel, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, words: str
) -> None:
    browser = await panel.sign_in(*Role)

    async def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(type(panel.side.staff), "all", fail)
    seen = await browser.visit("/staff")
    assert seen.status == status
    assert words in seen.html
    assert "secret words" not in seen.html
    assert "Traceback" not in seen.html


async def test_the_panel_starts_with_its_two_keys_and_with_no_other(tmp_path: Path) -> None:
    make_keys(tmp_path / "all")
    folder = tmp_path / "admin"
    folder.mkdir()
    settings = Settings.model_validate({"database_url": f"sqlite:///{tmp_path}/p.db", "keys_dir": folder})
    for name in (PANEL, PASS_VERIFYING):
        with pytest.raises(ConfigurationFault, match=re.escape(name) + " is missing"):
            await make_application(settings)
        (folder / name).write_bytes((tmp_path / "all" / name).read_bytes())
        (folder / name).chmod(0o600)
    application = await make_application(settings)
    await application.cleanup()
    for name in sorted(
        path.name for path in (tmp_path / "all").iterdir() if not (folder / path.name).exists()
    ):
        (folder / name).write_bytes((tmp_path / "all" / name).read_bytes())
        (folder / name).chmod(0o600)
        with pytest.raises(ConfigurationFault, match=f"must not hold {re.escape(name)}"):
            await make_application(settings)
        (folder / name).unlink()
